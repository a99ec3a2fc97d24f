//! Stores tasks durably.

use async_trait::async_trait;
use compute_domain::{Task, TaskId, Timestamp};

use crate::StoreAccess;

/// Stores tasks. Whatever a call has confirmed as stored survives a kill of the process at any
/// moment.
///
/// The keys of a task's store are kept only until the task ends, and encrypted, so that the file
/// alone does not reveal them; a repository that cannot encrypt does not keep them.
#[async_trait]
pub trait TaskRepository: Send + Sync {
    /// Stores an accepted task unless its id is already known. Of two concurrent calls with one id,
    /// one adds the task.
    ///
    /// # Errors
    /// If it is not stored.
    async fn add(&self, task: &Task, access: &StoreAccess) -> Result<Admission, RepositoryError>;

    /// Replaces the stored state of a task.
    ///
    /// # Errors
    /// If it is not stored; the earlier state then remains.
    async fn save(&self, task: &Task) -> Result<(), RepositoryError>;

    /// The task with that id.
    ///
    /// # Errors
    /// If the stored tasks cannot be read.
    async fn find(&self, id: TaskId) -> Result<Option<Task>, RepositoryError>;

    /// All tasks that have not ended or whose callback is still due, in the order of their
    /// acceptance.
    ///
    /// # Errors
    /// If the stored tasks cannot be read.
    async fn unsettled(&self) -> Result<Vec<Unsettled>, RepositoryError>;

    /// Deletes tasks that ended before `end` and whose callback is settled. Returns how many.
    ///
    /// # Errors
    /// If they are not deleted.
    async fn forget(&self, end: Timestamp) -> Result<u64, RepositoryError>;
}

/// Whether a task is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is new and now stored.
    Added,
    /// Its id is already stored; that task stays as it is.
    Known,
}

/// A task for which something remains to be done.
#[derive(Clone, Debug)]
pub struct Unsettled {
    /// The task.
    pub task: Task,
    /// The access to its store; not kept for a task that has ended.
    pub access: KeptAccess,
}

/// What was kept of the access to a store.
#[derive(Clone, Debug)]
pub enum KeptAccess {
    /// The complete access.
    Kept(StoreAccess),
    /// Nothing, for this reason; for people.
    Lost(String),
}

/// Why tasks cannot be stored or read: what failed and what to do, for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RepositoryError(pub String);
