//! Registers the service with engines.

use async_trait::async_trait;
use compute_domain::ServiceDescription;

/// A service as it is announced to an engine.
#[derive(Clone, Debug)]
pub struct Announcement {
    /// What it does.
    pub service: ServiceDescription,
    /// Its absolute URL, at which the engine reaches it.
    pub url: String,
    /// The absolute URL of its documentation.
    pub docs_url: String,
}

/// A service's registration with an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The id of the service's record in the engine.
    pub id: String,
}

/// An engine's response to a heartbeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ping {
    /// It has recorded the heartbeat.
    Known,
    /// It does not know the service, or no longer does: register again.
    Forgotten,
}

/// A client for engines, which are identified by their URLs. Every call is bounded in time and
/// makes a single attempt.
#[async_trait]
pub trait Engines: Send + Sync {
    /// Registers the service, or updates its existing record. The service must be listening
    /// already: an engine queries it before it responds.
    async fn announce(
        &self,
        engine: &str,
        announcement: &Announcement,
    ) -> Result<Registration, EngineError>;

    /// Sends a heartbeat.
    async fn ping(&self, engine: &str, slug: &str) -> Result<Ping, EngineError>;

    /// Announces that the service stops, so that no more tasks are sent to it.
    async fn take_leave(
        &self,
        engine: &str,
        registration: &Registration,
    ) -> Result<(), EngineError>;
}

/// What can be done about an engine's failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineErrorKind {
    /// No answer, or the engine has a problem: a retry may help.
    Unreachable,
    /// It refuses; something has to be changed.
    Refused,
}

/// Why an engine did not do what was requested.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct EngineError {
    /// What can be done.
    pub kind: EngineErrorKind,
    /// For people: what was requested, what came back, what to check.
    pub message: String,
}
