//! The OpenAPI document of a service, and Swagger UI to read it, served from the binary.

use std::sync::{Arc, LazyLock};

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_SECURITY_POLICY, LOCATION};
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Data, Path, ServiceConfig};
use utoipa_swagger_ui::Config;

use crate::security::SWAGGER_POLICY;
use crate::{ApiError, excerpt, resource};

/// No validator: the page must not send the document to another host.
static CONFIG: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
    Arc::new(
        Config::from("/openapi.json")
            .validator_url("none")
            .try_it_out_enabled(true),
    )
});

/// The text of the OpenAPI document.
pub struct Document(Arc<str>);

/// Adds `/openapi.json`, which answers `document`, and `/docs`, the page that shows it.
pub fn configure(config: &mut ServiceConfig, document: Arc<str>) {
    config
        .app_data(Data::new(Document(document)))
        .service(resource("/openapi.json", [(Method::GET, web::to(openapi))]))
        .service(resource("/docs", [(Method::GET, web::to(page))]))
        .service(resource("/docs/{file}", [(Method::GET, web::to(file))]));
}

/// This document
#[utoipa::path(
    get,
    path = "/openapi.json",
    operation_id = "openapi",
    tag = "service",
    responses((status = 200, description = "The OpenAPI document.", body = serde_json::Value))
)]
pub async fn openapi(document: Data<Document>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .body(document.0.to_string())
}

/// The page finds its files beside itself, so it has a name and is not a folder.
async fn page() -> HttpResponse {
    HttpResponse::Found()
        .insert_header((LOCATION, "/docs/index.html"))
        .finish()
}

async fn file(path: Path<String>) -> Result<HttpResponse, ApiError> {
    let file = utoipa_swagger_ui::serve(&path, CONFIG.clone())
        .ok()
        .flatten()
        .ok_or_else(|| {
            let detail = format!("/docs/{}: no such file; see /docs", excerpt(&path));
            ApiError::new(StatusCode::NOT_FOUND, detail)
        })?;
    let mut response = HttpResponse::Ok();
    response
        .content_type(file.content_type)
        .insert_header((CONTENT_SECURITY_POLICY, SWAGGER_POLICY));
    if file.gzpipped {
        response.insert_header((CONTENT_ENCODING, "gzip"));
    }
    Ok(response.body(file.bytes.into_owned()))
}
