//! Ids that have arrived on all topics are acknowledged, each exactly once.
//!
//! Acknowledgements and the group's progress are committed in the same transaction, so the progress
//! says which events have had their effect. What was seen of each id is a sum over events that does
//! not depend on their order or on repeats: remembered up to some earlier position, it is brought
//! to the group's progress by reading the events between again, silently. Then no crash, and no
//! loss of the remembered state, can acknowledge an id twice or not at all.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use pipeline_domain::arrival::{Seen, encode_acknowledgement};
use pipeline_domain::log::Offsets;
use pipeline_domain::row::Row;
use pipeline_domain::source::Source;
use pipeline_ports::{
    Arrivals, Durability, EventBatch, EventLog, Group, Outgoing, PortError, Topic,
};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::RetryPolicy;

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
        let mut state = ArrivalState {
            arrivals: &*self.arrivals,
            log: &name,
            positions: self.arrivals.positions().await?,
            durable: Instant::now(),
            dirty: false,
        };
        let mut batch = EventBatch::default();
        catch_up(
            &*self.log,
            consumer.committed(),
            &mut state,
            &mut batch,
            stop,
        )
        .await?;
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
                    .map(|id| acknowledge_event(*id))
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
}

/// Brings what is remembered to the group's progress.
async fn catch_up(
    log: &dyn EventLog,
    committed: &Offsets,
    state: &mut ArrivalState<'_>,
    batch: &mut EventBatch,
    stop: &CancellationToken,
) -> Result<(), PortError> {
    let is_behind = |(partition, next): (_, i64)| state.positions.next(partition) < Some(next);
    if !committed.iter().any(is_behind) {
        return Ok(());
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
        state.apply(changes).await?;
        state.checkpoint(CHECKPOINT).await?;
    }
    state.checkpoint(Duration::ZERO).await
}

fn acknowledge_event(id: i64) -> Outgoing {
    Outgoing {
        topic: Topic::Acknowledgements,
        key: Some(id.to_string().into_bytes()),
        payload: encode_acknowledgement(id).into_bytes(),
        headers: Vec::new(),
    }
}

/// On which topics ids have arrived, and up to which offsets.
struct ArrivalState<'a> {
    arrivals: &'a dyn Arrivals,
    log: &'a str,
    positions: Offsets,
    /// When it was last on the disk.
    durable: Instant,
    /// Whether there is something that is not.
    dirty: bool,
}

/// What a batch of events changes.
struct Changes {
    seen: HashMap<i64, Seen>,
    /// Ids that are complete by it, in the order of the events that completed them.
    complete: Vec<i64>,
    malformed: u64,
    positions: Offsets,
}

impl ArrivalState<'_> {
    /// What a batch would change.
    async fn changes_of(&self, batch: &EventBatch) -> Result<Changes, PortError> {
        let mut changes = Changes {
            seen: HashMap::new(),
            complete: Vec::new(),
            malformed: 0,
            positions: self.positions.clone(),
        };
        let mut events = Vec::with_capacity(batch.len());
        for event in batch.iter() {
            let Some(origin) = event.origin() else {
                continue;
            };
            let source = origin.partition.source;
            changes
                .positions
                .advance(origin.partition, origin.offset + 1);
            match Row::parse(source, event.payload) {
                Ok(row) => events.push((row.id(), source)),
                Err(_) => changes.malformed += 1,
            }
        }
        let mut ids: Vec<i64> = events.iter().map(|(id, _)| *id).collect();
        ids.sort_unstable();
        ids.dedup();
        let seen = self.arrivals.seen(ids.clone()).await?;
        changes.seen = ids.into_iter().zip(seen).collect();
        for (id, source) in events {
            let seen = changes.seen.get_mut(&id).expect("each id was asked for");
            let before = *seen;
            *seen = before.and(source);
            if seen.is_complete() && !before.is_complete() {
                changes.complete.push(id);
            }
        }
        Ok(changes)
    }

    /// The change has had its effect.
    async fn apply(&mut self, changes: Changes) -> Result<(), PortError> {
        self.positions = changes.positions;
        self.save(changes.seen.into_iter().collect(), Durability::Later)
            .await?;
        self.dirty = true;
        Ok(())
    }

    /// Makes sure that nothing older than `age` is lost with the process.
    async fn checkpoint(&mut self, age: Duration) -> Result<(), PortError> {
        if self.dirty && self.durable.elapsed() >= age {
            self.save(Vec::new(), Durability::Now).await?;
            self.dirty = false;
            self.durable = Instant::now();
        }
        Ok(())
    }

    async fn save(&self, changes: Vec<(i64, Seen)>, how: Durability) -> Result<(), PortError> {
        self.arrivals
            .save(self.log, changes, &self.positions, how)
            .await
    }
}
