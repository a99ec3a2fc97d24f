//! How much there is over a run, for those who want to see it before it runs.

use super::EmulationPlan;
use crate::Timestamp;

/// How much a plan delivers in each of some equal stretches of its event time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// When the first stretch begins.
    pub from: Timestamp,
    /// When the last one ends.
    pub to: Timestamp,
    /// The deliveries of each.
    pub counts: Vec<u64>,
}

impl EmulationPlan {
    /// The deliveries of the plan in `stretches` equal stretches of event time; `None` if it has none,
    /// or the clock decides how many there are.
    pub fn outline(&self, stretches: usize) -> Option<Outline> {
        let records = self.planned()?;
        let from = self.due(0)?;
        // The last record is in the last stretch, not at its end.
        let to = self.due(records.checked_sub(1)?)?.moved(1);
        let bound = |number: usize| {
            let span = i128::from(to.micros() - from.micros());
            from.moved((span * number as i128 / stretches as i128) as i64)
        };
        let before: Vec<u64> = (0..=stretches)
            .map(|number| self.records_before(bound(number)).min(records))
            .collect();
        Some(Outline {
            from,
            to,
            counts: before.windows(2).map(|pair| pair[1] - pair[0]).collect(),
        })
    }
}
