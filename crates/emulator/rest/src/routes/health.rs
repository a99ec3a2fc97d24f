//! What monitors ask.

use actix_web::HttpResponse;
use actix_web::web::Data;
use emulator_application::readiness;
use serde::Serialize;
use utoipa::ToSchema;

use super::RestState;
use crate::dto::health::{LiveAnswer, ReadyAnswer};

/// A greeting.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Welcome {
    /// Always the same.
    #[schema(example = "Welcome to the Emulator Service REST API!")]
    message: &'static str,
}

/// Welcome
#[utoipa::path(
    get,
    path = "/",
    operation_id = "welcome",
    tag = "service",
    responses((status = 200, description = "A greeting.", body = Welcome))
)]
pub(crate) async fn welcome() -> HttpResponse {
    HttpResponse::Ok().json(Welcome {
        message: "Welcome to the Emulator Service REST API!",
    })
}

/// Is the process alive?
#[utoipa::path(
    get,
    path = "/health/live",
    operation_id = "live",
    tag = "service",
    responses((status = 200, description = "It answers.", body = LiveAnswer))
)]
pub(crate) async fn live() -> HttpResponse {
    HttpResponse::Ok().json(LiveAnswer { status: "up" })
}

/// Would emulations be delivered now?
#[utoipa::path(
    get,
    path = "/health/ready",
    operation_id = "ready",
    tag = "service",
    responses(
        (status = 200, description = "All destinations answer.", body = ReadyAnswer),
        (status = 503, description = "A destination is down, or the service shuts down; `destinations` says which and why.", body = ReadyAnswer),
    )
)]
pub(crate) async fn ready(state: Data<RestState>) -> HttpResponse {
    let answer = ReadyAnswer::new(readiness::readiness(&state.emulator).await);
    if answer.is_up() {
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
pub(crate) async fn metrics(state: Data<RestState>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body((state.metrics)())
}
