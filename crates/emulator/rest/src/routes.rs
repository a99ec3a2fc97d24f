//! What answers where.

pub(crate) mod docs;
pub(crate) mod domains;
pub(crate) mod emulations;
pub(crate) mod events;
pub(crate) mod health;

use std::sync::Arc;

use actix_web::Route;
use actix_web::http::Method;
use actix_web::web::{self, Data, ServiceConfig};
use emulator_application::Emulator;
use platform_http::resource;
use tokio_util::sync::CancellationToken;

/// What the routes need. Clones are the same.
#[derive(Clone)]
pub struct RestState {
    /// Carries out what is asked.
    pub emulator: Emulator,
    /// Renders the metrics in Prometheus' text format.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
    /// The server's: streams of events end when it is cancelled, whatever their runs do.
    pub stop: CancellationToken,
}

/// Puts all routes into a server.
pub fn configure(config: &mut ServiceConfig, state: RestState) {
    let get = |route: Route| [(Method::GET, route)];
    config
        .app_data(Data::new(state))
        .service(resource("/", get(web::to(health::welcome))))
        .service(resource(
            "/emulator",
            [
                (Method::POST, web::to(emulations::start)),
                (Method::GET, web::to(emulations::list)),
            ],
        ))
        .service(resource(
            "/emulator/{id}/status",
            get(web::to(emulations::status)),
        ))
        .service(resource(
            "/emulator/{id}/manifest",
            get(web::to(emulations::manifest)),
        ))
        .service(resource(
            "/emulator/{id}/events",
            get(web::to(events::follow)),
        ))
        .service(resource(
            "/emulator/{id}/cancel",
            [(Method::POST, web::to(emulations::cancel))],
        ))
        .service(resource("/domains", get(web::to(domains::domains))))
        .service(resource(
            "/domains/{domain}/sample",
            get(web::to(domains::sample)),
        ))
        .service(resource("/health/live", get(web::to(health::live))))
        .service(resource("/health/ready", get(web::to(health::ready))))
        .service(resource("/metrics", get(web::to(health::metrics))))
        .service(resource("/openapi.json", get(web::to(docs::document))))
        .service(resource("/docs", get(web::to(docs::page))))
        .service(resource("/docs/{file}", get(web::to(docs::file))));
}
