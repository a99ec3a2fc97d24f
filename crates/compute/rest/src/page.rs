//! The status page and its data.

use actix_web::HttpResponse;
use actix_web::web::Data;
use platform_http::page::{self, PageFile};
use platform_http::page_file;

use crate::RestState;
use crate::dto::overview::OverviewAnswer;

/// Files specific to this page.
pub(crate) const FILES: &[PageFile] = &[
    page_file!("compute.css"),
    page_file!("compute.js"),
    page_file!("tasks.js"),
];

/// The page.
pub(crate) async fn index() -> HttpResponse {
    page::index(include_str!("page/index.html"))
}

/// The current state, for the page.
pub(crate) async fn overview(state: Data<RestState>) -> HttpResponse {
    let engines = state.announcer.as_ref().map(|announcer| announcer.views());
    HttpResponse::Ok().json(OverviewAnswer::of(
        &state.shown,
        engines.unwrap_or_default(),
    ))
}
