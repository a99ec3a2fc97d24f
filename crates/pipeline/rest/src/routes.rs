//! Which handler serves which path.

mod operations;
mod views;

use std::sync::Arc;

use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, Route};
use pipeline_ports::Cluster;
use platform_http::{ApiError, Routes, excerpt, resource};

use crate::page;

pub use operations::describe_metrics;

/// What the routes need. Clones share it.
#[derive(Clone)]
pub struct RestState {
    /// The cluster that is shown.
    pub cluster: Arc<dyn Cluster>,
    /// Renders the metrics in Prometheus' text format.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
}

/// The page and what watches the monitor are open; what it shows of the cluster is protected.
pub fn routes(state: RestState) -> Routes {
    let operations = Arc::new(state.clone());
    Routes::new(
        move |open| {
            platform_http::operations::configure(open, operations.clone());
            platform_http::page::configure(open, page::FILES);
            open.service(resource("/", get(web::to(page::index))));
        },
        move |protected| {
            protected
                .app_data(Data::new(state.clone()))
                .service(resource("/api/topics", get(web::to(views::topics))))
                .service(resource(
                    "/api/topics/{topic}/messages",
                    get(web::to(views::messages)),
                ))
                .service(resource("/api/groups", get(web::to(views::groups))))
                .default_service(web::to(|request: HttpRequest| async move {
                    Err::<&str, _>(unknown_endpoint(&request))
                }));
        },
    )
}

fn get(route: Route) -> [(Method, Route); 1] {
    [(Method::GET, route)]
}

fn unknown_endpoint(request: &HttpRequest) -> ApiError {
    let detail = format!(
        "{}: no such endpoint; there are /, /api/topics, /api/topics/{{topic}}/messages, \
         /api/groups, /health/live, /health/ready and /metrics",
        excerpt(request.path())
    );
    ApiError::new(StatusCode::NOT_FOUND, detail)
}
