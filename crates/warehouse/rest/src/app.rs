//! Assembles the routes.

use std::sync::Arc;

use actix_web::http::{Method, StatusCode};
use actix_web::web::Data;
use platform_http::Routes;
use platform_http::docs::Document;
use platform_http::operations::Operations;
use tracing::info;

use crate::routes::table;
use crate::{RestState, document};

/// All routes, based on `state`.
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

/// Logs a request and its outcome. A path contains names and keys, but nothing else of the rows.
/// Outside the request's span, which contains the client's address.
fn observe(method: &Method, path: &str, status: StatusCode) {
    info!(parent: None, %method, path, status = status.as_u16(), "answered");
}
