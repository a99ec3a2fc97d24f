//! Ids that have arrived on all topics are acknowledged, each exactly once.
//!
//! Acknowledgements and the group's progress are committed in the same transaction, so the progress
//! says which events have had their effect. What was seen of each id is a sum over events that does
//! not depend on their order or on repeats: remembered up to some earlier position, it is brought
//! to the group's progress by reading the events between again, silently. Then no crash, and no
//! loss of the remembered state, can acknowledge an id twice or not at all.

mod state;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use pipeline_domain::arrival::{encode_acknowledgement, parse_acknowledgement};
use pipeline_domain::log::Offsets;
use pipeline_domain::source::Source;
use pipeline_ports::{Arrivals, EventBatch, EventLog, Group, Outgoing, PortError, Topic};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::{info, warn};

use crate::RetryPolicy;
use state::ArrivalState;

/// Ids that are checked for their acknowledgements at the start, at most: some 50 MB.
const MAX_CHECKED: usize = 1_000_000;

/// How old changes may be that a crash undoes; they are then read again.
const CHECKPOINT: Duration = Duration::from_secs(1);

/// What was acknowledged so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acknowledged {
    /// Whether events are read as they come.
    pub reading: bool,
    /// Ids.
    pub ids: u64,
    /// Events that carry no row, and so have not arrived.
    pub malformed: u64,
    /// Ids that were complete before the start and have no acknowledgement, as far as that was
    /// checked: somebody has moved the group's offsets forward.
    pub missing: u64,
    /// Up to where events were read and answered.
    pub positions: Offsets,
}

/// Acknowledges until it is stopped.
pub struct Acknowledger {
    log: Arc<dyn EventLog>,
    arrivals: Arc<dyn Arrivals>,
    retry_policy: RetryPolicy,
    acknowledged: watch::Sender<Acknowledged>,
}

impl Acknowledger {
    /// Of a log, remembering what was seen in `arrivals`.
    pub fn new(
        log: Arc<dyn EventLog>,
        arrivals: Arc<dyn Arrivals>,
        retry_policy: RetryPolicy,
    ) -> Self {
        Self {
            log,
            arrivals,
            retry_policy,
            acknowledged: watch::Sender::default(),
        }
    }

    /// What was acknowledged, as it changes.
    pub fn acknowledged(&self) -> watch::Receiver<Acknowledged> {
        self.acknowledged.subscribe()
    }

    /// Creates missing topics, and acknowledges. Returns when `stop` is cancelled.
    ///
    /// # Errors
    /// If something has to be changed first, another process has taken the work over, or an outage
    /// lasts too long. Nothing is lost by that: the next start goes on from there.
    pub async fn run(mut self, stop: &CancellationToken) -> Result<(), PortError> {
        while !stop.is_cancelled() {
            if let Err(error) = self.acknowledge(stop).await {
                if stop.is_cancelled() {
                    // What was not committed comes again at the next start.
                    warn!(%error, "stopped in the middle of an outage");
                    break;
                }
                self.retry_policy.pause(error, stop).await?;
            }
        }
        Ok(())
    }

    async fn acknowledge(&mut self, stop: &CancellationToken) -> Result<(), PortError> {
        self.log.prepare().await?;
        let name = self.log.identity().await?;
        if let Some(other) = self.arrivals.log().await?.filter(|one| *one != name) {
            return Err(PortError::refused(format!(
                "what is remembered of arrivals is of the pipeline {other}, and this is {name} \
                 (cluster and topic of acknowledgements): choose another data folder"
            )));
        }
        let mut consumer = self.log.open(Group::Acknowledger).await?;
        let mut state = ArrivalState::load(&*self.arrivals, &name).await?;
        let mut batch = EventBatch::default();
        let committed = consumer.committed();
        let complete = catch_up(&*self.log, committed, &mut state, &mut batch, stop).await?;
        let _checking = self.check_in_background(complete, stop);
        info!("acknowledging");
        while let Some(read) = stop.run_until_cancelled(consumer.next(&mut batch)).await {
            read?;
            self.retry_policy.reset();
            self.acknowledged
                .send_modify(|totals| totals.reading = true);
            if !batch.is_empty() {
                let changes = state.changes_of(&batch).await?;
                let acks: Vec<Outgoing> = changes
                    .complete
                    .iter()
                    .map(|id| acknowledgement(*id))
                    .collect();
                consumer.commit(&acks).await?;
                self.acknowledged.send_modify(|totals| {
                    totals.ids += acks.len() as u64;
                    totals.malformed += changes.malformed;
                    totals.positions.advance_all(&changes.positions);
                });
                state.apply(changes).await?;
            }
            state.checkpoint(CHECKPOINT).await?;
        }
        state.checkpoint(Duration::ZERO).await
    }

