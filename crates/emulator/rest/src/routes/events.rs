//! A run's status as a stream of events.

use std::convert::Infallible;
use std::time::Duration;

use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use emulator_application::emulation_status;
use emulator_domain::emulation::Emulation;
use futures::Stream;
use futures::stream::unfold;
use platform_http::{ApiError, ErrorBody, StreamPermit, Streams};
use tokio::time::Instant;
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

/// How often it is looked for a change.
const LOOK: Duration = Duration::from_millis(200);
/// The longest silence.
const SILENCE: Duration = Duration::from_secs(1);

/// Follow an emulation
///
/// Server-Sent Events named `status`, whose data is what the status answer has: one at each change
/// and at least one a second, with ids that count from 1. The stream ends with the run, after the
/// event that says how; a client should close on it, because browsers connect anew otherwise.
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
    let mut response = HttpResponse::Ok();
    response
        .content_type("text/event-stream")
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-cache")));
    if request.method() == Method::HEAD {
        return Ok(response.finish());
    }
    let permit = streams.open(&request)?;
    Ok(response.streaming(Follower::of(emulation, &state, permit).events()))
}

struct Follower {
    state: RestState,
    /// The run as last told; `None` once its end was told.
    told: Option<Emulation>,
    told_at: Instant,
    number: u64,
    _permit: StreamPermit,
}

impl Follower {
    fn of(emulation: Emulation, state: &RestState, permit: StreamPermit) -> Self {
        Self {
            state: state.clone(),
            told: Some(emulation),
            told_at: Instant::now(),
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

    /// The next event, or `None` when there is nothing more to tell: the run has ended or cannot
    /// be read any more, or the server stops.
    async fn next(&mut self) -> Option<Bytes> {
        let last = self.told.take()?;
        let now = if self.number == 0 {
            last
        } else {
            self.changed(last).await?
        };
        self.number += 1;
        self.told_at = Instant::now();
        let answer = StatusAnswer::new(&now, self.state.emulator.now());
        let data = serde_json::to_string(&answer).expect("an answer has text keys only");
        if now.unfinished().is_ok() {
            self.told = Some(now);
        }
        Some(format!("id: {}\nevent: status\ndata: {data}\n\n", self.number).into())
    }

    async fn changed(&self, last: Emulation) -> Option<Emulation> {
        loop {
            tokio::select! {
                () = self.state.stop.cancelled() => return None,
                () = tokio::time::sleep(LOOK) => {}
            }
            let now = emulation_status::status(&self.state.emulator, last.id())
                .await
                .ok()?;
            if now != last || self.told_at.elapsed() + LOOK > SILENCE {
                return Some(now);
            }
        }
    }
}
