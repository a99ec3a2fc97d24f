//! A run under way changes itself; one that is paused or has ended is changed by one at a time.

use emulator_domain::emulation::{Emulation, EmulationId, GlobalStatus};

use crate::Emulator;
use crate::emulation_status::{self, FindError};

/// Why a run was not changed that is not under way here.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotAtRest {
    #[error(transparent)]
    Find(#[from] FindError),
    /// Or how it ended could not be kept.
    #[error("the run was left for another process")]
    Left,
}

/// Does something with a run that is paused or has ended, while nobody else does; nothing if it is
/// under way after all.
///
/// # Errors
/// If the process is ending; and what `change` gives.
pub(crate) async fn at_rest<E: From<NotAtRest>>(
    emulator: &Emulator,
    id: EmulationId,
    change: impl AsyncFnOnce(Emulation) -> Result<Emulation, E>,
) -> Result<Option<Emulation>, E> {
    let _resting = emulator.inner.resting.lock().await;
    if emulator.inner.active().contains_key(&id) {
        return Ok(None);
    }
    let run = emulation_status::status(emulator, id).await;
    let run = run.map_err(NotAtRest::from)?;
    match run.status() {
        GlobalStatus::Processing => Err(NotAtRest::Left.into()),
        _ => change(run).await.map(Some),
    }
}
