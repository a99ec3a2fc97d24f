//! Reports the progress of a run to the repository, the log and the metrics.

use std::sync::Arc;
use std::time::Duration;

use emulator_domain::delivery::{Checkpoint, Counts};
use emulator_domain::emulation::{Emulation, Outcome, RunFailure};
use emulator_ports::RepositoryError;
use tokio::sync::oneshot;
use tokio::time::{MissedTickBehavior, interval};

use super::Ending;
use super::control::ChangeHandler;
use super::delivery_tracker::DeliveryTracker;
use crate::{Emulator, metrics};

/// The maximum age of a status, apart from the time that saving it takes.
const INTERVAL: Duration = Duration::from_millis(100);

/// Reports until the pump has ended, and returns how it ended. A run whose progress cannot be saved
/// is aborted, because no other process could continue it.
pub(crate) async fn until_ended(
    emulator: &Emulator,
    emulation: &mut Emulation,
    mut changes: ChangeHandler<'_>,
    account: &Arc<DeliveryTracker>,
    mut ending: oneshot::Receiver<Ending>,
) -> Ending {
    let mut before = account.read().0;
    let mut tick = interval(INTERVAL);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let ended = tokio::select! {
            biased;
            ended = &mut ending => Some(ended),
            () = changes.ready() => None,
            _ = tick.tick() => None,
            () = account.due() => {
                tick.reset();
                None
            }
        };
        let (counts, checkpoint) = account.read();
        let lag = if ended.is_none() && counts.generated < emulation.plan().end() {
            changes.pacer.lag(counts.generated)
        } else {
            0.0
        };
        metrics::progress(emulation.plan(), &before, &counts, lag);
        before = counts;
        if let Some(ended) = ended {
            return ended
                .unwrap_or_else(|_| Ending::broken("the run's thread panicked; the log says why"));
        }
        // A run in progress has not ended, so this cannot fail.
        let _ = emulation.progress(counts, checkpoint, lag);
        let _ = emulation.work(&account.workers.read());
        let changed = changes.apply(emulation);
        let saved = save(emulator, emulation).await;
        match &saved {
            Ok(()) => account.saved(checkpoint),
            Err(error) => account.fail(RunFailure::internal(error.to_string())),
        }
        if let Some(changed) = changed {
            changes.answer(changed, emulation, saved);
        }
    }
}

/// Makes the final reading and saves how the run ended; returns the final state.
pub(crate) async fn finish(
    emulator: &Emulator,
    mut emulation: Emulation,
    account: &DeliveryTracker,
    outcome: Outcome,
) -> Emulation {
    let (before, _) = account.read();
    account.abandon();
    let (counts, checkpoint) = account.read();
    metrics::progress(emulation.plan(), &before, &counts, 0.0);
    // If it has ended before, the next line finds out.
    let _ = emulation.work(&account.workers.read());
    let ended = emulation
        .progress(counts, checkpoint, 0.0)
        .and_then(|()| emulation.finish(outcome, emulator.now()))
        .or_else(|error| {
            let failure = RunFailure::internal(error.to_string());
            emulation.finish(Outcome::Failed(failure), emulator.now())
        });
    if let Err(error) = ended {
        tracing::error!(%error, "the run ended twice");
    }
    // A failure is logged; there is nobody else to report it to.
    let _ = save(emulator, &emulation).await;
    metrics::ended(emulation.status().name());
    tracing::info!(
        status = %emulation.status(), generated = counts.generated,
        acknowledged = counts.acknowledged, failed = counts.failed, bytes = counts.bytes,
        error = emulation.error(), "emulation ended"
    );
    emulation
}

/// Saves how far the run got, and that it is paused.
pub(crate) async fn pause(
    emulator: &Emulator,
    mut emulation: Emulation,
    account: &DeliveryTracker,
) {
    update_progress(&mut emulation, account);
    // A run in progress has not ended, so it can be paused.
    let _ = emulation.pause(emulator.now());
    if save(emulator, &emulation).await.is_ok() {
        metrics::paused(1);
    }
    let counts = emulation.counts();
    tracing::info!(
        generated = counts.generated,
        acknowledged = counts.acknowledged,
        "emulation paused"
    );
}

fn update_progress(emulation: &mut Emulation, account: &DeliveryTracker) -> (Counts, Checkpoint) {
    let (counts, checkpoint) = account.read();
    // A run in progress has not ended, so this cannot fail.
    let _ = emulation.progress(counts, checkpoint, 0.0);
    account.workers.wait(emulation.workers().len());
    let _ = emulation.work(&account.workers.read());
    (counts, checkpoint)
}

/// Saves how far the run got, for the process that continues it.
pub(crate) async fn leave(
    emulator: &Emulator,
    mut emulation: Emulation,
    account: &DeliveryTracker,
) {
    let (counts, checkpoint) = update_progress(&mut emulation, account);
    // A failure is logged; without this last save the next process repeats a few more records.
    let _ = save(emulator, &emulation).await;
    tracing::info!(
        generated = counts.generated,
        acknowledged = counts.acknowledged,
        next_index = checkpoint.next_index,
        "emulation interrupted; it continues when the service starts again"
    );
}

pub(crate) async fn save(
    emulator: &Emulator,
    emulation: &Emulation,
) -> Result<(), RepositoryError> {
    let saved = emulator.inner.repository.save(emulation).await;
    saved.inspect_err(|error| tracing::error!(%error, "the state of the run was not stored"))
}
