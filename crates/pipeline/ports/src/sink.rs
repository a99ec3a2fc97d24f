//! Sends events.

use async_trait::async_trait;
use futures::future::BoxFuture;
use pipeline_domain::log::EventOrigin;
use pipeline_domain::source::Source;

use crate::PortError;

/// Resolves to where an event was stored, or to why it was not. It may be awaited late and in any
/// order.
pub type Receipt = BoxFuture<'static, Result<EventOrigin, PortError>>;

/// Sends events of sources. Events of one source with the same key stay in order.
#[async_trait]
pub trait EventSink: Send + Sync {
    /// Sends an event with its id as key. Waits while too many are in flight.
    async fn send(&self, source: Source, id: i64, event: String) -> Result<Receipt, PortError>;
}
