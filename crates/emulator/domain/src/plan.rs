//! What a run is to do. Checked once, valid for ever.

mod changes;
mod choice;
mod field;
mod format;
mod message;
mod note;
mod number;
mod outline;
mod sink;
mod spec;
mod window;

pub use choice::{Grouping, Guarantee, Pace, PartitionBy, SyncType};
pub use field::{PlanError, PlanErrors, PlanField};
pub use format::{Compression, Format};
pub use message::{HeaderValue, Headers, KeyFormat, Messages, SubjectStrategy, Tombstones};
pub use note::PlanNote;
pub use number::{ChunkSize, RecordCount, Timeout, Workers};
pub use outline::Outline;
pub use sink::{Capabilities, ExactlyOnce, Medium, NameRule, Sink};
pub use spec::PlanSpec;
pub use window::Window;

use crate::record::transaction::Labels;
use crate::{Changed, Dataset, Seed, Timeline, Timestamp, UserIds};

/// A run, resolved: everything that decides the bytes, their places and their pace.
///
/// Made of a [`PlanSpec`] whose values go together; what was changed while the run was under way
/// stands beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct EmulationPlan {
    spec: PlanSpec,
    timeline: Timeline,
    /// Where record 0 of the run is among those of the timeline.
    first: u64,
    /// When a run that waits for event times is over, had it not been paused.
    until: Option<Timestamp>,
    end: u64,
    changes: Vec<Changed>,
}

impl EmulationPlan {
    /// The values that it was made of.
    pub const fn spec(&self) -> &PlanSpec {
        &self.spec
    }

    /// The kind of data.
    pub const fn dataset(&self) -> &Dataset {
        &self.spec.dataset
    }

    /// Where all randomness comes from.
    pub const fn seed(&self) -> Seed {
        self.spec.seed
    }

    /// The seed of the people and shops.
    pub fn population(&self) -> Seed {
        self.spec.population()
    }

    /// The ids of the population.
    pub const fn users(&self) -> UserIds {
        self.spec.users
    }

    /// The event time of each place on it; [`event_time`](Self::event_time) has that of a record.
    pub const fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// When record `index` happens; `None` if it lies after [`Timestamp::LATEST`].
    pub fn event_time(&self, index: u64) -> Option<Timestamp> {
        self.timeline.at(self.position(index))
    }

    /// The place of record `index` on the timeline.
    pub fn position(&self, index: u64) -> u64 {
        let index = self.first.saturating_add(index);
        self.spec.dataset.position(self.spec.seed, index)
    }

    /// The first record of the run at that place of the timeline or after it.
    pub fn first_at(&self, position: u64) -> u64 {
        let index = self.spec.dataset.first_at(self.spec.seed, position);
        index.saturating_sub(self.first)
    }

    /// The first record of a later day of event time, in UTC, than that of record `index`.
    pub fn next_day(&self, index: u64) -> u64 {
        let time = self.event_time(index).unwrap_or(Timestamp::LATEST);
        match time.next_day() {
            // The calendar ends.
            Timestamp::LATEST => u64::MAX,
            midnight => self.records_before(midnight),
        }
    }

    /// Where record 0 of the run is among those of the timeline.
    pub const fn first(&self) -> u64 {
        self.first
    }

    /// How many records happen before a moment.
    pub fn records_before(&self, time: Timestamp) -> u64 {
        self.first_at(self.timeline.records_before(time))
    }

    /// Whether transactions carry their label.
    pub const fn labels(&self) -> Labels {
        self.spec.labels
    }

    /// How records are written.
    pub const fn format(&self) -> Format {
        self.spec.format
    }

    /// How the blocks of objects are compressed.
    pub const fn compression(&self) -> Compression {
        self.spec.compression
    }

    /// What messages have beside their values.
    pub const fn messages(&self) -> &Messages {
        &self.spec.messages
    }

    /// Where records go.
    pub const fn sink(&self) -> Sink {
        self.spec.sink
    }

    /// The topic, bucket or folder.
    pub fn destination(&self) -> &str {
        &self.spec.destination
    }

    /// How records are gathered into objects.
    pub const fn grouping(&self) -> Grouping {
        self.spec.grouping
    }

    /// What a crash may do to records.
    pub const fn guarantee(&self) -> Guarantee {
        self.spec.guarantee
    }

    /// Whether the run waits for event times.
    pub const fn pace(&self) -> Pace {
        self.spec.pace
    }

    /// Seconds: of event time for a realtime run, of the clock for an unlimited one.
    pub const fn timeout(&self) -> u64 {
        self.spec.timeout.get()
    }

    /// The number of records asked for.
    pub fn count(&self) -> Option<u64> {
        self.spec.count.map(RecordCount::get)
    }

    /// How many shares of this run may be generated at the same time. Never changes a byte.
    pub const fn workers(&self) -> u16 {
        self.spec.workers.get()
    }

    /// The run has records `0..end` at most; an unlimited run may reach its timeout before.
    pub const fn end(&self) -> u64 {
        self.end
    }

    /// How many records the run will have, if the plan alone decides that.
    pub fn planned(&self) -> Option<u64> {
        let decided = self.spec.pace == Pace::Realtime
            || self.spec.count.is_some()
            || self
                .spec
                .dataset
                .records_of(self.spec.seed, self.spec.users)
                .is_some();
        decided.then_some(self.end)
    }
}

#[cfg(test)]
mod tests;
