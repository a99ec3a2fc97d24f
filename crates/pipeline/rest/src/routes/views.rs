//! The state of the cluster.

use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use platform_http::ApiError;
use serde::Serialize;

use super::RestState;
use crate::dto::group::GroupsAnswer;
use crate::dto::message::MessagesAnswer;
use crate::dto::query::{self, MessagesQuery};
use crate::dto::topic::TopicsAnswer;
use crate::error;

/// Responds with a snapshot that must not be cached.
fn respond(answer: impl Serialize) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .json(answer)
}

/// All topics, by name.
pub(super) async fn topics(
    state: Data<RestState>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    query::refuse_parameters(&request)?;
    let topics = state.cluster.topics().await.map_err(error::cluster)?;
    Ok(respond(TopicsAnswer::new(topics, &state.own)))
}

/// The newest messages of a topic.
pub(super) async fn messages(
    state: Data<RestState>,
    topic: Path<String>,
    query: Query<MessagesQuery>,
) -> Result<HttpResponse, ApiError> {
    let query = query.into_inner().of_topic(topic.into_inner())?;
    let page = state.cluster.messages(&query).await;
    Ok(respond(MessagesAnswer::from(
        page.map_err(error::messages)?,
    )))
}

/// All consumer groups, by name.
pub(super) async fn groups(
    state: Data<RestState>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    query::refuse_parameters(&request)?;
    let groups = state.cluster.groups().await.map_err(error::cluster)?;
    Ok(respond(GroupsAnswer::new(groups, &state.own)))
}
