//! What watches the monitor.

use actix_web::HttpResponse;
use actix_web::web::Data;
use platform_http::Failure;
use serde::Serialize;

use super::RestState;
use crate::error;

/// It answers.
#[derive(Debug, Serialize)]
struct Up {
    /// Always `up`.
    status: &'static str,
}

/// Is the process alive?
pub(super) async fn live() -> HttpResponse {
    HttpResponse::Ok().json(Up { status: "up" })
}

/// Does the cluster answer?
pub(super) async fn ready(state: Data<RestState>) -> Result<HttpResponse, Failure> {
    state.cluster.topics().await.map_err(error::cluster)?;
    Ok(HttpResponse::Ok().json(Up { status: "up" }))
}

pub(super) async fn metrics(state: Data<RestState>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body((state.metrics)())
}
