//! The routes.

mod asking;
pub(crate) mod domains;
pub(crate) mod emulations;
pub(crate) mod events;
pub(crate) mod listing;
pub(crate) mod making;
pub(crate) mod models;
mod operations;
pub(crate) mod system;
pub(crate) mod welcome;

use std::sync::Arc;

use actix_web::http::Method;
use actix_web::web;
use emulator_application::{Emulator, Quota};
use emulator_model::{Model, ModelErrors};
use platform_http::Routes;
use platform_http::permission::{ADMIN, OPEN, OPERATOR, OWN, VIEWER};
use platform_runtime::settings::ShownSetting;
use tokio_util::sync::CancellationToken;

use crate::page;

/// The state of the routes. All clones share it.
#[derive(Clone)]
pub struct RestState {
    /// Carries out the requests.
    pub emulator: Emulator,
    /// Renders the metrics in Prometheus' text format.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
    /// Reads the text of a model in any supported syntax.
    pub read_model: fn(&str) -> Result<Model, ModelErrors>,
    /// The quota of a caller who is no admin and whose token sets none.
    pub quota: Quota,
    /// The settings in effect, with secrets hidden.
    pub settings: Arc<[ShownSetting]>,
    /// The server's shutdown signal: event streams end when it is cancelled, whatever state their
    /// runs are in.
    pub stop: CancellationToken,
}

/// All routes and the permission that each requires.
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
