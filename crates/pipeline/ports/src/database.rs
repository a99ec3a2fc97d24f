//! Tables that rows land in.

use async_trait::async_trait;
use pipeline_domain::landing::{Arrival, Landing};

use crate::PortError;

/// A database with a table for each source: `id`, the primary key, and the source's features, each
/// of which may be null; and the journals of [`landing`](pipeline_domain::landing).
#[async_trait]
pub trait Database: Send + Sync {
    /// Creates missing tables. Existing ones stay as they are.
    ///
    /// # Errors
    /// If a table is there that is not one of these: [`Refused`](crate::PortErrorKind::Refused).
    async fn prepare(&self) -> Result<(), PortError>;

    /// Inserts the rows whose ids are new and returns what became of each event, in their order;
    /// [`settle`](pipeline_domain::landing::settle) decides. A row that a constraint or a trigger
    /// of the table refuses is left out with the database's reason, and the other rows land. All
    /// of it is stored, with the journals, when this returns, or none of it. After [`Unreachable`](crate::PortErrorKind::Unreachable)
    /// the same call may be made again, whatever became of the first.
    ///
    /// The arrivals of a partition are in the order of their offsets.
    async fn land(&self, arrivals: &[Arrival]) -> Result<Vec<Landing>, PortError>;

    /// Rows in each source's table.
    async fn rows(&self) -> Result<[u64; 3], PortError>;
}
