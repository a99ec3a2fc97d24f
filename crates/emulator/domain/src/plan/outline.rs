//! A preview of how a run's traffic is distributed over time.

use super::EmulationPlan;
use crate::Timestamp;

/// How much a plan delivers in each of several equal intervals of its event time.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    /// The start of the first interval.
    pub from: Timestamp,
    /// The end of the last one.
    pub to: Timestamp,
    /// The deliveries in each interval.
    pub counts: Vec<u64>,
    /// The mean rate of each interval, in records per second.
    pub rates: Vec<f64>,
    /// The peak rate, which may last shorter than an interval.
    pub peak: f64,
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
        let bounds: Vec<_> = (0..=stretches).map(bound).collect();
        let before: Vec<_> = (bounds.iter())
            .map(|bound| self.records_before(*bound).min(records))
            .collect();
        let counts: Vec<_> = before.windows(2).map(|pair| pair[1] - pair[0]).collect();
        // Where few records lie in an interval, their number says little about the rate.
        let is_regular = self.dataset().stream().is_none()
            && self.deliveries.is_none()
            && self.timeline.is_even();
        let (rates, peak) = if is_regular {
            let mean = |pair: &[Timestamp]| self.timeline.mean_between(pair[0], pair[1]);
            let rates: Vec<_> = bounds.windows(2).map(mean).collect();
            (rates, self.timeline.peak_between(from, to))
        } else {
            let seconds = to.seconds_since(from) / stretches as f64;
            let rates: Vec<_> = counts.iter().map(|count| *count as f64 / seconds).collect();
            let peak = rates.iter().copied().fold(0.0, f64::max);
            (rates, peak)
        };
        Some(Outline {
            from,
            to,
            counts,
            rates,
            peak,
        })
    }
}
