//! The topics on which ids have arrived.

use async_trait::async_trait;
use pipeline_domain::arrival::Seen;
use pipeline_domain::log::Offsets;

use crate::PortError;

/// When a change must be durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// When the call returns.
    Now,
    /// Along with the next change that must be; a crash before that undoes it.
    Later,
}

/// Stores durably what was seen of each id up to certain positions of the topics. A crash leaves a
/// state that was saved, with ids and positions of the same moment. Memory does not grow with the
/// number of ids.
#[async_trait]
pub trait Arrivals: Send + Sync {
    /// The log that the positions refer to; `None` if nothing was saved yet.
    async fn log(&self) -> Result<Option<String>, PortError>;

    /// The positions up to which events are included.
    async fn positions(&self) -> Result<Offsets, PortError>;

    /// What was seen of these ids, in their order.
    async fn seen(&self, ids: Vec<i64>) -> Result<Vec<Seen>, PortError>;

    /// Replaces what was seen of these ids, and the positions, atomically. Also stores the name of
    /// the `log`.
    async fn save(
        &self,
        log: &str,
        changes: Vec<(i64, Seen)>,
        positions: &Offsets,
        durability: Durability,
    ) -> Result<(), PortError>;
}
