//! When records happen.

use crate::{Dataset, Seed, Timeline, Timestamp};

/// When records happen: what the order of deliveries is made of.
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
