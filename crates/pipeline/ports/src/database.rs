//! The tables in which rows land.

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
    /// If an existing table has another form: [`Refused`](crate::PortErrorKind::Refused).
    async fn prepare(&self) -> Result<(), PortError>;

    /// Inserts the rows with new ids and returns the outcome of each event, in order;
    /// [`settle`](pipeline_domain::landing::settle) decides it. A row that a constraint or a
    /// trigger of the table refuses is left out with the database's reason, and the other rows
    /// land. When this returns, either all of it is stored along with the journals, or nothing.
    /// After [`Unreachable`](crate::PortErrorKind::Unreachable) the same call may be repeated,
    /// whatever the outcome of the first one.
    ///
    /// The arrivals of a partition are in the order of their offsets.
    async fn land(&self, arrivals: &[Arrival]) -> Result<Vec<Landing>, PortError>;

    /// Number of rows in each source's table.
    async fn rows(&self) -> Result<[u64; 3], PortError>;
}
