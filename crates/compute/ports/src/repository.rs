//! Tasks that outlive the process.

use async_trait::async_trait;
use compute_domain::{Task, TaskId, Timestamp};

use crate::StoreAccess;

/// Keeps tasks. All that was reported as kept is there again after the process has been killed at
/// any moment.
///
/// The keys of a task's store are kept no longer than until the task has ended, and unreadable for
/// whoever sees the file; a repository that has no means for that does not keep them.
#[async_trait]
pub trait TaskRepository: Send + Sync {
    /// Keeps a task that was accepted, unless one of its id is known already; one of two at the
    /// same time is added.
    ///
    /// # Errors
    /// If it is not kept.
    async fn add(&self, task: &Task, access: &StoreAccess) -> Result<Admission, RepositoryError>;

    /// Keeps the task as it is now, in place of what was kept of it.
    ///
    /// # Errors
    /// If it is not kept; what was kept before still is.
    async fn save(&self, task: &Task) -> Result<(), RepositoryError>;

    /// The task of that id.
    ///
    /// # Errors
    /// If what is kept cannot be read.
    async fn find(&self, id: TaskId) -> Result<Option<Task>, RepositoryError>;

    /// All tasks that have not ended or whose sender is still to be told, in the order in which
    /// they were accepted.
    ///
    /// # Errors
    /// If what is kept cannot be read.
    async fn unsettled(&self) -> Result<Vec<Unsettled>, RepositoryError>;

    /// Forgets tasks that ended before `end` and whose sender is not to be told any more. Gives how
    /// many.
    ///
    /// # Errors
    /// If they are not forgotten.
    async fn forget(&self, end: Timestamp) -> Result<u64, RepositoryError>;
}

/// Whether a task is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is, and kept now.
    Added,
    /// One of its id was kept before and stays as it is.
    Known,
}

/// A task that something is to be done about.
#[derive(Clone, Debug)]
pub struct Unsettled {
    /// The task.
    pub task: Task,
    /// Its store; of a task that has ended it is not known.
    pub access: KeptAccess,
}

/// What is left of the access to a store.
#[derive(Clone, Debug)]
pub enum KeptAccess {
    /// All of it.
    Kept(StoreAccess),
    /// Nothing, and why, for people.
    Lost(String),
}

/// Tasks cannot be kept or read: what failed and what to do, for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RepositoryError(pub String);
