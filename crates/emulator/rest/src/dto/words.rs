//! Texts in queries, and the states of workers.

use emulator_domain::InvalidValue;
use emulator_domain::emulation::WorkerState;
use emulator_manifest::schema;
use platform_http::ApiError;
use serde_json::json;
use utoipa::openapi::schema::Object;

use crate::error;

/// The parsed value of a parameter, if present.
///
/// # Errors
/// If it is not allowed; the response names the parameter.
pub(crate) fn parameter<T>(
    name: &str,
    text: Option<&String>,
    read: impl FnOnce(&str) -> Result<T, InvalidValue>,
) -> Result<Option<T>, ApiError> {
    let value = text.map(|text| read(text)).transpose();
    value.map_err(|value| error::parameter(name, &value))
}

/// A whole number within `1..=max`.
pub(crate) fn up_to(text: &str, max: u16) -> Result<u16, InvalidValue> {
    let value = text.parse().ok().filter(|value| (1..=max).contains(value));
    value.ok_or_else(|| InvalidValue::text(text, format!("1 to {max}")))
}

/// The states of workers by number.
pub(crate) fn threads() -> Object {
    let states = schema::words(&WorkerState::ALL, WorkerState::name, "What it is doing.");
    let value = json!({
        "type": "object",
        "description": "The states of the workers by number, `waiting` before each begins.",
        "additionalProperties": states,
        "examples": [{"0": "started", "1": "waiting"}],
    });
    serde_json::from_value(value).expect("the value describes an object")
}
