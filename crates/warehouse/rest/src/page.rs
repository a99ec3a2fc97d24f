//! The page and its files, served from the binary.

use actix_web::http::header::ACCEPT;
use actix_web::{HttpRequest, HttpResponse};
use platform_http::page::{self, PageFile};
use platform_http::page_file;

/// Files specific to this page.
pub(crate) const FILES: &[PageFile] = &[page_file!("page.js"), page_file!("warehouse.css")];

/// The page for browsers; for programs, the greeting of the old system.
pub(crate) async fn index(request: HttpRequest) -> HttpResponse {
    let accept = request.headers().get(ACCEPT);
    let accepts_html = accept
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    if accepts_html {
        page::index(include_str!("page/index.html"))
    } else {
        let response = "Data warehouse. GET /docs describes the API.";
        HttpResponse::Ok().json(serde_json::json!({"response": response}))
    }
}