    /// Looks for the acknowledgements of these ids while others are acknowledged, and warns of those
    /// that have none. Ends when the guard is dropped.
    fn check_in_background(&self, ids: HashSet<i64>, stop: &CancellationToken) -> DropGuard {
        let stop = stop.child_token();
        let guard = stop.clone().drop_guard();
        if ids.is_empty() {
            return guard;
        }
        let (log, acknowledged) = (self.log.clone(), self.acknowledged.clone());
        tokio::spawn(async move {
            match without_acknowledgement(&*log, ids, &stop).await {
                Ok(Some(missing)) if missing > 0 => {
                    acknowledged.send_modify(|totals| totals.missing = missing);
                    warn!(
                        ids = missing,
                        "ids that arrived on every topic before the group's committed offsets have \
                         no acknowledgement; were the offsets moved forward? To acknowledge them, \
                         stop this process, run `acknowledge --settle`, and start it again"
                    );
                }
                Ok(_) => {}
                Err(error) => warn!(%error, "cannot check that complete ids were acknowledged"),
            }
        });
        guard
    }
}

/// How many of these ids have no acknowledgement; `None` if that cannot be known, because
/// acknowledgements were deleted, or if it was stopped.
async fn without_acknowledgement(
    log: &dyn EventLog,
    mut ids: HashSet<i64>,
    stop: &CancellationToken,
) -> Result<Option<u64>, PortError> {
    let topics = [Topic::Acknowledgements];
    let mut replay = log.replay(&topics, &Offsets::default(), None).await?;
    let mut batch = EventBatch::default();
    while let Some(read) = stop.run_until_cancelled(replay.next(&mut batch)).await {
        read?;
        if batch.is_empty() {
            return Ok((!replay.is_truncated()).then_some(ids.len() as u64));
        }
        for id in batch
            .iter()
            .filter_map(|ack| parse_acknowledgement(ack.payload))
        {
            ids.remove(&id);
        }
    }
    Ok(None)
}

/// Brings what is remembered to the group's progress. Returns ids that are complete by that, at
/// most [`MAX_CHECKED`]: they have been acknowledged, unless somebody else moved the group.
async fn catch_up(
    log: &dyn EventLog,
    committed: &Offsets,
    state: &mut ArrivalState<'_>,
    batch: &mut EventBatch,
    stop: &CancellationToken,
) -> Result<HashSet<i64>, PortError> {
    let is_behind = |(partition, next): (_, i64)| state.positions.next(partition) < Some(next);
    let mut complete = HashSet::new();
    if !committed.iter().any(is_behind) {
        return Ok(complete);
    }
    info!("reading acknowledged events again that the state file does not have");
    let topics = Source::ALL.map(Topic::Events);
    let mut replay = log
        .replay(&topics, &state.positions, Some(committed))
        .await?;
    while let Some(read) = stop.run_until_cancelled(replay.next(batch)).await {
        read?;
        if batch.is_empty() {
            break;
        }
        let changes = state.changes_of(batch).await?;
        let room = MAX_CHECKED - complete.len();
        complete.extend(changes.complete.iter().take(room));
        state.apply(changes).await?;
        state.checkpoint(CHECKPOINT).await?;
    }
    state.checkpoint(Duration::ZERO).await?;
    Ok(complete)
}

/// The message that acknowledges an id.
pub(crate) fn acknowledgement(id: i64) -> Outgoing {
    Outgoing {
        topic: Topic::Acknowledgements,
        key: Some(id.to_string().into_bytes()),
        payload: encode_acknowledgement(id).into_bytes(),
        headers: Vec::new(),
    }
}
