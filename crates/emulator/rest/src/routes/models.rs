//! Lists, uploads and deletes models.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Payload};
use emulator_application::models;
use platform_http::{ApiError, ErrorBody, FieldError, excerpt};

use super::RestState;
use super::making::Making;
use crate::dto::models::{ModelAnswer, ModelList};
use crate::error;

/// The maximum size of a model's text in bytes.
const LIMIT: usize = 1 << 20;

/// How long a text may take to arrive.
const TIME: Duration = Duration::from_secs(10);

/// All models
#[utoipa::path(
    get,
    path = "/models",
    operation_id = "models",
    tag = "models",
    responses((status = 200, description = "The models by name.", body = ModelList))
)]
pub(crate) async fn list(state: Data<RestState>) -> HttpResponse {
    let models = models::list(&state.emulator);
    HttpResponse::Ok().json(ModelList::new(&models))
}

/// A model
///
/// Its text as JSON, in the order in which it was written.
#[utoipa::path(
    get,
    path = "/models/{name}",
    operation_id = "model",
    tag = "models",
    params(("name" = String, Path, description = "The model.", example = "shop")),
    responses(
        (status = 200, description = "The text of the model.", body = serde_json::Value, content_type = "application/json"),
        (status = 404, description = "There is no such model.", body = ErrorBody),
    )
)]
pub(crate) async fn show(
    state: Data<RestState>,
    path: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let offered = models::find(&state.emulator, &path).map_err(error::model)?;
    let text = offered.model.text().json.to_string();
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .body(text))
}

/// Store a model
///
/// Replaces the model of the same name, if there is one; sending the same text again changes
/// nothing. The text is YAML, JSON or TOML and cannot refer to files. It is stored in the data
/// directory.
#[utoipa::path(
    put,
    path = "/models/{name}",
    operation_id = "put_model",
    tag = "models",
    params(("name" = String, Path, description = "The model's name, as its text has it.", example = "shop")),
    request_body(content(
        (String = "application/yaml"),
        (String = "application/json"),
        (String = "application/toml"),
    )),
    responses(
        (status = 200, description = "The model has replaced the former one.", body = ModelAnswer),
        (status = 201, description = "The model is stored.", body = ModelAnswer),
        (status = 400, description = "The text is not a valid model; `errors` says what is wrong and where.", body = ErrorBody),
        (status = 408, description = "The text did not arrive in time.", body = ErrorBody),
        (status = 409, description = "A run that has not ended uses the former model, or it is a file of `models.dir`.", body = ErrorBody),
        (status = 413, description = "The text is larger than 1 MiB.", body = ErrorBody),
        (status = 503, description = "The model cannot be stored.", body = ErrorBody),
    )
)]
pub(crate) async fn put(
    state: Data<RestState>,
    making: Data<Making>,
    path: Path<String>,
    body: Payload,
) -> Result<HttpResponse, ApiError> {
    let refused = |status, detail: &str| ApiError::new(status, detail);
    let body = tokio::time::timeout(TIME, body.to_bytes_limited(LIMIT))
        .await
        .map_err(|_| {
            refused(
                StatusCode::REQUEST_TIMEOUT,
                "the model did not arrive in 10 s",
            )
        })?
        .map_err(|_| {
            let detail = "the model is larger than 1 MiB; split it into several models";
            refused(StatusCode::PAYLOAD_TOO_LARGE, detail)
        })?
        .map_err(|error| {
            refused(
                StatusCode::BAD_REQUEST,
                &format!("the model cannot be read: {error}"),
            )
        })?;
    let text = String::from_utf8(body.to_vec()).map_err(|error| {
        let detail = format!("the model is not UTF-8: {}", error.utf8_error());
        refused(StatusCode::BAD_REQUEST, &detail)
    })?;
    let read_model = state.read_model;
    // A large model takes longer than other requests should have to wait.
    let model = making.run(move || read_model(&text)).await?;
    let model = model.map_err(|errors| error::invalid_model(&errors))?;
    if model.name() != *path {
        let detail = format!(
            "'{}'; expected {}, the name that the text has",
            excerpt(&path),
            model.name()
        );
        let field = FieldError {
            field: "model".to_owned(),
            detail: format!("invalid name {detail}"),
        };
        return Err(error::invalid(vec![field]));
    }
    let replaced = models::put(&state.emulator, model)
        .await
        .map_err(error::model)?;
    let offered = models::find(&state.emulator, &path).map_err(error::model)?;
    let status = match replaced {
        true => StatusCode::OK,
        false => StatusCode::CREATED,
    };
    Ok(HttpResponse::build(status).json(ModelAnswer::from(&offered)))
}

/// Delete a model
#[utoipa::path(
    delete,
    path = "/models/{name}",
    operation_id = "delete_model",
    tag = "models",
    params(("name" = String, Path, description = "The model.", example = "shop")),
    responses(
        (status = 204, description = "The model is deleted."),
        (status = 404, description = "There is no such model.", body = ErrorBody),
        (status = 409, description = "A run that has not ended uses it, or it is a file of `models.dir`.", body = ErrorBody),
        (status = 503, description = "The model cannot be removed.", body = ErrorBody),
    )
)]
pub(crate) async fn delete(
    state: Data<RestState>,
    path: Path<String>,
) -> Result<HttpResponse, ApiError> {
    models::delete(&state.emulator, &path)
        .await
        .map_err(error::model)?;
    Ok(HttpResponse::NoContent().finish())
}
