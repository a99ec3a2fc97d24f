//! The root of the API.

use actix_web::HttpResponse;
use serde::Serialize;
use utoipa::ToSchema;

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
