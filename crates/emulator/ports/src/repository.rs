//! Where runs are stored.

use async_trait::async_trait;
use emulator_domain::emulation::{Emulation, EmulationId, GlobalStatus};

/// A page of the list of runs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Page {
    /// Only runs in this state.
    pub status: Option<GlobalStatus>,
    /// Only runs after this one in the list; none if it is unknown.
    pub after: Option<EmulationId>,
    /// At most this many.
    pub limit: usize,
}

/// Stores runs. One value serves the whole process; a saved run is read back equal.
#[async_trait]
pub trait EmulationRepository: Send + Sync {
    /// Saves the current state of the run, replacing the earlier one. When this returns, the state
    /// is as durable as the repository is at all: the run relies on a later process continuing from
    /// there and never delivering again what was acknowledged before.
    ///
    /// # Errors
    /// If it cannot be saved; the earlier state is unchanged.
    async fn save(&self, emulation: &Emulation) -> Result<(), RepositoryError>;

    /// The run with that id.
    ///
    /// # Errors
    /// If the repository cannot be read.
    async fn find(&self, id: EmulationId) -> Result<Option<Emulation>, RepositoryError>;

    /// Runs in descending order of [`Emulation::created_at`], then of id: newest first.
    ///
    /// # Errors
    /// If the repository cannot be read.
    async fn list(&self, page: Page) -> Result<Vec<Emulation>, RepositoryError>;
}

/// The repository failed.
#[derive(Debug, thiserror::Error)]
#[error("the state of the emulations cannot be {action}: {why}")]
pub struct RepositoryError {
    /// `read` or `kept`.
    pub action: &'static str,
    /// For the user: where, what was tried, what to check.
    pub why: String,
}
