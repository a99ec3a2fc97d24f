//! The emulator's readiness checks and metrics.

use async_trait::async_trait;
use emulator_application::readiness;
use platform_http::ApiError;
use platform_http::operations::Operations;

use super::RestState;

#[async_trait]
impl Operations for RestState {
    async fn readiness(&self) -> Vec<(String, Result<(), String>)> {
        let destinations = readiness::readiness(&self.emulator).await;
        let named = destinations.into_iter();
        named
            .map(|(sink, state)| (sink.name().to_owned(), state))
            .collect()
    }

    async fn metrics(&self) -> Result<String, ApiError> {
        Ok((self.metrics)())
    }
}
