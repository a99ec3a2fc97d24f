//! Runs of an earlier process go on, or are known to have been broken off.

use emulator_domain::delivery::Counts;
use emulator_domain::emulation::{
    Emulation, EmulationId, FailureKind, GlobalStatus, Outcome, RunFailure,
};
use emulator_ports::RepositoryError;

use crate::runner::Convoy;
use crate::{Emulator, callbacks, list_emulations, metrics, models, runner};

/// What becomes of runs that an earlier process left unfinished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnRestart {
    /// They go on from their checkpoint.
    Resume,
    /// They have failed.
    MarkFailed,
}

/// Why a run that was not resumed has failed.
pub const INTERRUPTED: &str =
    "the service was stopped before the run had ended, and is set not to resume runs";

/// Takes over the runs that are still in processing in the repository, the oldest first, and gives
/// their names. Called once, at the start of a process, before it accepts new runs.
///
/// All of them were accepted, so none is refused; as many run at once as the limits allow.
///
/// - Messages at least once, and objects of one record, go on behind the last record before which
///   all are acknowledged; messages exactly once behind the last that is committed.
/// - Chunks go on with the first that is not stored; the one object of a grouped run is begun anew.
/// - Paused runs stay so.
/// - A run whose model is not what it was has failed.
/// - Whoever was not told yet that a run has ended is told.
/// - A realtime run catches up with its event times. The timeout of an unlimited run counts from
///   its first start, by the clock, whether a process was there or not: if it is over, the run ends
///   at once with what was acknowledged, or as failed if that is nothing.
///
/// # Errors
/// If the repository cannot be read, or the end of a run that has failed cannot be kept.
pub async fn resume(
    emulator: &Emulator,
    how: OnRestart,
) -> Result<Vec<EmulationId>, RepositoryError> {
    let paused = list_emulations::all(emulator, GlobalStatus::Paused).await?;
    metrics::paused(i32::try_from(paused.len()).unwrap_or(i32::MAX));
    let mut left = list_emulations::all(emulator, GlobalStatus::Processing).await?;
    left.reverse();
    let mut names = Vec::with_capacity(left.len());
    for emulation in left {
        names.push(emulation.id());
        match how {
            OnRestart::Resume => {
                if let Some(why) = models::changed(emulator, &emulation) {
                    let why = RunFailure::new(FailureKind::Refused, why);
                    mark_failed(emulator, emulation, why).await?;
                    continue;
                }
                let (handle, reins) = emulator.inner.reins(&emulation);
                emulator.inner.active().insert(emulation.id(), handle);
                runner::schedule(emulator, emulation, reins, Convoy::after(Vec::new()));
            }
            OnRestart::MarkFailed => {
                let why = RunFailure::new(FailureKind::Interrupted, INTERRUPTED);
                mark_failed(emulator, emulation, why).await?;
            }
        }
    }
    callbacks::resume(emulator).await?;
    Ok(names)
}

async fn mark_failed(
    emulator: &Emulator,
    mut emulation: Emulation,
    why: RunFailure,
) -> Result<(), RepositoryError> {
    let counts = emulation.counts();
    let given_up = Counts {
        failed: counts.failed + counts.in_flight(),
        ..counts
    };
    emulation
        .progress(given_up, emulation.checkpoint(), 0.0)
        .and_then(|()| emulation.finish(Outcome::Failed(why), emulator.now()))
        .expect("only runs in processing were asked for");
    emulator.inner.repository.save(&emulation).await
}
