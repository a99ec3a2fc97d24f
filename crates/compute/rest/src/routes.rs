//! What answers where.

mod operations;
mod tasks;

use std::sync::Arc;

use actix_web::http::Method;
use actix_web::web::{self, Data};
use compute_application::{Announcer, ComputeService};
use platform_http::{Routes, docs, operations as probes, resource};

use crate::{openapi, page};

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

/// The protocol and the page are open: an engine has no password. What operators do is protected.
pub fn routes(state: RestState) -> Routes {
    let operations = Arc::new(state.clone());
    let protected = state.clone();
    let document: Arc<str> = openapi::document(state.service.description()).into();
    Routes::new(
        move |open| {
            probes::configure(open, operations.clone());
            docs::configure(open, document.clone());
            platform_http::page::configure(open, page::FILES);
            open.app_data(Data::new(state.clone()))
                .service(resource("/", [(Method::GET, web::to(page::index))]))
                .service(resource("/status", [(Method::GET, web::to(tasks::status))]))
                .service(resource(
                    "/compute",
                    [(Method::POST, web::to(tasks::compute))],
                ))
                .service(resource(
                    "/tasks/{task_id}/status",
                    [(Method::GET, web::to(tasks::task_status))],
                ));
        },
        move |config| {
            config
                .app_data(Data::new(protected.clone()))
                .service(resource(
                    "/api/overview",
                    [(Method::GET, web::to(page::overview))],
                ))
                .service(resource(
                    "/tasks/{task_id}",
                    [(Method::DELETE, web::to(tasks::cancel))],
                ));
        },
    )
}
