//! The OpenAPI document, and the page that shows it, served from the binary.

use std::sync::{Arc, LazyLock};

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_ENCODING, LOCATION};
use actix_web::web::Path;
use platform_http::{ApiError, excerpt};
use utoipa_swagger_ui::Config;

use crate::openapi::openapi_json;

static DOCUMENT: LazyLock<String> = LazyLock::new(openapi_json);

/// No validator: the page must not send the document to another host.
static CONFIG: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
    Arc::new(
        Config::from("/openapi.json")
            .validator_url("none")
            .try_it_out_enabled(true),
    )
});

/// This document
#[utoipa::path(
    get,
    path = "/openapi.json",
    operation_id = "openapi",
    tag = "service",
    responses((status = 200, description = "The OpenAPI document.", body = serde_json::Value))
)]
pub(crate) async fn document() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .body(DOCUMENT.as_str())
}

/// The page finds its files beside itself, so it has a name and is not a folder.
pub(crate) async fn page() -> HttpResponse {
    HttpResponse::Found()
        .insert_header((LOCATION, "/docs/index.html"))
        .finish()
}

pub(crate) async fn file(path: Path<String>) -> Result<HttpResponse, ApiError> {
    let file = utoipa_swagger_ui::serve(&path, CONFIG.clone())
        .ok()
        .flatten()
        .ok_or_else(|| {
            let detail = format!("/docs/{}: there is nothing here.", excerpt(&path));
            ApiError::new(StatusCode::NOT_FOUND, detail)
        })?;
    let mut response = HttpResponse::Ok();
    response.content_type(file.content_type);
    if file.gzpipped {
        response.insert_header((CONTENT_ENCODING, "gzip"));
    }
    Ok(response.body(file.bytes.into_owned()))
}
