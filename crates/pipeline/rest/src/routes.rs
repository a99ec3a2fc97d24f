//! The routes.

mod operations;
mod views;

use std::sync::Arc;

use actix_web::web::{self, Data};
use pipeline_ports::Cluster;
use platform_http::Routes;
use platform_http::operations::Operations;
use platform_http::permission::{OPEN, VIEWER};

use crate::page;

pub use operations::describe_metrics;

/// What the routes need. Clones share it.
#[derive(Clone)]
pub struct RestState {
    /// The cluster to show.
    pub cluster: Arc<dyn Cluster>,
    /// Topics and groups of the monitored pipeline, which are shown before all others.
    pub own: Arc<[String]>,
    /// Renders the metrics in Prometheus' text format.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
}

/// All routes, based on `state`.
pub fn routes(state: RestState) -> Routes {
    let operations: Arc<dyn Operations> = Arc::new(state.clone());
    table().with(move |config| {
        config
            .app_data(Data::from(Arc::clone(&operations)))
            .app_data(Data::new(state.clone()));
    })
}

/// The routes and their access requirements.
pub fn table() -> Routes {
    Routes::new()
        .get(OPEN, "/", || web::to(page::index))
        .get(VIEWER, "/api/topics", || web::to(views::topics))
        .get(VIEWER, "/api/topics/{topic}/messages", || {
            web::to(views::messages)
        })
        .get(VIEWER, "/api/groups", || web::to(views::groups))
        .operations()
        .page(page::FILES)
        .login()
}
