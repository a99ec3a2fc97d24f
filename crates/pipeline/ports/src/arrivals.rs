//! On which topics ids have arrived.

use async_trait::async_trait;
use pipeline_domain::arrival::Seen;
use pipeline_domain::log::Offsets;

use crate::PortError;

/// When a change has to be on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// When the call returns.
    Now,
    /// With the next change that has to be; a crash before undoes it.
    Later,
}

/// What was seen of each id up to certain positions of the topics, remembered on disk: a crash
/// leaves a state that was saved, ids and positions of the same moment. Memory does not grow with
/// the number of ids.
#[async_trait]
pub trait Arrivals: Send + Sync {
    /// The log that the positions are of; none before anything was saved.
    async fn log(&self) -> Result<Option<String>, PortError>;

    /// Up to where the events were counted in.
    async fn positions(&self) -> Result<Offsets, PortError>;

    /// What was seen of these ids, in their order.
    async fn seen(&self, ids: Vec<i64>) -> Result<Vec<Seen>, PortError>;

    /// Replaces what was seen of these ids, and the positions, at once. The name of the `log` is
    /// remembered.
    async fn save(
        &self,
        log: &str,
        changes: Vec<(i64, Seen)>,
        positions: &Offsets,
        durability: Durability,
    ) -> Result<(), PortError>;
}
