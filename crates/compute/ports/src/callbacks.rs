//! Telling senders how their tasks ended.

use async_trait::async_trait;
use compute_domain::Outcome;

/// Tells the sender of a task how it ended. Clones of the service share one.
#[async_trait]
pub trait Callbacks: Send + Sync {
    /// Whether `url` may be told anything at all; asks nobody.
    ///
    /// # Errors
    /// A sentence for people: what is wrong with it and what is allowed.
    fn check(&self, url: &str) -> Result<(), String>;

    /// Sends the outcome once and waits for the answer; in a pipeline that comes only when the next
    /// services have their tasks, so it may take half a minute.
    ///
    /// # Errors
    /// If the sender does not take it; the error says whether to try again.
    async fn send(&self, url: &str, outcome: &Outcome) -> Result<(), CallbackError>;
}

/// The sender of a task was not told, in sentences for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallbackError {
    /// Telling it again may help, and does no harm.
    #[error("{0}")]
    Passing(String),
    /// It will not take this news, however often it is told.
    #[error("{0}")]
    Refused(String),
}
