//! A run is stopped.

use emulator_domain::emulation::{Emulation, EmulationId, GlobalStatus, LifeCycleError};
use emulator_ports::RepositoryError;

use crate::Emulator;
use crate::emulation_status::{self, FindError};

/// Why a run was not cancelled.
#[derive(Debug, thiserror::Error)]
pub enum CancelError {
    /// There is none with that id, or it was forgotten.
    #[error("Emulation ID {0} not found.")]
    NotFound(EmulationId),
    /// It has ended.
    #[error("Emulation ID {0} is {1} already.")]
    Finished(EmulationId, GlobalStatus),
    /// What is remembered cannot be read.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

/// Asks a run to stop: it generates nothing more, flushes what is in flight and ends as cancelled.
/// Returns at once, with the run as it was.
///
/// # Errors
/// As [`CancelError`] says.
pub async fn cancel(emulator: &Emulator, id: EmulationId) -> Result<Emulation, CancelError> {
    let emulation = emulation_status::status(emulator, id)
        .await
        .map_err(|error| match error {
            FindError::NotFound(id) => CancelError::NotFound(id),
            FindError::Repository(error) => CancelError::Repository(error),
        })?;
    if let Err(LifeCycleError::Finished(status)) = emulation.unfinished() {
        return Err(CancelError::Finished(id, status));
    }
    // A run that ended in between is not in the map any more and needs no cancelling.
    if let Some(token) = emulator.inner.active().get(&id) {
        token.cancel();
    }
    Ok(emulation)
}
