//! When records happen.

use crate::{Dataset, Seed, Timeline, Timestamp};

/// The event times of records, from which the order of deliveries is derived.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Clock {
    pub(crate) timeline: Timeline,
    pub(crate) dataset: Dataset,
    pub(crate) seed: Seed,
}

impl Clock {
    pub(super) fn time(&self, index: u64) -> Option<Timestamp> {
        self.timeline.at(self.dataset.position(self.seed, index))
    }

    pub(super) fn before(&self, time: Timestamp) -> u64 {
        let places = self.timeline.records_before(time);
        self.dataset.first_at(self.seed, places)
    }
}
