//! Shows the progress of a run to a user.

use emulator_domain::emulation::{Emulation, GlobalStatus};
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::arguments::Target;

/// A progress bar on standard error while the runs last, if that is a terminal.
pub(super) struct RunProgress(ProgressBar);

impl RunProgress {
    pub(super) fn of(emulations: &[Emulation]) -> Self {
        let planned = emulations.iter().map(|run| run.plan().planned());
        let (bar, template) = match planned.sum() {
            Some(planned) => (
                ProgressBar::new(planned),
                "{bar:30} {percent:>3} % {human_pos} of {human_len} records, {per_sec}, {eta} left",
            ),
            None => (
                ProgressBar::no_length(),
                "{spinner} {human_pos} records, {per_sec}",
            ),
        };
        bar.set_draw_target(drawn());
        bar.set_style(ProgressStyle::with_template(template).expect("the template is well formed"));
        Self(bar)
    }

    pub(super) fn show(&self, emulations: &[Emulation]) {
        let acknowledged = emulations.iter().map(|run| run.counts().acknowledged);
        self.0.set_position(acknowledged.sum());
    }
}

/// Where progress is drawn: nowhere if only errors are to be shown.
pub(crate) fn drawn() -> ProgressDrawTarget {
    match tracing::enabled!(tracing::Level::WARN) {
        true => ProgressDrawTarget::stderr_with_hz(10),
        false => ProgressDrawTarget::hidden(),
    }
}

impl Drop for RunProgress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// The run in one line.
pub(super) fn summary(emulation: &Emulation, to: &Target) -> String {
    let (plan, counts) = (emulation.plan(), emulation.counts());
    let seconds = match (emulation.started_at(), emulation.finished_at()) {
        (Some(started), Some(finished)) => finished.seconds_since(started),
        _ => 0.0,
    };
    // A run shorter than a clock tick is taken to last one.
    let speed = |amount: u64| amount as f64 / seconds.max(1e-6);
    let target = to.describe(plan.destination());
    let mut line = format!(
        "{}: {} records in {:.3} s ({} records/s), {} bytes ({:.1} MB/s), to {target}, seed {}",
        emulation.status(),
        HumanCount(counts.acknowledged),
        seconds.max(0.0),
        HumanCount(speed(counts.acknowledged) as u64),
        HumanCount(counts.bytes),
        speed(counts.bytes) / 1e6,
        plan.seed().get(),
    );
    if counts.failed > 0 {
        line.push_str(&format!(
            "; {} records not delivered",
            HumanCount(counts.failed)
        ));
    }
    let left = plan
        .planned()
        .map_or(0, |planned| planned.saturating_sub(counts.generated));
    if left > 0 && emulation.status() == GlobalStatus::Completed {
        line.push_str(&format!(
            "; its timeout of {} s ended it before the other {} records",
            plan.timeout(),
            HumanCount(left)
        ));
    }
    if let Some(error) = emulation
        .error()
        .filter(|_| emulation.status() == GlobalStatus::Failed)
    {
        line.push_str(&format!("\nerror: {error}"));
    }
    line
}
