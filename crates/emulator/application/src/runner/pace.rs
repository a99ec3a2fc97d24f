//! When a batch may be handed on.

use std::time::Duration;

use emulator_domain::plan::{EmulationPlan, Pace};
use emulator_domain::{Timeline, Timestamp};
use tokio::time::Instant;

/// Ties event time to the machine's steady clock, once, at the beginning of a run: when somebody
/// sets the machine's clock, a run neither halts nor bursts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pacer {
    timeline: Timeline,
    pace: Pace,
    now: Timestamp,
    then: Instant,
}

impl Pacer {
    /// For a run that begins at `now`.
    pub(crate) fn new(plan: &EmulationPlan, now: Timestamp) -> Self {
        Self {
            timeline: plan.timeline(),
            pace: plan.pace(),
            now,
            then: Instant::now(),
        }
    }

    /// Returns at the event time of record `index` or later, at once if the run does not wait.
    pub(crate) async fn wait_for(&self, index: u64) {
        if self.pace == Pace::Unlimited {
            return;
        }
        let Some(at) = self.timeline.at(index) else {
            return;
        };
        let micros = at.micros() - self.now.micros();
        if micros > 0 {
            tokio::time::sleep_until(self.then + Duration::from_micros(micros as u64)).await;
        }
    }

    /// Seconds by which record `index`, the next to be handed on, is late; 0 if it is not, or if
    /// the run does not wait.
    pub(crate) fn lag(&self, index: u64) -> f64 {
        if self.pace == Pace::Unlimited {
            return 0.0;
        }
        let elapsed = self.then.elapsed().as_secs_f64() + self.now.seconds_f64();
        let due = self
            .timeline
            .at(index)
            .map_or(f64::INFINITY, Timestamp::seconds_f64);
        (elapsed - due).max(0.0)
    }

    /// How many records a batch may have: as many as fall into five milliseconds of a run that
    /// waits, so that slow records go out singly and on time, and fast ones together.
    pub(crate) fn batch_records(&self, most: u64) -> u64 {
        match self.pace {
            Pace::Unlimited => most,
            Pace::Realtime => ((self.timeline.rate().get() * 0.005) as u64).clamp(1, most),
        }
    }
}
