//! Making the service known to engines.

use async_trait::async_trait;
use compute_domain::ServiceDescription;

/// What an engine is told of a service.
#[derive(Clone, Debug)]
pub struct Announcement {
    /// What it does.
    pub service: ServiceDescription,
    /// Where the engine reaches it: an absolute URL.
    pub url: String,
    /// Where its documentation is: an absolute URL.
    pub docs_url: String,
}

/// What an engine calls the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The id of its record.
    pub id: String,
}

/// What an engine says to a sign of life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ping {
    /// It has noted it.
    Known,
    /// It knows no such service (any more): register again.
    Forgotten,
}

/// Speaks to engines, each named by its URL. Every call is bounded in time; none repeats itself.
#[async_trait]
pub trait Engines: Send + Sync {
    /// Registers the service, or brings the record that is there up to date. The service must
    /// listen already: an engine asks it before it answers.
    async fn announce(
        &self,
        engine: &str,
        announcement: &Announcement,
    ) -> Result<Registration, EngineError>;

    /// Gives a sign of life.
    async fn ping(&self, engine: &str, slug: &str) -> Result<Ping, EngineError>;

    /// Says that the service stops, so that no more tasks are sent to it.
    async fn take_leave(
        &self,
        engine: &str,
        registration: &Registration,
    ) -> Result<(), EngineError>;
}

/// What can be done about an engine that does not do what it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineErrorKind {
    /// Nobody answered, or the engine is in trouble: it may be better later.
    Unreachable,
    /// It refuses, and something has to be changed.
    Refused,
}

/// An engine does not do what it is asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct EngineError {
    /// What can be done.
    pub kind: EngineErrorKind,
    /// For people: what was asked, what came back, what to check.
    pub message: String,
}
