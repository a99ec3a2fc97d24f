//! Who may use the protected routes.

use std::sync::Arc;

use actix_web::body::{BoxBody, EitherBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, ResponseError};
use async_trait::async_trait;

use crate::ApiError;

/// Decides who may use the protected routes of a [`Server`](crate::Server). One value serves all
/// threads of the server.
#[async_trait(?Send)]
pub trait Authenticator: Send + Sync {
    /// Called before each request to a protected route, and to a path that does not exist. What
    /// is learned of the caller may be left in the request's extensions for the handlers. The
    /// body has not been read.
    ///
    /// # Errors
    /// What the client is answered instead: 401 if it is not known who asks, 403 if the caller
    /// may not do this, 503 if that cannot be found out now.
    async fn authenticate(&self, request: &ServiceRequest) -> Result<(), ApiError>;
}

/// Lets the request pass, or answers it in place of the routes.
pub(crate) async fn check(
    authenticator: Option<Arc<dyn Authenticator>>,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<EitherBody<BoxBody>>, Error> {
    if let Some(authenticator) = authenticator
        && let Err(refusal) = authenticator.authenticate(&request).await
    {
        let response = request.into_response(refusal.error_response());
        return Ok(response.map_into_right_body());
    }
    Ok(next.call(request).await?.map_into_left_body())
}
