//! The routes.

mod operations;
mod tasks;

use std::sync::Arc;

use actix_web::http::Method;
use actix_web::web;
use compute_application::{Announcer, ComputeService};
use platform_http::Routes;
use platform_http::permission::{OPEN, OPERATOR, VIEWER};

use crate::page;

pub(crate) use tasks::{__path_cancel, __path_compute, __path_status, __path_task_status};

/// What the routes need. Clones share it.
#[derive(Clone)]
pub struct RestState {
    /// The service that takes tasks.
    pub service: ComputeService,
    /// The services that the page shows: this one, and others in the same process.
    pub shown: Vec<ComputeService>,
    /// Registers the service with engines, if there are any.
    pub announcer: Option<Announcer>,
    /// Renders the metrics in Prometheus' text format.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
}

/// The routes and their access requirements. The protocol is open, because an engine has no token.
pub fn table() -> Routes {
    Routes::new()
        .get(OPEN, "/", || web::to(page::index))
        .operations()
        .documents()
        .page(page::FILES)
        .login()
        .get(OPEN, "/status", || web::to(tasks::status))
        .post(OPEN, "/compute", || web::to(tasks::compute))
        .get(OPEN, "/tasks/{task_id}/status", || {
            web::to(tasks::task_status)
        })
        .get(VIEWER, "/api/overview", || web::to(page::overview))
        .route(Method::DELETE, OPERATOR, "/tasks/{task_id}", || {
            web::to(tasks::cancel)
        })
}
