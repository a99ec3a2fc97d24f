//! When a batch may be handed on.

use std::time::Duration;

use emulator_domain::Timestamp;
use emulator_domain::emulation::Emulation;
use emulator_domain::plan::{EmulationPlan, Pace};
use tokio::time::Instant;

/// A clock that is set back by less is the ordinary correction of a clock, and not told.
const TOLD_STEP: Duration = Duration::from_secs(1);

/// Records of a run that waits may be sent together within so many microseconds.
const TOGETHER: i64 = 5_000;

/// Ties event time to the machine's steady clock, once, when this process begins or resumes the
/// run: when somebody sets the machine's clock, a run neither halts nor bursts. A clock that was
/// set back since the run was last seen would make it wait for times that it has passed already,
/// so the reading never lies before those.
#[derive(Clone, Debug)]
pub(crate) struct Pacer {
    plan: EmulationPlan,
    now: Timestamp,
    then: Instant,
}

impl Pacer {
    /// For a run that begins or is resumed when the clock shows `now`.
    pub(crate) fn new(emulation: &Emulation, now: Timestamp) -> Self {
        let (plan, passed) = (emulation.plan(), emulation.latest_moment());
        let step = passed.seconds_since(now);
        if plan.pace() == Pace::Realtime && step > TOLD_STEP.as_secs_f64() {
            tracing::warn!(
                seconds = step,
                "the clock was set back since this run was accepted or left; it goes on from the \
                 event time that it had reached"
            );
        }
        Self {
            plan: plan.clone(),
            now: now.max(passed),
            then: Instant::now(),
        }
    }

    /// The same for the run as it was changed meanwhile.
    pub(crate) fn following(&self, plan: &EmulationPlan) -> Self {
        Self {
            plan: plan.clone(),
            ..self.clone()
        }
    }

    /// The time that it is on the run's timeline.
    pub(crate) fn time(&self) -> Timestamp {
        let micros = self.then.elapsed().as_micros();
        self.now.moved(i64::try_from(micros).unwrap_or(i64::MAX))
    }

    /// Returns at the event time of record `index` or later, at once if the run does not wait.
    pub(crate) async fn wait_for(&self, index: u64) {
        if self.plan.pace() == Pace::Unlimited {
            return;
        }
        let Some(at) = self.plan.due(index) else {
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
        if self.plan.pace() == Pace::Unlimited {
            return 0.0;
        }
        let elapsed = self.then.elapsed().as_secs_f64() + self.now.seconds_f64();
        let due = self
            .plan
            .due(index)
            .map_or(f64::INFINITY, Timestamp::seconds_f64);
        (elapsed - due).max(0.0)
    }

    /// Where a batch of `most` records at most that begins with record `first` ends: of a run that
    /// waits after those that fall into five milliseconds, so that slow records go out singly and on
    /// time, and fast ones together.
    pub(crate) fn batch_end(&self, first: u64, most: u64) -> u64 {
        let end = first.saturating_add(most);
        match self.plan.pace() {
            Pace::Unlimited => end,
            Pace::Realtime => self.plan.due(first).map_or(end, |at| {
                self.plan
                    .records_before(at.moved(TOGETHER))
                    .clamp(first + 1, end)
            }),
        }
    }
}
