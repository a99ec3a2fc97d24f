//! What answers where.

mod asking;
pub(crate) mod domains;
pub(crate) mod emulations;
pub(crate) mod events;
pub(crate) mod listing;
mod making;
pub(crate) mod models;
mod operations;
pub(crate) mod system;
pub(crate) mod welcome;

use std::sync::{Arc, Mutex, PoisonError};

use actix_web::http::Method;
use actix_web::web::{self, Data};
use emulator_application::{Emulator, Quota};
use emulator_domain::Dataset;
use emulator_model::{Model, ModelErrors};
use platform_http::Routes;
use platform_http::docs::Document;
use platform_http::operations::Operations;
use platform_http::permission::{ADMIN, OPEN, OPERATOR, OWN, VIEWER};
use platform_runtime::settings::ShownSetting;
use tokio_util::sync::CancellationToken;

use crate::openapi::openapi_json;
use crate::page;
use listing::Pages;
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
    /// What a caller may have whose token says nothing else, and who is no admin.
    pub quota: Quota,
    /// The settings in effect, as people may see them.
    pub settings: Arc<[ShownSetting]>,
    /// The server's: streams of events end when it is cancelled, whatever their runs do.
    pub stop: CancellationToken,
}

/// All routes, on what `state` has.
pub fn routes(state: RestState) -> Routes {
    let operations: Arc<dyn Operations> = Arc::new(state.clone());
    let document = Data::new(document(state.emulator.clone()));
    let making = Making::new();
    let pages = Data::new(Pages::default());
    let owners = Arc::new(state.clone());
    table().owners(owners).with(move |config| {
        config
            .app_data(Data::new(making.clone()))
            .app_data(pages.clone())
            .app_data(Data::from(Arc::clone(&operations)))
            .app_data(document.clone())
            .app_data(Data::new(state.clone()));
    })
}

/// What is offered now; made again, which takes some milliseconds, when the models are others.
fn document(emulator: Emulator) -> Document {
    let made: Mutex<Option<(Vec<String>, Arc<str>)>> = Mutex::default();
    Document::at_each_request(move || {
        let streams = emulator.streams().into_iter().map(Dataset::from);
        let streams: Vec<_> = streams.map(|stream| stream.name().into_owned()).collect();
        // It is whole after every statement that changes it.
        let mut made = made.lock().unwrap_or_else(PoisonError::into_inner);
        match &*made {
            Some((of, document)) if *of == streams => Arc::clone(document),
            _ => {
                let document: Arc<str> = openapi_json(&emulator.sinks(), &streams).into();
                *made = Some((streams, Arc::clone(&document)));
                document
            }
        }
    })
}

/// What answers where, and what each asks of its callers.
pub fn table() -> Routes {
    Routes::new()
        .get(OPEN, "/", || web::to(welcome::welcome))
        .operations()
        .documents()
        .login()
        .page(page::FILES)
        .get(VIEWER, "/system", || web::to(system::system))
        .post(OPERATOR, "/emulator", || web::to(emulations::start))
        .get(VIEWER, "/emulator", || web::to(emulations::list))
        .post(VIEWER, "/emulator/check", || web::to(emulations::check))
        .get(VIEWER, "/emulator/events", || web::to(listing::follow))
        .get(VIEWER, "/emulator/{id}", || web::to(emulations::show))
        .get(VIEWER, "/emulator/{id}/status", || {
            web::to(emulations::status)
        })
        .get(VIEWER, "/emulator/{id}/manifest", || {
            web::to(emulations::manifest)
        })
        .get(VIEWER, "/emulator/{id}/imperfections", || {
            web::to(emulations::imperfections)
        })
        .get(VIEWER, "/emulator/{id}/events", || web::to(events::follow))
        .post(OWN, "/emulator/{id}/cancel", || web::to(emulations::cancel))
        .post(OWN, "/emulator/{id}/pause", || web::to(emulations::pause))
        .post(OWN, "/emulator/{id}/resume", || web::to(emulations::resume))
        .route(Method::PATCH, OWN, "/emulator/{id}", || {
            web::to(emulations::change)
        })
        .get(VIEWER, "/models", || web::to(models::list))
        .get(VIEWER, "/models/{name}", || web::to(models::show))
        .route(Method::PUT, ADMIN, "/models/{name}", || {
            web::to(models::put)
        })
        .route(Method::DELETE, ADMIN, "/models/{name}", || {
            web::to(models::delete)
        })
        .get(VIEWER, "/domains", || web::to(domains::domains))
        .get(VIEWER, "/domains/{domain:.+}/sample", || {
            web::to(domains::sample)
        })
        .get(VIEWER, "/domains/{domain:.+}/schema", || {
            web::to(domains::schema)
        })
}
