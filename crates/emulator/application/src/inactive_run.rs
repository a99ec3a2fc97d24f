//! Changes to inactive runs, that is, paused or ended. A run under way changes its own state;
//! changes to an inactive run are serialised here.

use emulator_domain::emulation::{Emulation, EmulationId, GlobalStatus};

use crate::Emulator;
use crate::emulation_status::{self, FindError};

/// Why a run was not changed: it is not under way in this process.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InactiveRunError {
    #[error(transparent)]
    Find(#[from] FindError),
    /// The run was left for another process, or its end could not be saved.
    #[error("the run was left for another process")]
    LeftToOther,
}

/// Applies `change` to a run that is paused or has ended, one change at a time. Returns `None` if
/// the run turns out to be under way.
///
/// # Errors If the process is shutting down, or `change` fails.
pub(crate) async fn change_inactive<E: From<InactiveRunError>>(
    emulator: &Emulator,
    id: EmulationId,
    change: impl AsyncFnOnce(Emulation) -> Result<Emulation, E>,
) -> Result<Option<Emulation>, E> {
    let _guard = emulator.inner.inactive_changes.lock().await;
    if emulator.inner.active().contains_key(&id) {
        return Ok(None);
    }
    let run = emulation_status::status(emulator, id).await;
    let run = run.map_err(InactiveRunError::from)?;
    match run.status() {
        GlobalStatus::Processing => Err(InactiveRunError::LeftToOther.into()),
        _ => change(run).await.map(Some),
    }
}
