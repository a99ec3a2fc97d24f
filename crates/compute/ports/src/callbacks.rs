//! Delivers the callbacks of tasks.

use async_trait::async_trait;
use compute_domain::Outcome;

/// Delivers the callback of a task to its sender. Clones of the service share one.
#[async_trait]
pub trait Callbacks: Send + Sync {
    /// Whether callbacks may be sent to `url` at all; contacts nobody.
    ///
    /// # Errors
    /// A sentence for people: what is wrong with it and what is allowed.
    fn check(&self, url: &str) -> Result<(), String>;

    /// Sends the outcome once and waits for the response. In a pipeline that arrives only when the
    /// next services have their tasks, so it may take half a minute.
    ///
    /// # Errors
    /// If the sender does not accept it; the error says whether to retry.
    async fn send(&self, url: &str, outcome: &Outcome) -> Result<(), CallbackError>;
}

/// Why a callback was not delivered, in sentences for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallbackError {
    /// A retry may help and does no harm.
    #[error("{0}")]
    Passing(String),
    /// The sender will not accept it, however often it is sent.
    #[error("{0}")]
    Refused(String),
}
