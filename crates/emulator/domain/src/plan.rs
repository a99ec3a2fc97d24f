//! The plan of a run. Checked once, valid for ever.

mod changes;
mod choice;
mod field;
mod format;
mod imperfect;
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

use std::ops::Range;
use std::sync::Arc;

use crate::imperfection::skew::Skewed;
use crate::imperfection::{Corrupted, Deliveries, Imperfections};
use crate::record::transaction::Labels;
use crate::{Changed, Dataset, Seed, Timeline, Timestamp, UserIds};

/// A resolved run: everything that determines its bytes, where they go and at what pace.
///
/// Made from a [`PlanSpec`] whose values are compatible. Changes made while the run was under way
/// are kept beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct EmulationPlan {
    spec: PlanSpec,
    timeline: Timeline,
    /// The index, on the timeline, of the first record of the run.
    first: u64,
    /// When a run that waits for event times ends, not counting pauses.
    until: Option<Timestamp>,
    /// How many records there are.
    records: u64,
    /// How records are delivered, unless each is delivered in its place and once.
    deliveries: Option<Arc<Deliveries>>,
    changes: Vec<Changed>,
}

impl EmulationPlan {
    /// The values that it was made from.
    pub const fn spec(&self) -> &PlanSpec {
        &self.spec
    }

    /// The data set.
    pub const fn dataset(&self) -> &Dataset {
        &self.spec.dataset
    }

    /// The source of all randomness.
    pub const fn seed(&self) -> Seed {
        self.spec.seed
    }

    /// The seed of the users and merchants.
    pub fn population(&self) -> Seed {
        self.spec.population()
    }

    /// The ids of the population.
    pub const fn users(&self) -> UserIds {
        self.spec.users
    }

    /// The event time of each position on the timeline; [`event_time`](Self::event_time) gives that
    /// of a record.
    pub const fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// The event time of the record in delivery `index`; `None` if there is none or it lies after
    /// [`Timestamp::LATEST`].
    pub fn event_time(&self, index: u64) -> Option<Timestamp> {
        let record = match &self.deliveries {
            None => self.first.saturating_add(index),
            Some(deliveries) => deliveries.at(index)?.record,
        };
        self.time_of(record)
    }

    /// Whether the record in delivery `index` was already delivered before.
    pub fn is_again(&self, index: u64) -> bool {
        let delivery = self.deliveries.as_ref().and_then(|all| all.at(index));
        delivery.is_some_and(|delivery| delivery.is_second())
    }

    /// When delivery `index` is due: at the event time of its record, or of the record among whose
    /// deliveries it comes.
    pub fn due(&self, index: u64) -> Option<Timestamp> {
        self.time_of(self.turn(index))
    }

    /// The record on the timeline whose turn it is at delivery `index`.
    fn turn(&self, index: u64) -> u64 {
        match &self.deliveries {
            None => self.first.saturating_add(index),
            Some(deliveries) => deliveries.turn(index),
        }
    }

    pub(crate) fn time_of(&self, record: u64) -> Option<Timestamp> {
        let position = self.spec.dataset.position(self.spec.seed, record);
        self.timeline.at(position)
    }

    /// The position on the timeline of delivery `index`.
    pub fn position(&self, index: u64) -> u64 {
        let record = self.turn(index);
        self.spec.dataset.position(self.spec.seed, record)
    }

    /// The first delivery of the run at or after that position on the timeline.
    pub fn first_at(&self, position: u64) -> u64 {
        let record = self.spec.dataset.first_at(self.spec.seed, position);
        match &self.deliveries {
            None => record.saturating_sub(self.first),
            Some(deliveries) => deliveries.until(record),
        }
    }

    /// The first delivery that is due on a later day, in UTC, than delivery `index`.
    pub fn next_day(&self, index: u64) -> u64 {
        let time = self.due(index).unwrap_or(Timestamp::LATEST);
        match time.next_day() {
            // The calendar ends.
            Timestamp::LATEST => u64::MAX,
            midnight => self.records_before(midnight),
        }
    }

    /// The index, on the timeline, of the first record of the run.
    pub const fn first(&self) -> u64 {
        self.first
    }

    /// The records of the timeline that belong to the run.
    pub const fn part(&self) -> Range<u64> {
        self.first..self.first.saturating_add(self.records)
    }

    /// How many deliveries are due before a moment.
    pub fn records_before(&self, time: Timestamp) -> u64 {
        self.first_at(self.timeline.records_before(time))
    }

    /// The imperfections.
    pub const fn imperfections(&self) -> &Imperfections {
        &self.spec.imperfections
    }

    /// The record of the run whose turn it is after so many deliveries.
    pub fn reached(&self, delivered: u64) -> u64 {
        match &self.deliveries {
            None => delivered,
            Some(deliveries) => deliveries.reached(delivered) - self.first,
        }
    }

    /// How records are delivered, if there are imperfections. In that case a run counts deliveries,
    /// not records.
    pub const fn deliveries(&self) -> Option<&Arc<Deliveries>> {
        self.deliveries.as_ref()
    }

    /// How damaged records are damaged.
    pub fn corrupted(&self) -> Option<Corrupted> {
        let PlanSpec {
            dataset,
            format,
            seed,
            imperfections,
            ..
        } = &self.spec;
        let settings = imperfections.corrupt.as_ref()?;
        Some(Corrupted::new(settings, dataset, *format, *seed))
    }

    /// How skewed clocks change the times of records.
    pub(crate) fn skewed(&self) -> Option<Skewed> {
        let settings = self.spec.imperfections.clock_skew.as_ref()?;
        Skewed::new(settings, &self.spec.dataset, self.spec.seed)
    }

    /// Whether transactions carry their label.
    pub const fn labels(&self) -> Labels {
        self.spec.labels
    }

    /// How records are encoded.
    pub const fn format(&self) -> Format {
        self.spec.format
    }

    /// How the blocks of objects are compressed.
    pub const fn compression(&self) -> Compression {
        self.spec.compression
    }

    /// What messages have besides their values.
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

    /// In seconds: of event time for a realtime run, of wall-clock time for an unlimited one.
    pub const fn timeout(&self) -> u64 {
        self.spec.timeout.get()
    }

    /// The requested number of records.
    pub fn count(&self) -> Option<u64> {
        self.spec.count.map(RecordCount::get)
    }

    /// How many shares of this run may be generated in parallel. Never changes a byte.
    pub const fn workers(&self) -> u16 {
        self.spec.workers.get()
    }

    /// The maximum number of records of the timeline.
    pub const fn records(&self) -> u64 {
        self.records
    }

    /// The run delivers at most `0..end`; an unlimited run may reach its timeout before that.
    pub fn end(&self) -> u64 {
        match &self.deliveries {
            None => self.records,
            Some(deliveries) => deliveries.len(),
        }
    }

    /// How many deliveries the run will have, if the plan alone determines it. An unlimited run may
    /// reach its timeout before that.
    pub fn planned(&self) -> Option<u64> {
        let decided = self.spec.pace == Pace::Realtime
            || self.spec.count.is_some()
            || self.spec.window.to_time.is_some()
            || self
                .spec
                .dataset
                .records_of(self.spec.seed, self.spec.users)
                .is_some();
        decided.then(|| self.end())
    }
}

#[cfg(test)]
mod tests;
