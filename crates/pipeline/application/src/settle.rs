//! Acknowledges complete ids that have no acknowledgement.
//!
//! [`acknowledge`](crate::acknowledge) takes the group's committed offsets as a record of its work.
//! If someone moves them forward, ids that were complete before are never acknowledged. This
//! compares the events before those offsets with the existing acknowledgements.

use std::collections::BTreeMap;

use pipeline_domain::arrival::{Seen, parse_acknowledgement};
use pipeline_domain::log::Offsets;
use pipeline_domain::row::Row;
use pipeline_domain::source::Source;
use pipeline_ports::{EventBatch, EventLog, Group, PortError, Stored, Topic};
use tokio_util::sync::CancellationToken;

use crate::acknowledge::acknowledgement;

/// Maximum number of ids per pass: some 50 MB. Each pass reads the topics once.
const MAX_IDS: usize = 2_000_000;

/// Maximum number of acknowledgements per transaction.
const MAX_MESSAGES: usize = 5_000;

/// Acknowledges the ids that have arrived on all topics before the acknowledger's committed offsets
/// and have no acknowledgement. Returns their number, or `None` if it was stopped. Takes the group
/// over, which ends a running acknowledger. It is idempotent: no id is acknowledged twice.
///
/// # Errors
/// If the log cannot be read or written, or if acknowledgements were deleted, so that it cannot be
/// known which ids had one.
pub async fn settle(
    log: &dyn EventLog,
    stop: &CancellationToken,
) -> Result<Option<u64>, PortError> {
    settle_in_passes(log, MAX_IDS, stop).await
}

pub(crate) async fn settle_in_passes(
    log: &dyn EventLog,
    max_ids: usize,
    stop: &CancellationToken,
) -> Result<Option<u64>, PortError> {
    log.prepare().await?;
    let mut consumer = log.open(Group::Acknowledger).await?;
    let committed = consumer.committed().clone();
    let mut settled = 0;
    let mut pass = Some(Pass::above(None, max_ids));
    while let Some(mut ids) = pass {
        let topics = Source::ALL.map(Topic::Events);
        let events = (&topics[..], Some(&committed));
        if !read(log, events, stop, |event| ids.add_event(event)).await? {
            return Ok(None);
        }
        let acknowledgements = (&[Topic::Acknowledgements][..], None);
        if !read(log, acknowledgements, stop, |event| ids.remove(event)).await? {
            return Ok(None);
        }
        for ids in ids.complete().chunks(MAX_MESSAGES) {
            let messages: Vec<_> = ids.iter().map(|id| acknowledgement(*id)).collect();
            consumer.commit(&messages).await?;
            settled += messages.len() as u64;
        }
        pass = ids.next();
    }
    Ok(Some(settled))
}

/// Reads these topics, events only up to some offsets. Returns false if it was stopped.
async fn read(
    log: &dyn EventLog,
    (topics, to): (&[Topic], Option<&Offsets>),
    stop: &CancellationToken,
    mut take: impl FnMut(&Stored<'_>),
) -> Result<bool, PortError> {
    let mut replay = log.replay(topics, &Offsets::default(), to).await?;
    if replay.is_truncated() && topics.contains(&Topic::Acknowledgements) {
        return Err(PortError::refused(
            "the topic of acknowledgements does not hold all of them any more (retention), so it \
             cannot be known which ids have none; nothing was acknowledged",
        ));
    }
    let mut batch = EventBatch::default();
    while let Some(read) = stop.run_until_cancelled(replay.next(&mut batch)).await {
        read?;
        if batch.is_empty() {
            return Ok(true);
        }
        batch.iter().for_each(|event| take(&event));
    }
    Ok(false)
}

/// The smallest ids above a bound, as many as there is room for.
struct Pass {
    above: Option<i64>,
    max_ids: usize,
    seen: BTreeMap<i64, Seen>,
    /// The largest tracked id, if there was no room for larger ones.
    up_to: Option<i64>,
}

impl Pass {
    fn above(above: Option<i64>, max_ids: usize) -> Self {
        Self {
            above,
            max_ids,
            seen: BTreeMap::new(),
            up_to: None,
        }
    }

    fn add_event(&mut self, event: &Stored<'_>) {
        let Topic::Events(source) = event.topic else {
            return;
        };
        let Ok(row) = Row::parse(source, event.payload) else {
            return;
        };
        let id = row.id();
        if Some(id) <= self.above || self.up_to.is_some_and(|up_to| id > up_to) {
            return;
        }
        let seen = self.seen.entry(id).or_insert(Seen::NONE);
        *seen = seen.and(source);
        if self.seen.len() > self.max_ids {
            self.seen.pop_last();
            self.up_to = self.seen.last_key_value().map(|(id, _)| *id);
        }
    }

    fn remove(&mut self, acknowledgement: &Stored<'_>) {
        if let Some(id) = parse_acknowledgement(acknowledgement.payload) {
            self.seen.remove(&id);
        }
    }

    fn complete(&self) -> Vec<i64> {
        let complete = self.seen.iter().filter(|(_, seen)| seen.is_complete());
        complete.map(|(id, _)| *id).collect()
    }

    /// The next pass, for the ids that there was no room for.
    fn next(self) -> Option<Self> {
        let up_to = self.up_to?;
        Some(Self::above(Some(up_to), self.max_ids))
    }
}
