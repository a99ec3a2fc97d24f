//! The status of a run as an event stream.

use std::convert::Infallible;

use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use emulator_application::follow_emulation::{self, EmulationFollower};
use emulator_domain::emulation::Emulation;
use futures::Stream;
use futures::stream::unfold;
use platform_http::{ApiError, ErrorBody, StreamPermit, Streams};
use utoipa::ToSchema;

use super::{RestState, emulations};
use crate::dto::status::StatusAnswer;

/// One event of the stream.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the frame, which is written as text")]
pub(crate) struct StatusEvent {
    /// Counts from 1.
    #[schema(example = "1")]
    id: String,
    /// Always `status`.
    #[schema(example = "status")]
    event: String,
    /// The status answer as JSON on one line.
    #[schema(content_media_type = "application/json")]
    data: String,
}

/// Follow an emulation
///
/// Server-Sent Events named `status`, whose data is what the status answer has: one at each change,
/// ten a second at most, and at least one a second, with ids that count from 1. The stream ends
/// with the run, after the event that says how; a client should close on it, because browsers
/// connect anew otherwise.
#[utoipa::path(
    get,
    path = "/emulator/{id}/events",
    operation_id = "emulation_events",
    tag = "emulations",
    params(("id" = Uuid, Path, description = "The run.")),
    responses(
        (status = 200, description = "The events.", body = StatusEvent, content_type = "text/event-stream"),
        (status = 404, description = "There is no such run.", body = ErrorBody),
        (status = 429, description = "There are too many streams.", body = ErrorBody),
        (status = 503, description = "The run cannot be read.", body = ErrorBody),
    )
)]
pub(crate) async fn follow(
    state: Data<RestState>,
    streams: Data<Streams>,
    path: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let emulation = emulations::find(&state, &path).await?;
    answer(&request, || {
        let permit = streams.open(&request)?;
        Ok(Follower::of(emulation, &state, permit).events())
    })
}

/// Formats one event; `data` must be a single line.
pub(super) fn frame(id: u64, event: &str, data: &str) -> Bytes {
    format!("id: {id}\nevent: {event}\ndata: {data}\n\n").into()
}

/// An event stream as a response; without a body for a HEAD request.
pub(super) fn answer<S>(
    request: &HttpRequest,
    events: impl FnOnce() -> Result<S, ApiError>,
) -> Result<HttpResponse, ApiError>
where
    S: Stream<Item = Result<Bytes, Infallible>> + 'static,
{
    let mut response = HttpResponse::Ok();
    response
        .content_type("text/event-stream")
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-cache")));
    if request.method() == Method::HEAD {
        return Ok(response.finish());
    }
    Ok(response.streaming(events()?))
}

struct Follower {
    state: RestState,
    /// The state of the run when the stream began; sent first.
    begin: Option<Emulation>,
    /// The following states; `None` once the end of the run was sent.
    changes: Option<EmulationFollower>,
    number: u64,
    _permit: StreamPermit,
}

impl Follower {
    fn of(emulation: Emulation, state: &RestState, permit: StreamPermit) -> Self {
        Self {
            state: state.clone(),
            changes: Some(follow_emulation::follow(&state.emulator, emulation.clone())),
            begin: Some(emulation),
            number: 0,
            _permit: permit,
        }
    }

    fn events(self) -> impl Stream<Item = Result<Bytes, Infallible>> {
        unfold(self, |mut follower| async move {
            let event = follower.next().await?;
            Some((Ok(event), follower))
        })
    }

    /// The next event, or `None` if the run has ended or can no longer be read, or the server is
    /// shutting down.
    async fn next(&mut self) -> Option<Bytes> {
        let changes = self.changes.as_mut()?;
        let now = match self.begin.take() {
            Some(begin) => begin,
            None => {
                let next = self.state.stop.run_until_cancelled(changes.next()).await;
                next?.ok()?
            }
        };
        if now.unfinished().is_err() {
            self.changes = None;
        }
        self.number += 1;
        let answer = StatusAnswer::new(&now, self.state.emulator.now());
        let data = serde_json::to_string(&answer).expect("an answer has text keys only");
        Some(frame(self.number, "status", &data))
    }
}
