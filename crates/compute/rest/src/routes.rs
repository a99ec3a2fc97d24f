//! What answers where.

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

/// What the routes need. Clones are the same.
#[derive(Clone)]
pub struct RestState {
    /// The service that takes tasks.
    pub service: ComputeService,
    /// Those that the page shows: this one, and others of the same process.
    pub shown: Vec<ComputeService>,
    /// Makes the service known to engines, if there are any.
    pub announcer: Option<Announcer>,
    /// Renders the metrics in Prometheus' text format.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
}

/// What answers where, and what each asks of its callers. The protocol is open: an engine has no
/// token.
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
