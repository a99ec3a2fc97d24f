//! The state of a run.

use emulator_domain::emulation::{Emulation, EmulationId};
use emulator_ports::RepositoryError;

use crate::Emulator;

/// Why the state of a run cannot be given.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// There is no run with that id, or it was forgotten.
    #[error("Emulation ID {0} not found.")]
    NotFound(EmulationId),
    /// The repository cannot be read.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

/// The state of the run, at most a tenth of a second old.
///
/// # Errors
/// See [`FindError`].
pub async fn status(emulator: &Emulator, id: EmulationId) -> Result<Emulation, FindError> {
    emulator
        .inner
        .repository
        .find(id)
        .await?
        .ok_or(FindError::NotFound(id))
}
