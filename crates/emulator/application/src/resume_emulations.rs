//! Resumes the runs of an earlier process, or marks them as failed.

use emulator_domain::delivery::Counts;
use emulator_domain::emulation::{
    Emulation, EmulationId, FailureKind, GlobalStatus, Outcome, RunFailure,
};
use emulator_ports::RepositoryError;

use crate::runner::RunSequence;
use crate::{Emulator, callbacks, list_emulations, metrics, models, runner};

/// What happens to runs that an earlier process left unfinished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnRestart {
    /// They go on from their checkpoint.
    Resume,
    /// They are marked as failed.
    MarkFailed,
}

/// Why a run that was not resumed has failed.
pub const INTERRUPTED: &str =
    "the service was stopped before the run had ended, and is set not to resume runs";

/// Takes over the runs that are still `processing` in the repository, oldest first, and returns
/// their ids. Called once, when a process starts, before it accepts new runs.
///
/// All of them were accepted before, so none is refused; as many run at once as the limits allow.
///
/// - At-least-once messages, and objects of one record, continue after the last record up to which
///   everything is acknowledged; exactly-once messages after the last committed record.
/// - Chunked runs continue with the first chunk that is not stored; the single object of a grouped
///   run is started again.
/// - Paused runs stay paused.
/// - A run whose model has changed fails.
/// - Callbacks that are still due are sent.
/// - A realtime run catches up with its event times. The timeout of an unlimited run counts
///   wall-clock time from its first start, including the time without a process. If it has passed,
///   the run ends at once with what was acknowledged, or as failed if that is nothing.
///
/// # Errors
/// If the repository cannot be read, or a failed run cannot be saved.
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
                let (handle, control) = emulator.inner.run_handle(&emulation);
                emulator.inner.active().insert(emulation.id(), handle);
                runner::schedule(emulator, emulation, control, RunSequence::after(Vec::new()));
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
