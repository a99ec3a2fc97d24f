//! The page and its files, served from the binary.

use actix_web::HttpResponse;
use platform_http::page::{self, PageFile};
use platform_http::page_file;

/// Files specific to this page.
pub(crate) const FILES: &[PageFile] = &[
    page_file!("address.js"),
    page_file!("groups.js"),
    page_file!("json.js"),
    page_file!("messages.js"),
    page_file!("monitor.css"),
    page_file!("page.js"),
    page_file!("rows.js"),
    page_file!("topics.js"),
];

/// The page.
pub(crate) async fn index() -> HttpResponse {
    page::index(include_str!("page/index.html"))
}
