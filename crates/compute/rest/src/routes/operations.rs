//! The service's part of the operational endpoints.

use async_trait::async_trait;
use compute_domain::TaskId;
use platform_http::ApiError;
use platform_http::operations::Operations;

use super::RestState;

#[async_trait]
impl Operations for RestState {
    /// Ready while the task repository answers, as no task can be accepted without it. Engines are
    /// not checked: an unavailable engine prevents nobody from submitting tasks.
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
