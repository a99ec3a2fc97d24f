//! Where runs are remembered.

use async_trait::async_trait;
use emulator_domain::emulation::{Emulation, EmulationId, GlobalStatus};

/// What part of all runs is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Page {
    /// Only runs in this state.
    pub status: Option<GlobalStatus>,
    /// Only runs that come behind this one in the list; none, if it is not known.
    pub after: Option<EmulationId>,
    /// This many at most.
    pub limit: usize,
}

/// Remembers runs. One value serves the whole process; a saved run is read back equal.
#[async_trait]
pub trait EmulationRepository: Send + Sync {
    /// Remembers the run as it is now, in place of what was remembered of it before. When this
    /// returns, it is remembered for as long as the repository remembers anything: the run counts on
    /// it that a process after this one goes on from there, and delivers nothing again that was
    /// acknowledged before.
    ///
    /// # Errors
    /// If it cannot be kept; what was remembered before still is.
    async fn save(&self, emulation: &Emulation) -> Result<(), RepositoryError>;

    /// The run with that id.
    ///
    /// # Errors
    /// If what is kept cannot be read.
    async fn find(&self, id: EmulationId) -> Result<Option<Emulation>, RepositoryError>;

    /// Runs in descending order of [`Emulation::created_at`], then of id: the newest first.
    ///
    /// # Errors
    /// If what is kept cannot be read.
    async fn list(&self, page: Page) -> Result<Vec<Emulation>, RepositoryError>;
}

/// The repository cannot do its work.
#[derive(Debug, thiserror::Error)]
#[error("the state of the emulations cannot be {action}: {why}")]
pub struct RepositoryError {
    /// `read` or `kept`.
    pub action: &'static str,
    /// For people: where, what was tried, what to check.
    pub why: String,
}
