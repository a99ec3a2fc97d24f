//! What answers where.

pub(crate) mod domains;
pub(crate) mod emulations;
pub(crate) mod events;
mod making;
pub(crate) mod models;
mod operations;
pub(crate) mod welcome;

use std::sync::Arc;

use actix_web::Route;
use actix_web::http::Method;
use actix_web::web::{self, Data, ServiceConfig};
use emulator_application::Emulator;
use emulator_domain::Dataset;
use emulator_model::{Model, ModelErrors};
use platform_http::{Routes, resource};
use tokio_util::sync::CancellationToken;

use crate::openapi::openapi_json;
use making::Making;

/// What the routes need. Clones are the same.
#[derive(Clone)]
pub struct RestState {
    /// Carries out what is asked.
    pub emulator: Emulator,
    /// Renders the metrics in Prometheus' text format.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
    /// Reads the text of a model in any syntax.
    pub read_model: fn(&str) -> Result<Model, ModelErrors>,
    /// The server's: streams of events end when it is cancelled, whatever their runs do.
    pub stop: CancellationToken,
}

/// What operators ask, the greeting and the documents are open; runs and data are protected.
pub fn routes(state: RestState) -> Routes {
    let operations = Arc::new(state.clone());
    let making = Making::new();
    let streams = state.emulator.streams().into_iter().map(Dataset::from);
    let streams: Vec<_> = streams.map(|stream| stream.name().into_owned()).collect();
    let document: Arc<str> = openapi_json(&state.emulator.sinks(), &streams).into();
    Routes::new(
        move |open| {
            platform_http::operations::configure(open, operations.clone());
            platform_http::docs::configure(open, document.clone());
            open.service(resource("/", get(web::to(welcome::welcome))));
        },
        move |protected| configure(protected, state.clone(), making.clone()),
    )
}

fn get(route: Route) -> [(Method, Route); 1] {
    [(Method::GET, route)]
}

fn configure(config: &mut ServiceConfig, state: RestState, making: Making) {
    config
        .app_data(Data::new(state))
        .app_data(Data::new(making))
        .service(resource(
            "/emulator",
            [
                (Method::POST, web::to(emulations::start)),
                (Method::GET, web::to(emulations::list)),
            ],
        ))
        .service(resource("/emulator/{id}", get(web::to(emulations::show))))
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
        .service(resource("/models", get(web::to(models::list))))
        .service(resource(
            "/models/{name}",
            [
                (Method::GET, web::to(models::show)),
                (Method::PUT, web::to(models::put)),
                (Method::DELETE, web::to(models::delete)),
            ],
        ))
        .service(resource("/domains", get(web::to(domains::domains))))
        .service(resource(
            "/domains/{domain:.+}/sample",
            get(web::to(domains::sample)),
        ))
        .service(resource(
            "/domains/{domain:.+}/schema",
            get(web::to(domains::schema)),
        ));
}
