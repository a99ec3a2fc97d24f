//! The routes for operators and their tools: liveness, readiness and metrics.

use std::collections::BTreeMap;

use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};
use async_trait::async_trait;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::AccessControl;
use crate::permission::OPEN;
use crate::{ApiError, Permission, Routes};

/// The state of a service.
#[async_trait]
pub trait Operations: Send + Sync {
    /// Every dependency that requests need, by a name that operators know, and why it is
    /// unavailable now: what was tried and what to check. Called by each probe, so it must return
    /// in bounded time.
    async fn readiness(&self) -> Vec<(String, Result<(), String>)>;

    /// All metrics in Prometheus' text format.
    ///
    /// # Errors
    /// If they cannot be collected now.
    async fn metrics(&self) -> Result<String, ApiError>;
}

impl Routes {
    /// Adds `/health/live`, `/health/ready` and `/metrics`, answered by `operations`.
    #[must_use]
    pub fn operations(self) -> Self {
        self.get(OPEN, "/health/live", || web::to(live))
            .get(OPEN, "/health/ready", || web::to(ready))
            .get(Permission::Metrics, "/metrics", || web::to(metrics))
    }
}

/// The process answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct LiveAnswer {
    /// Always `up`.
    #[schema(example = "up")]
    status: &'static str,
}

/// Whether the service is ready for requests.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReadyAnswer {
    /// `up` if all checks are, else `down`.
    #[schema(example = "up")]
    status: &'static str,
    /// Everything that requests need, by name.
    checks: BTreeMap<String, CheckAnswer>,
}

/// The state of one thing that requests need.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckAnswer {
    /// `up` or `down`.
    #[schema(example = "up")]
    status: &'static str,
    /// Why it is down: what was tried and what to check. Where the service asks for tokens, callers
    /// without one are not told: it may name hosts.
    error: Option<String>,
}

/// Replaces the reason for unauthenticated callers.
const WITHHELD: &str = "the reason is told to callers with a token";

const fn status(up: bool) -> &'static str {
    if up { "up" } else { "down" }
}

/// Is the process alive?
#[utoipa::path(
    get,
    path = "/health/live",
    operation_id = "live",
    tag = "service",
    responses((status = 200, description = "It answers.", body = LiveAnswer))
)]
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().json(LiveAnswer {
        status: status(true),
    })
}

/// Is the service ready for requests?
#[utoipa::path(
    get,
    path = "/health/ready",
    operation_id = "ready",
    tag = "service",
    responses(
        (status = 200, description = "All checks are up.", body = ReadyAnswer),
        (status = 503, description = "A check is down, or the service is shutting down; `checks` says which and why.", body = ReadyAnswer),
    )
)]
pub async fn ready(request: HttpRequest, operations: Data<dyn Operations>) -> HttpResponse {
    let checks = operations.readiness().await;
    let up = checks.iter().all(|(_, state)| state.is_ok());
    let access_control = request.app_data::<Data<AccessControl>>();
    let tells = match access_control.filter(|_| !up) {
        Some(access_control) => access_control.may_read_details(&request).await,
        None => true,
    };
    let checks = checks.into_iter().map(|(name, state)| {
        let check = CheckAnswer {
            status: status(state.is_ok()),
            error: state
                .err()
                .map(|why| if tells { why } else { WITHHELD.to_owned() }),
        };
        (name, check)
    });
    let answer = ReadyAnswer {
        status: status(up),
        checks: checks.collect(),
    };
    if up {
        HttpResponse::Ok().json(answer)
    } else {
        HttpResponse::ServiceUnavailable().json(answer)
    }
}

/// Metrics for Prometheus
#[utoipa::path(
    get,
    path = "/metrics",
    operation_id = "metrics",
    tag = "service",
    responses((status = 200, description = "Prometheus' text format.", body = String, content_type = "text/plain"))
)]
pub async fn metrics(operations: Data<dyn Operations>) -> Result<HttpResponse, ApiError> {
    let text = operations.metrics().await?;
    Ok(HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(text))
}
