//! How far is a run?

use emulator_domain::emulation::{Emulation, EmulationId};
use emulator_ports::RepositoryError;

use crate::Emulator;

/// Why nothing can be said of a run.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// There is none with that id, or it was forgotten.
    #[error("Emulation ID {0} not found.")]
    NotFound(EmulationId),
    /// What is remembered cannot be read.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

/// The run as it is, at most a tenth of a second old.
///
/// # Errors
/// As [`FindError`] says.
pub async fn status(emulator: &Emulator, id: EmulationId) -> Result<Emulation, FindError> {
    emulator
        .inner
        .repository
        .find(id)
        .await?
        .ok_or(FindError::NotFound(id))
}
