//! Errors of the use cases as responses.

use actix_web::http::StatusCode;
use emulator_application::control_emulation::SteerError;
use emulator_application::emulation_status::FindError;
use emulator_application::models::ModelError;
use emulator_application::sample::SampleError;
use emulator_application::start_emulation::StartError;
use emulator_domain::InvalidValue;
use emulator_domain::emulation::ControlError;
use emulator_model::ModelErrors;
use emulator_ports::RepositoryError;
use platform_http::{ApiError, FieldError, excerpt};

use crate::dto::start::field_errors;

/// All errors in the fields of a request; there is at least one.
pub(crate) fn invalid(errors: Vec<FieldError>) -> ApiError {
    let first = errors.first().map(|error| error.detail.clone());
    ApiError::new(StatusCode::BAD_REQUEST, first.unwrap_or_default()).errors(errors)
}

/// An invalid query parameter.
pub(crate) fn parameter(name: &str, value: &InvalidValue) -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, format!("invalid {name} {value}"))
}

pub(crate) fn sample(error: SampleError) -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, error.to_string())
}

/// There is no such run. An id that is no UUID does not identify a run either.
pub(crate) fn unknown(id: &str) -> ApiError {
    let detail = format!("Emulation ID {} not found.", excerpt(id));
    ApiError::new(StatusCode::NOT_FOUND, detail)
}

/// A temporary failure of the service; the request was correct.
pub(crate) fn repository(error: RepositoryError) -> ApiError {
    tracing::error!(%error, "a request failed");
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string())
}

pub(crate) fn start(error: StartError) -> ApiError {
    let detail = error.to_string();
    match error {
        StartError::Invalid(errors) => invalid(field_errors(&errors).collect()),
        StartError::Destination(_) => ApiError::new(StatusCode::BAD_REQUEST, detail),
        StartError::Busy {
            retry_after_seconds,
            ..
        } => ApiError::new(StatusCode::TOO_MANY_REQUESTS, detail).retry_after(retry_after_seconds),
        StartError::OverQuota(over) => {
            let error = ApiError::new(StatusCode::TOO_MANY_REQUESTS, detail);
            match over.may_pass() {
                true => error.retry_after(5),
                false => error,
            }
        }
        StartError::OtherRequest(..) => ApiError::new(StatusCode::CONFLICT, detail),
        StartError::ShuttingDown => {
            ApiError::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(30)
        }
        StartError::Repository(error) => repository(error),
    }
}

pub(crate) fn find(error: FindError) -> ApiError {
    match error {
        FindError::NotFound(id) => unknown(&id.to_string()),
        FindError::Repository(error) => repository(error),
    }
}

pub(crate) fn steer(error: SteerError) -> ApiError {
    let detail = error.to_string();
    match error {
        SteerError::NotFound(id) => unknown(&id.to_string()),
        SteerError::Refused(_, ControlError::Change(_) | ControlError::Tag(_)) => {
            ApiError::new(StatusCode::BAD_REQUEST, detail)
        }
        SteerError::Refused(..) | SteerError::OtherModel(..) => {
            ApiError::new(StatusCode::CONFLICT, detail)
        }
        SteerError::Slow(..) => ApiError::new(StatusCode::SERVICE_UNAVAILABLE, detail),
        SteerError::Start(error) => start(error),
        SteerError::Repository(error) => repository(error),
    }
}

/// The errors in the text of a model, with their places.
pub(crate) fn invalid_model(errors: &ModelErrors) -> ApiError {
    let errors = errors.iter().map(|error| {
        let (line, column) = (error.place.line, error.place.column);
        let place = match line {
            0 => String::new(),
            _ => format!("line {line}, column {column}: "),
        };
        FieldError {
            field: error.path.clone(),
            detail: format!("{place}{}", error.message),
        }
    });
    invalid(errors.collect())
}

pub(crate) fn model(error: ModelError) -> ApiError {
    let detail = error.to_string();
    match error {
        ModelError::Unknown(_) => ApiError::new(StatusCode::NOT_FOUND, detail),
        ModelError::Fixed(_) | ModelError::Builtin(_) | ModelError::InUse { .. } => {
            ApiError::new(StatusCode::CONFLICT, detail)
        }
        ModelError::Repository(error) => repository(error),
    }
}
