//! The state and the settings of the service.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::Data;
use emulator_application::readiness;
use emulator_domain::GENERATOR_VERSION;
use serde::Serialize;
use utoipa::ToSchema;

use super::RestState;

/// The service.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SystemAnswer {
    /// Version of the program.
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// Version of the generator: another version makes other data from the same plan.
    generator_version: u32,
    /// Every destination.
    checks: BTreeMap<&'static str, DestinationHealth>,
    /// Every setting in effect; secrets are not shown.
    settings: Vec<SettingEntry>,
}

/// Whether a destination can be delivered to.
#[derive(Debug, Serialize, ToSchema)]
struct DestinationHealth {
    /// `up` or `down`.
    #[schema(example = "up")]
    status: &'static str,
    /// Why it is down: what was tried and what to check.
    error: Option<String>,
}

/// A setting.
#[derive(Debug, Serialize, ToSchema)]
struct SettingEntry {
    /// Its name in a file.
    #[schema(example = "http.port")]
    key: &'static str,
    /// Its value, if it is set.
    #[schema(example = "8000")]
    value: Option<String>,
    /// Where the value came from.
    #[schema(example = "the defaults")]
    origin: Option<String>,
}

/// The system
///
/// Version, destinations and settings.
#[utoipa::path(
    get,
    path = "/system",
    operation_id = "system",
    tag = "service",
    responses((status = 200, description = "The service as it is.", body = SystemAnswer))
)]
pub(crate) async fn system(state: Data<RestState>) -> HttpResponse {
    let checks = readiness::readiness(&state.emulator).await.into_iter();
    let checks = checks.map(|(sink, found)| {
        let health = DestinationHealth {
            status: if found.is_ok() { "up" } else { "down" },
            error: found.err(),
        };
        (sink.name(), health)
    });
    let settings = state.settings.iter().map(|setting| SettingEntry {
        key: setting.key,
        value: setting.value.clone(),
        origin: setting.origin.as_ref().map(ToString::to_string),
    });
    HttpResponse::Ok().json(SystemAnswer {
        version: env!("CARGO_PKG_VERSION"),
        generator_version: GENERATOR_VERSION,
        checks: checks.collect(),
        settings: settings.collect(),
    })
}
