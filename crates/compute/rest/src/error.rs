//! What the use cases refuse, as answers.

use actix_web::http::StatusCode;
use compute_application::AcceptError;
use compute_ports::RepositoryError;
use platform_http::{ApiError, FieldError};

use crate::dto::task::MemberError;

/// Members of a task that cannot be used.
pub(crate) fn members(errors: Vec<MemberError>) -> ApiError {
    let all = errors
        .iter()
        .map(|error| format!("{}: {}", error.member, error.why));
    let detail = all.collect::<Vec<_>>().join("; ");
    let errors = errors.into_iter().map(|error| FieldError {
        field: error.member,
        detail: error.why,
    });
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, detail).errors(errors.collect())
}

/// A task that is not accepted.
pub(crate) fn not_accepted(error: AcceptError) -> ApiError {
    let (status, retry_after) = match &error {
        AcceptError::Refused { .. } => (StatusCode::UNPROCESSABLE_ENTITY, None),
        AcceptError::Full(_) => (StatusCode::SERVICE_UNAVAILABLE, Some(1)),
        AcceptError::Stopping => (StatusCode::SERVICE_UNAVAILABLE, Some(30)),
        AcceptError::NotKept(why) => {
            tracing::error!(error = %why, "a task cannot be stored");
            (StatusCode::SERVICE_UNAVAILABLE, Some(10))
        }
    };
    let answer = ApiError::new(status, error.to_string());
    match retry_after {
        Some(seconds) => answer.retry_after(seconds),
        None => answer,
    }
}

/// What is kept of tasks cannot be read.
pub(crate) fn unreadable(error: RepositoryError) -> ApiError {
    tracing::error!(%error, "stored tasks cannot be read");
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string()).retry_after(10)
}
