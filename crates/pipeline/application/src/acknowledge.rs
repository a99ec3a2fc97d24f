//! Acknowledges ids that have arrived on all topics, each exactly once.
//!
//! Acknowledgements and the group's offsets are committed in the same transaction, so the offsets
//! tell which events have had their effect. What was seen of an id is a union over events that
//! depends neither on their order nor on repeats: a state saved at an earlier position is brought
//! up to the group's offsets by reading the events in between again, without acknowledging
//! anything. Hence neither a crash nor the loss of the saved state can make an id be acknowledged
//! twice or not at all.

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

/// Maximum number of ids whose acknowledgements are checked at the start: some 50 MB.
const MAX_CHECKED: usize = 1_000_000;

/// Maximum age of changes that a crash may undo; their events are then read again.
const CHECKPOINT: Duration = Duration::from_secs(1);

/// Totals of what was acknowledged so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acknowledged {
    /// Whether live events are being read.
    pub reading: bool,
    /// Acknowledged ids.
    pub ids: u64,
    /// Events without a valid row, which do not count as arrived.
    pub malformed: u64,
    /// Ids that were complete before the start but have no acknowledgement, as far as checked:
    /// someone has moved the group's offsets forward.
    pub missing: u64,
    /// The offsets up to which events were read and answered.
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
    /// For this log, with what was seen stored in `arrivals`.
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

    /// The totals, as they change.
    pub fn acknowledged(&self) -> watch::Receiver<Acknowledged> {
        self.acknowledged.subscribe()
    }

    /// Creates missing topics, and acknowledges. Returns when `stop` is cancelled.
    ///
    /// # Errors
    /// If something has to be changed first, another process has taken the work over, or an outage
    /// lasts too long. Nothing is lost in either case: the next start continues from there.
    pub async fn run(mut self, stop: &CancellationToken) -> Result<(), PortError> {
        while !stop.is_cancelled() {
            if let Err(error) = self.acknowledge(stop).await {
                if stop.is_cancelled() {
                    // What was not committed is read again at the next start.
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

    /// Looks for the acknowledgements of these ids in the background, and warns about ids that have
    /// none. Ends when the guard is dropped.
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

/// How many of these ids have no acknowledgement; `None` if that cannot be known because
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

/// Brings the saved state up to the group's offsets. Returns up to [`MAX_CHECKED`] ids that became
/// complete: they have been acknowledged, unless someone else moved the group's offsets.
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
