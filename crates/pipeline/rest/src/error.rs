//! Converts errors of the cluster to responses.

use actix_web::http::StatusCode;
use pipeline_ports::{PortError, PortErrorKind};
use platform_http::{ApiError, excerpt};

/// The response if the cluster failed; the client did nothing wrong.
pub(crate) fn cluster(error: PortError) -> ApiError {
    tracing::warn!(%error, "the cluster did not answer a request");
    match error.kind {
        PortErrorKind::Unreachable => {
            ApiError::new(StatusCode::SERVICE_UNAVAILABLE, error.message).retry_after(1)
        }
        PortErrorKind::Refused | PortErrorKind::TakenOver => {
            ApiError::new(StatusCode::BAD_GATEWAY, error.message)
        }
    }
}

/// Likewise for the messages of a topic: a refusal means that there is no such topic.
pub(crate) fn messages(error: PortError) -> ApiError {
    match error.kind {
        PortErrorKind::Refused => ApiError::new(StatusCode::NOT_FOUND, error.message),
        PortErrorKind::Unreachable | PortErrorKind::TakenOver => cluster(error),
    }
}

/// The response for a name that no topic can have.
pub(crate) fn unknown_topic(name: &str) -> ApiError {
    let detail = format!(
        "topic: there is none named {:?}; names consist of a-z, A-Z, 0-9, '.', '_' and '-'",
        excerpt(name)
    );
    ApiError::new(StatusCode::NOT_FOUND, detail)
}
