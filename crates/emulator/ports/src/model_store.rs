//! Where the models uploaded to a service are stored.

use async_trait::async_trait;
use emulator_domain::record::ModelText;

use crate::RepositoryError;

/// Stores models across processes. One value serves the whole process, which reads all models when
/// it starts.
#[async_trait]
pub trait ModelStore: Send + Sync {
    /// Stores the model, replacing the one of the same name. When this returns, it is durable.
    ///
    /// # Errors
    /// If it cannot be stored; what was stored before is unchanged.
    async fn put(&self, model: &ModelText) -> Result<(), RepositoryError>;

    /// Removes the model of that name; it is no error if there is none.
    ///
    /// # Errors
    /// If it cannot be removed.
    async fn remove(&self, name: &str) -> Result<(), RepositoryError>;
}
