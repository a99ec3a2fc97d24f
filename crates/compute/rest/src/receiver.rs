//! The other side of the protocol: receives the callback of a task, for clients without an engine.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::web::{self, Data, Path};
use compute_domain::{ObjectKey, Outcome, TaskId, TaskStatus};
use platform_http::permission::OPEN;
use platform_http::{ApiError, Json, Routes};
use serde::Deserialize;
use tokio::sync::mpsc;

/// The body of a callback.
#[derive(Debug, Deserialize)]
struct Update {
    status: String,
    data_out: Vec<String>,
    #[serde(default)]
    error_message: Option<String>,
}

/// How a task ended, as its service reported it.
pub type Report = (TaskId, Outcome);

type Reports = mpsc::UnboundedSender<Report>;

/// Routes that accept `PATCH /tasks/{id}`, and the channel on which the reports arrive. Like an
/// engine, they reject reports without `status` or `data_out`.
pub fn receiver() -> (Routes, mpsc::UnboundedReceiver<Report>) {
    let (sender, reports) = mpsc::unbounded_channel::<Report>();
    let sender: Arc<Reports> = Arc::new(sender);
    let routes = Routes::new()
        .route(Method::PATCH, OPEN, "/tasks/{task_id}", || web::to(report))
        .with(move |config| {
            config.app_data(Data::from(Arc::clone(&sender)));
        });
    (routes, reports)
}

async fn report(
    reports: Data<Reports>,
    id: Path<String>,
    update: Json<Update>,
) -> Result<HttpResponse, ApiError> {
    let refused = |what: &str| {
        let status = actix_web::http::StatusCode::UNPROCESSABLE_ENTITY;
        ApiError::new(status, format!("{what} cannot be used"))
    };
    let id = TaskId::parse(&id).ok_or_else(|| refused("the task's id"))?;
    let Update {
        status,
        data_out,
        error_message,
    } = update.0;
    let outcome = match TaskStatus::parse(&status) {
        Some(TaskStatus::Finished) => {
            let keys = data_out.iter().map(|key| ObjectKey::parse(key));
            let keys = keys
                .collect::<Result<_, _>>()
                .map_err(|_| refused("data_out"))?;
            Outcome::Finished(keys)
        }
        Some(TaskStatus::Error) => Outcome::Failed(error_message.unwrap_or_default()),
        _ => return Err(refused("status")),
    };
    // Fails if the client is gone.
    let _ = reports.send((id, outcome));
    Ok(HttpResponse::Ok().json(serde_json::json!({"id": id.to_string(), "status": status})))
}
