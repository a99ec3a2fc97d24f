//! What operators ask of the service.

use async_trait::async_trait;
use compute_domain::TaskId;
use platform_http::ApiError;
use platform_http::operations::Operations;

use super::RestState;

#[async_trait]
impl Operations for RestState {
    /// Tasks can be accepted only while they can be kept. An engine that is away keeps nobody from
    /// sending tasks, so it is not asked for.
    async fn readiness(&self) -> Vec<(String, Result<(), String>)> {
        let anybody = TaskId::new(uuid::Uuid::nil());
        let kept = self.service.status(anybody).await;
        vec![(
            "tasks".to_owned(),
            kept.map(drop).map_err(|error| error.to_string()),
        )]
    }

    async fn metrics(&self) -> Result<String, ApiError> {
        Ok((self.metrics)())
    }
}
