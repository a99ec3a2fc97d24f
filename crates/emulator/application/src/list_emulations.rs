//! Which runs are there?

use emulator_domain::emulation::Emulation;
use emulator_ports::{Page, RepositoryError};

use crate::Emulator;

/// Runs, the newest first.
///
/// # Errors
/// If what is remembered cannot be read.
pub async fn list(emulator: &Emulator, page: Page) -> Result<Vec<Emulation>, RepositoryError> {
    emulator.inner.repository.list(page).await
}
