//! Where models are kept that a service was given.

use async_trait::async_trait;
use emulator_domain::record::ModelText;

use crate::RepositoryError;

/// Keeps models from process to process. One value serves the whole process, which reads all of them
/// when it starts.
#[async_trait]
pub trait ModelStore: Send + Sync {
    /// Keeps the model in place of the one of its name. When this returns, it is kept.
    ///
    /// # Errors
    /// If it cannot be kept; what was kept before still is.
    async fn put(&self, model: &ModelText) -> Result<(), RepositoryError>;

    /// Keeps the model of that name no longer; that there is none is no error.
    ///
    /// # Errors
    /// If it cannot be removed.
    async fn remove(&self, name: &str) -> Result<(), RepositoryError>;
}
