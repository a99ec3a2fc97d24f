//! The routes of the protocol.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use compute_domain::TaskId;
use platform_http::{ApiError, ErrorBody, Json, excerpt};

use super::RestState;
use crate::dto::task::{ServiceTask, StatusAnswer};
use crate::error;

/// Is the service available?
#[utoipa::path(
    get,
    path = "/status",
    operation_id = "status",
    tag = "tasks",
    responses((status = 200, description = "It is.", body = StatusAnswer, example = json!({"status": "Service is available"})))
)]
pub(crate) async fn status() -> HttpResponse {
    HttpResponse::Ok().json(StatusAnswer {
        status: "Service is available",
    })
}

/// Hand in a task
///
/// It will be carried out, whatever happens to the service, and its end reported to `callback_url`.
#[utoipa::path(
    post,
    path = "/compute",
    operation_id = "compute",
    tag = "tasks",
    request_body = ServiceTask,
    responses(
        (status = 200, description = "It is accepted, now or before.", body = StatusAnswer, example = json!({"status": "Task added to the queue"})),
        (status = 400, description = "The body is not JSON, or a member is missing or of a wrong type.", body = ErrorBody),
        (status = 413, description = "The body is too large.", body = ErrorBody),
        (status = 415, description = "The body is not JSON.", body = ErrorBody),
        (status = 422, description = "A member cannot be used; `errors` lists all.", body = ErrorBody),
        (status = 503, description = "The queue is full, the service stops, or the task cannot be kept.", body = ErrorBody),
    )
)]
pub(crate) async fn compute(
    state: Data<RestState>,
    body: Json<ServiceTask>,
) -> Result<HttpResponse, ApiError> {
    let order = body.0.parse().map_err(error::members)?;
    state
        .service
        .accept(order)
        .await
        .map_err(error::not_accepted)?;
    Ok(HttpResponse::Ok().json(StatusAnswer {
        status: "Task added to the queue",
    }))
}

/// Where is a task on its way?
///
/// Tasks that have ended are remembered for a day.
#[utoipa::path(
    get,
    path = "/tasks/{task_id}/status",
    operation_id = "task_status",
    tag = "tasks",
    params(("task_id" = uuid::Uuid, Path, description = "Names the task.")),
    responses(
        (status = 200, description = "pending, fetching, processing, saving, finished or error.", body = StatusAnswer, example = json!({"status": "processing"})),
        (status = 404, description = "There is no such task.", body = ErrorBody),
        (status = 422, description = "The id is no UUID.", body = ErrorBody),
    )
)]
pub(crate) async fn task_status(
    state: Data<RestState>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = parse(&id)?;
    let status = state.service.status(id).await.map_err(error::unreadable)?;
    let status = status.ok_or_else(|| unknown(id))?.name();
    Ok(HttpResponse::Ok().json(StatusAnswer { status }))
}

/// Stop a task that has not ended
///
/// It fails, and its sender is told.
#[utoipa::path(
    delete,
    path = "/tasks/{task_id}",
    operation_id = "cancel",
    tag = "tasks",
    params(("task_id" = uuid::Uuid, Path, description = "Names the task.")),
    responses(
        (status = 202, description = "It is being stopped.", body = StatusAnswer, example = json!({"status": "Task is being stopped"})),
        (status = 404, description = "There is no such task.", body = ErrorBody),
        (status = 409, description = "It has ended.", body = ErrorBody),
        (status = 422, description = "The id is no UUID.", body = ErrorBody),
    )
)]
pub(crate) async fn cancel(
    state: Data<RestState>,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = parse(&id)?;
    if state.service.cancel(id) {
        let status = "Task is being stopped";
        return Ok(HttpResponse::Accepted().json(StatusAnswer { status }));
    }
    let status = state.service.status(id).await.map_err(error::unreadable)?;
    let status = status.ok_or_else(|| unknown(id))?;
    let detail = format!("task {id} has ended ({status}) and cannot be stopped");
    Err(ApiError::new(StatusCode::CONFLICT, detail))
}

fn parse(text: &str) -> Result<TaskId, ApiError> {
    TaskId::parse(text).ok_or_else(|| {
        let detail = format!("task_id: got {:?}; expected a UUID", excerpt(text));
        ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    })
}

fn unknown(id: TaskId) -> ApiError {
    let detail = format!("task {id}: there is none, or it ended more than a day ago");
    ApiError::new(StatusCode::NOT_FOUND, detail)
}
