//! Callbacks in requests and responses.

use emulator_application::Emulator;
use emulator_application::callbacks::callback;
use emulator_domain::emulation::{Callback, CallbackEvent, CallbackState};
use emulator_domain::nearest;
use emulator_manifest::time::rfc3339;
use platform_http::FieldError;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

const URL: &str = "callback_url";
const ALL: &str = "callbacks";

/// The callbacks that a request asks for.
///
/// # Errors
/// The invalid field.
pub(crate) fn of_new(
    emulator: &Emulator,
    url: Option<&Value>,
    all: Option<&Value>,
) -> Result<Vec<Callback>, FieldError> {
    let given = |value: Option<&Value>| value.cloned().filter(|value| !value.is_null());
    let (field, named) = match (given(url), given(all)) {
        (None, None) => return Ok(Vec::new()),
        (Some(url), None) => (URL, json!({CallbackEvent::Ended.name(): url})),
        (None, Some(all)) => (ALL, all),
        (Some(_), Some(_)) => {
            let detail = format!("{URL} and {ALL} are given; expected one of both");
            return Err(wrong(ALL, detail));
        }
    };
    // The value is not repeated, because a URL may contain a secret.
    let invalid = |why: &str| wrong(field, format!("invalid {field}: {why}"));
    let Value::Object(named) = named else {
        let why = "expected an object of URLs by events, ended or failed";
        return Err(invalid(why));
    };
    let events = CallbackEvent::ALL.map(CallbackEvent::name);
    if let Some(name) = named.keys().find(|name| !events.contains(&name.as_str())) {
        // Shown in full only if it looks like a typing error, because it may be a URL.
        let expected = "expected an object of URLs by events, ended or failed";
        return Err(invalid(&match nearest(name, &events, 2) {
            Some(meant) => format!("got '{name}'; {expected}; did you mean '{meant}'?"),
            None => expected.to_owned(),
        }));
    }
    let events = CallbackEvent::ALL.into_iter();
    let asked = events.filter_map(|event| Some((event, named.get(event.name())?)));
    asked
        .map(|(event, url)| {
            let url = url
                .as_str()
                .ok_or_else(|| invalid("expected a URL as text"))?;
            callback(emulator, event, url).map_err(|why| invalid(&why))
        })
        .collect()
}

fn wrong(field: &str, detail: String) -> FieldError {
    let field = field.to_owned();
    FieldError { field, detail }
}

/// The schema of `callback_url`.
pub(crate) fn url_schema() -> Value {
    json!({
        "type": ["string", "null"], "format": "uri", "maxLength": 2048,
        "description": "URL that gets a signed POST when the run has ended, whatever its outcome; \
                        the same as callbacks with ended. Its host must be one of the setting \
                        callbacks.allowed_hosts.",
    })
}

/// The schema of `callbacks`.
pub(crate) fn all_schema() -> Value {
    let url = json!({"type": "string", "format": "uri", "maxLength": 2048});
    json!({
        "type": ["object", "null"], "additionalProperties": false,
        "properties": {"ended": url, "failed": url},
        "description": "URLs that get a signed POST, and when: when the run has ended, whatever \
                        its outcome, or when it has failed.",
    })
}

/// A callback of a run, and whether it was delivered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Callback)]
pub(crate) struct CallbackAnswer {
    /// `ended` or `failed`.
    event: &'static str,
    /// Scheme and host of the URL; the rest may be a secret.
    #[schema(example = "https://hooks.example")]
    host: String,
    /// `waiting` for the end of the run, `due`, `delivered`, `abandoned`, or `not needed`, because it
    /// ended otherwise.
    state: &'static str,
    /// Number of failed attempts, while it is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    attempts: Option<u32>,
    /// When it was delivered or given up, RFC 3339 in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    at: Option<String>,
    /// Why the last attempt failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl From<&Callback> for CallbackAnswer {
    fn from(callback: &Callback) -> Self {
        let (attempts, at, error) = match callback.state.clone() {
            CallbackState::Waiting | CallbackState::NotNeeded => (None, None, None),
            CallbackState::Due { attempts, error } => (Some(attempts), None, error),
            CallbackState::Delivered(at) => (None, Some(at), None),
            CallbackState::Abandoned { at, error } => (None, Some(at), Some(error)),
        };
        Self {
            event: callback.event.name(),
            host: callback.host().to_owned(),
            state: callback.state.name(),
            attempts,
            at: at.map(rfc3339),
            error,
        }
    }
}
