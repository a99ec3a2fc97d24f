//! The root of the API.

use actix_web::http::header::{ACCEPT, HeaderValue, VARY};
use actix_web::{HttpRequest, HttpResponse};
use platform_http::page::index as page;
use serde::Serialize;
use utoipa::ToSchema;

use crate::page::INDEX;

/// A greeting.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Welcome {
    /// Always the same.
    #[schema(example = "Welcome to the Emulator Service REST API!")]
    message: &'static str,
}

/// Welcome
///
/// Clients that accept HTML, such as browsers, get the page.
#[utoipa::path(
    get,
    path = "/",
    operation_id = "welcome",
    tag = "service",
    responses((status = 200, description = "A greeting.", body = Welcome))
)]
pub(crate) async fn welcome(request: HttpRequest) -> HttpResponse {
    let accepted = request.headers().get(ACCEPT);
    let accepted = accepted.and_then(|accepted| accepted.to_str().ok());
    if accepted.is_some_and(|accepted| accepted.contains("text/html")) {
        return page(INDEX);
    }
    HttpResponse::Ok()
        .insert_header((VARY, HeaderValue::from_static("accept")))
        .json(Welcome {
            message: "Welcome to the Emulator Service REST API!",
        })
}
