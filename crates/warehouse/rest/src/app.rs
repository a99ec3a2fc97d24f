//! The routes with what they need.

use std::sync::Arc;

use actix_web::http::{Method, StatusCode};
use actix_web::web::Data;
use platform_http::Routes;
use platform_http::docs::Document;
use platform_http::operations::Operations;
use tracing::info;

use crate::routes::table;
use crate::{RestState, document};

/// All routes, on what `state` has.
pub fn routes(state: RestState) -> Routes {
    let operations: Arc<dyn Operations> = Arc::new(state.clone());
    let document: Arc<str> = document::openapi().into();
    table(state.legacy_get)
        .observed(observe)
        .with(move |config| {
            config
                .app_data(Data::from(Arc::clone(&operations)))
                .app_data(Data::new(Document::new(Arc::clone(&document))))
                .app_data(Data::new(state.clone()));
        })
}

/// What was asked and what came of it. A path has names and keys, and nothing else of the rows;
/// without the span of the request, which has its client's address.
fn observe(method: &Method, path: &str, status: StatusCode) {
    info!(parent: None, %method, path, status = status.as_u16(), "answered");
}
