//! When a batch may be handed on.

use std::time::Duration;

use emulator_domain::Timestamp;
use emulator_domain::emulation::Emulation;
use emulator_domain::plan::{EmulationPlan, Pace};
use tokio::time::Instant;

/// A smaller step backwards is an ordinary clock correction and is not logged.
const LOGGED_STEP: Duration = Duration::from_secs(1);

/// A realtime run may send records together that are this many microseconds apart.
const TOGETHER: i64 = 5_000;

/// Maps event time to the monotonic clock, once, when this process begins or resumes the run, so
/// that setting the system clock neither stalls the run nor makes it burst. If the clock was set
/// back since the run was last seen, the run would wait for times that it has already passed; the
/// mapped time therefore never starts before those.
#[derive(Clone, Debug)]
pub(crate) struct Pacer {
    plan: EmulationPlan,
    now: Timestamp,
    then: Instant,
}

impl Pacer {
    /// For a run that begins or is resumed at the time `now`.
    pub(crate) fn new(emulation: &Emulation, now: Timestamp) -> Self {
        let (plan, passed) = (emulation.plan(), emulation.latest_moment());
        let step = passed.seconds_since(now);
        if plan.pace() == Pace::Realtime && step > LOGGED_STEP.as_secs_f64() {
            tracing::warn!(
                seconds = step,
                "the clock was set back after this run was accepted or interrupted; the run \
                 continues from the event time that it had reached"
            );
        }
        Self {
            plan: plan.clone(),
            now: now.max(passed),
            then: Instant::now(),
        }
    }

    /// The same mapping, for the changed plan.
    pub(crate) fn with_plan(&self, plan: &EmulationPlan) -> Self {
        Self {
            plan: plan.clone(),
            ..self.clone()
        }
    }

    /// The current time on the run's timeline.
    pub(crate) fn time(&self) -> Timestamp {
        let micros = self.then.elapsed().as_micros();
        self.now.moved(i64::try_from(micros).unwrap_or(i64::MAX))
    }

    /// Returns at the event time of record `index` or later; at once if the run does not wait.
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

    /// How many seconds record `index`, the next to be handed on, is late; 0 if it is not, or if
    /// the run does not wait.
    pub(crate) fn lag(&self, index: u64) -> f64 {
        if self.plan.pace() == Pace::Unlimited {
            return 0.0;
        }
        let due = self.plan.due(index);
        due.map_or(0.0, |due| self.time().seconds_since(due).max(0.0))
    }

    /// The end of the batch that begins with record `first` and has at most `most` records. In a
    /// realtime run a batch spans at most five milliseconds, so that slow records go out singly and
    /// on time, and fast ones together. Records that are already late go together.
    pub(crate) fn batch_end(&self, first: u64, most: u64) -> u64 {
        let end = first.saturating_add(most);
        match self.plan.pace() {
            Pace::Unlimited => end,
            Pace::Realtime => self.plan.due(first).map_or(end, |at| {
                let until = at.moved(TOGETHER).max(self.time());
                self.plan.records_before(until).clamp(first + 1, end)
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use emulator_domain::emulation::EmulationId;
    use emulator_domain::plan::{Format, PlanSpec, Sink, Timeout};
    use emulator_domain::{Domain, Rate};

    use super::*;

    const MOST: u64 = 2_048;

    /// For an hour of a rate, `late` seconds after its start.
    fn pacer(rate: f64, pace: Pace, late: i64) -> Pacer {
        let start = Timestamp::EARLIEST;
        let plan = EmulationPlan::new(PlanSpec {
            rate: Rate::new(rate).unwrap().into(),
            pace,
            start_time: start,
            timeout: Timeout::new(3_600).unwrap(),
            ..PlanSpec::new(Domain::Transaction, Sink::Null, Format::Ndjson)
        });
        let plan = plan.unwrap();
        let emulation = Emulation::new(EmulationId::of_plan(&plan), plan, start);
        Pacer::new(&emulation, start.moved(late * 1_000_000))
    }

    #[test]
    fn a_batch_holds_what_is_late_or_else_five_milliseconds() {
        for (rate, pace, late, first, expected) in [
            (100.0, Pace::Realtime, 0, 0, 1),
            (100.0, Pace::Realtime, 0, 500, 501),
            (10_000.0, Pace::Realtime, 0, 500, 550),
            (1_000_000.0, Pace::Realtime, 0, 100_000, 100_000 + MOST),
            (100.0, Pace::Unlimited, 0, 500, 500 + MOST),
            // One every two seconds.
            (0.5, Pace::Realtime, 9, 2, 5),
            (0.5, Pace::Realtime, 9, 4, 5),
            (0.5, Pace::Realtime, 9, 5, 6),
            (0.5, Pace::Realtime, 2_999, 100, 1_500),
            (100.0, Pace::Realtime, 3_600, 500, 500 + MOST),
        ] {
            let end = pacer(rate, pace, late).batch_end(first, MOST);
            assert_eq!(
                end, expected,
                "{rate} a second, {late} s late, from {first}"
            );
        }
    }
}
