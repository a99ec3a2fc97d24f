//! The caller of a request, its idempotency key, and the owners of runs.

use actix_web::http::StatusCode;
use actix_web::{HttpMessage, HttpRequest};
use async_trait::async_trait;
use emulator_application::emulation_status::{self, FindError};
use emulator_application::{Limited, Quota};
use emulator_domain::InvalidValue;
use emulator_domain::emulation::RequestKey;
use platform_http::{ApiError, Caller, Owner, Owners, Role};

use super::RestState;
use crate::dto::start::StartRequest;
use crate::error;

/// The caller, if the service authenticates callers.
pub(super) fn caller(request: &HttpRequest) -> Option<Caller> {
    request.extensions().get().cloned()
}

/// The caller's limits, if there are any.
pub(super) fn limited(state: &RestState, caller: Option<&Caller>) -> Option<Limited> {
    let caller = caller?;
    let usual = match caller.role {
        Role::Admin => Quota::default(),
        _ => state.quota,
    };
    let quota = Quota {
        runs: caller.quota.runs.or(usual.runs),
        rate: caller.quota.rate.or(usual.rate),
    };
    let owner = caller.subject.clone();
    (quota != Quota::default()).then_some(Limited { owner, quota })
}

/// The idempotency key of the request.
pub(super) fn key(
    headers: &HttpRequest,
    request: &StartRequest,
) -> Result<Option<RequestKey>, ApiError> {
    let mut keys = headers.headers().get_all("Idempotency-Key");
    let Some(key) = keys.next() else {
        return Ok(None);
    };
    let key = key.to_str().unwrap_or_default();
    let key = match keys.next() {
        None => RequestKey::new(key, request.digest()),
        Some(_) => Err(InvalidValue::shown("several", "one")),
    };
    key.map(Some).map_err(|value| {
        let detail = format!("invalid Idempotency-Key {value}");
        ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    })
}

#[async_trait]
impl Owners for RestState {
    async fn owner(&self, id: &str) -> Result<Option<Owner>, ApiError> {
        let Ok(id) = id.parse() else {
            return Ok(None);
        };
        match emulation_status::status(&self.emulator, id).await {
            Ok(run) => Ok(Some(Owner {
                subject: run.owner().map(str::to_owned),
                team: run.tags().team().map(str::to_owned),
            })),
            Err(FindError::NotFound(_)) => Ok(None),
            Err(error) => Err(error::find(error)),
        }
    }
}
