//! Cancels a run.

use emulator_domain::delivery::Counts;
use emulator_domain::emulation::{Emulation, EmulationId, Outcome};

use crate::control_emulation::{SteerError, under_way};
use crate::inactive_run::change_inactive;
use crate::{Emulator, callbacks, emulation_status, metrics};

/// Asks a run to stop: it generates nothing more, flushes what is in flight and ends as cancelled.
/// Returns at once with the run as it was. A paused run ends at once and is returned as cancelled.
///
/// # Errors
/// See [`SteerError`].
pub async fn cancel(emulator: &Emulator, id: EmulationId) -> Result<Emulation, SteerError> {
    let run = emulation_status::status(emulator, id).await?;
    run.unfinished()
        .map_err(|ended| SteerError::Refused(id, ended.into()))?;
    loop {
        if let Some(handle) = under_way(emulator, id).await {
            handle.cancel.cancel();
            return Ok(run);
        }
        let cancelled = change_inactive::<SteerError>(emulator, id, async |mut run| {
            let counts = run.counts();
            // What was in flight when it was paused will never be acknowledged.
            let given_up = Counts {
                failed: counts.failed + counts.in_flight(),
                ..counts
            };
            run.progress(given_up, run.checkpoint(), 0.0)
                .and_then(|()| run.finish(Outcome::Cancelled, emulator.now()))
                .map_err(|ended| SteerError::Refused(id, ended.into()))?;
            emulator.inner.repository.save(&run).await?;
            metrics::paused(-1);
            metrics::ended(run.status().name());
            callbacks::enqueue(emulator, &run);
            Ok(run)
        });
        if let Some(cancelled) = cancelled.await? {
            return Ok(cancelled);
        }
    }
}
