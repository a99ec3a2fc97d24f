//! Which handler serves which path.

mod health;
mod views;

use std::sync::Arc;

use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, Route};
use pipeline_ports::Cluster;
use platform_http::{ApiError, excerpt, resource};

use crate::page;

pub use health::describe_metrics;

/// What the routes need. Clones share it.
#[derive(Clone)]
pub struct RestState {
    /// The cluster that is shown.
    pub cluster: Arc<dyn Cluster>,
    /// Renders the metrics in Prometheus' text format.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
}

/// Registers the page and the API.
pub fn configure(routes: &mut ServiceConfig, state: RestState) {
    let get = |route: Route| [(Method::GET, route)];
    routes
        .app_data(Data::new(state))
        .service(resource("/", get(web::to(page::index))))
        .service(resource("/page/{file}", get(web::to(page::file))))
        .service(resource("/api/topics", get(web::to(views::topics))))
        .service(resource(
            "/api/topics/{topic}/messages",
            get(web::to(views::messages)),
        ))
        .service(resource("/api/groups", get(web::to(views::groups))))
        .service(resource("/health/live", get(web::to(health::live))))
        .service(resource("/health/ready", get(web::to(health::ready))))
        .service(resource("/metrics", get(web::to(health::metrics))))
        .default_service(web::to(|request: HttpRequest| async move {
            Err::<&str, _>(unknown_endpoint(&request))
        }));
}

fn unknown_endpoint(request: &HttpRequest) -> ApiError {
    let detail = format!(
        "{}: no such endpoint; there are /, /api/topics, /api/topics/{{topic}}/messages, \
         /api/groups, /health/live, /health/ready and /metrics",
        excerpt(request.path())
    );
    ApiError::new(StatusCode::NOT_FOUND, detail)
}
