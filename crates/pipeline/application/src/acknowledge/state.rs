//! The state of arrivals, updated batch by batch.

use std::collections::HashMap;
use std::time::Duration;

use pipeline_domain::arrival::Seen;
use pipeline_domain::log::Offsets;
use pipeline_domain::row::Row;
use pipeline_ports::{Arrivals, Durability, EventBatch, PortError};
use tokio::time::Instant;

/// The topics on which ids have arrived, up to certain offsets.
pub(super) struct ArrivalState<'a> {
    arrivals: &'a dyn Arrivals,
    log: &'a str,
    pub(super) positions: Offsets,
    /// When it was last saved durably.
    durable: Instant,
    /// Whether it has changed since.
    dirty: bool,
}

/// What a batch of events changes.
pub(super) struct Changes {
    seen: HashMap<i64, Seen>,
    /// Ids that it completes, in the order of the events that completed them.
    pub(super) complete: Vec<i64>,
    pub(super) malformed: u64,
    pub(super) positions: Offsets,
}

impl<'a> ArrivalState<'a> {
    /// The saved state, for the log with this name.
    pub(super) async fn load(arrivals: &'a dyn Arrivals, log: &'a str) -> Result<Self, PortError> {
        Ok(Self {
            arrivals,
            log,
            positions: arrivals.positions().await?,
            durable: Instant::now(),
            dirty: false,
        })
    }

    /// The changes that a batch would make.
    pub(super) async fn changes_of(&self, batch: &EventBatch) -> Result<Changes, PortError> {
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

    /// Applies changes after they have had their effect.
    pub(super) async fn apply(&mut self, changes: Changes) -> Result<(), PortError> {
        self.positions = changes.positions;
        self.save(changes.seen.into_iter().collect(), Durability::Later)
            .await?;
        self.dirty = true;
        Ok(())
    }

    /// Ensures that a crash loses nothing older than `age`.
    pub(super) async fn checkpoint(&mut self, age: Duration) -> Result<(), PortError> {
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
