//! A preview of how a run's traffic is distributed over time.

use super::EmulationPlan;
use crate::Timestamp;

/// How much a plan delivers in each of several equal intervals of its event time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// The start of the first interval.
    pub from: Timestamp,
    /// The end of the last one.
    pub to: Timestamp,
    /// The deliveries in each interval.
    pub counts: Vec<u64>,
}

impl EmulationPlan {
    /// The deliveries of the plan in `stretches` equal intervals of event time; `None` if it has
    /// none, or if the clock decides how many there are.
    pub fn outline(&self, stretches: usize) -> Option<Outline> {
        let records = self.planned()?;
        let from = self.due(0)?;
        // The last record must lie in the last interval, not at its end.
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
