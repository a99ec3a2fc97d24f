//! Assembles the routes.

use std::sync::Arc;

use actix_web::web::Data;
use platform_http::Routes;
use platform_http::docs::Document;
use platform_http::operations::Operations;

use crate::openapi;
use crate::routes::{RestState, table};

/// All routes, based on `state`.
pub fn routes(state: RestState) -> Routes {
    let operations: Arc<dyn Operations> = Arc::new(state.clone());
    let document: Arc<str> = openapi::document(state.service.description()).into();
    table().with(move |config| {
        config
            .app_data(Data::from(Arc::clone(&operations)))
            .app_data(Data::new(Document::new(Arc::clone(&document))))
            .app_data(Data::new(state.clone()));
    })
}
