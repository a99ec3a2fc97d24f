//! A page of the list of runs as an event stream.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use emulator_application::follow_emulation;
use futures::Stream;
use futures::stream::unfold;
use platform_http::{ApiError, ErrorBody, StreamPermit, Streams};
use tokio::sync::{Mutex, watch};
use tokio::time::{Instant, sleep_until, timeout_at};
use utoipa::ToSchema;

use super::{RestState, emulations, events};
use crate::dto::list::ListQuery;

/// The shortest interval between two pages.
const PAUSE: Duration = Duration::from_secs(1);

/// The longest time without any output. Running runs change without being saved, and a client that
/// is gone is noticed only when something is written to it.
const SILENCE: Duration = Duration::from_secs(10);

/// A cache of the pages being followed. Clients that follow the same page within a second get the
/// same text, so many open browsers cost hardly more than one.
#[derive(Default)]
pub(crate) struct Pages(Mutex<HashMap<ListQuery, (Instant, Arc<str>)>>);

impl Pages {
    /// The page and when it was made, which is less than [`PAUSE`] ago.
    async fn page(
        &self,
        state: &RestState,
        query: &ListQuery,
    ) -> Result<(Instant, Arc<str>), ApiError> {
        // Held while the page is made, so that the others wait for it instead of making it too.
        let mut pages = self.0.lock().await;
        let now = Instant::now();
        pages.retain(|_, (made, _)| now.duration_since(*made) < PAUSE);
        if let Some(page) = pages.get(query) {
            return Ok(page.clone());
        }
        let answer = emulations::page_of(state, query).await?;
        let page = serde_json::to_string(&answer).expect("an answer has text keys only");
        let page = (now, page.into());
        pages.insert(query.clone(), page.clone());
        Ok(page)
    }
}

/// One event of the stream.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the frame, which is written as text")]
pub(crate) struct ListEvent {
    /// Counts from 1.
    #[schema(example = "1")]
    id: String,
    /// Always `runs`.
    #[schema(example = "runs")]
    event: String,
    /// What `GET /emulator` answers, as JSON on one line.
    #[schema(content_media_type = "application/json")]
    data: String,
}

/// Follow the list of emulations
///
/// Server-Sent Events named `runs`, whose data is what `GET /emulator` answers with the same
/// parameters: one at once, then one after each change, one a second at most. It does not end.
#[utoipa::path(
    get,
    path = "/emulator/events",
    operation_id = "list_events",
    tag = "emulations",
    params(ListQuery),
    responses(
        (status = 200, description = "The events.", body = ListEvent, content_type = "text/event-stream"),
        (status = 400, description = "A parameter is unknown or out of range.", body = ErrorBody),
        (status = 404, description = "There is no run with the id of `after`.", body = ErrorBody),
        (status = 429, description = "There are too many streams.", body = ErrorBody),
        (status = 503, description = "The runs cannot be read.", body = ErrorBody),
    )
)]
pub(crate) async fn follow(
    state: Data<RestState>,
    pages: Data<Pages>,
    streams: Data<Streams>,
    query: Query<ListQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let saves = follow_emulation::saves(&state.emulator);
    let (_, first) = pages.page(&state, &query).await?;
    events::answer(&request, || {
        let follower = Follower {
            state: state.get_ref().clone(),
            pages: pages.into_inner(),
            query: query.into_inner(),
            saves,
            told: (Instant::now(), first),
            number: 0,
            _permit: streams.open(&request)?,
        };
        Ok(follower.events())
    })
}

struct Follower {
    state: RestState,
    pages: Arc<Pages>,
    query: ListQuery,
    saves: watch::Receiver<Instant>,
    /// The last page sent and when it was made; before the first event, the page to send.
    told: (Instant, Arc<str>),
    /// The number of the last event.
    number: u64,
    _permit: StreamPermit,
}

impl Follower {
    fn events(self) -> impl Stream<Item = Result<Bytes, Infallible>> {
        unfold(self, |mut follower| async move {
            let stop = follower.state.stop.clone();
            let event = stop.run_until_cancelled(follower.next()).await??;
            Some((Ok(event), follower))
        })
    }

    /// The next event, or a comment after a long silence; `None` if the runs cannot be read.
    async fn next(&mut self) -> Option<Bytes> {
        if self.number > 0 {
            match self.change().await? {
                Some(page) => self.told = (Instant::now(), page),
                None => return Some(Bytes::from_static(b":\n\n")),
            }
        }
        self.number += 1;
        Some(events::frame(self.number, "runs", &self.told.1))
    }

    /// A page that differs from the client's, or `None` after the longest silence.
    async fn change(&mut self) -> Option<Option<Arc<str>>> {
        let (mut looked, told) = self.told.clone();
        let silence = Instant::now() + SILENCE;
        while Instant::now() < silence {
            sleep_until(looked + PAUSE).await;
            looked = Instant::now();
            let (made, page) = self.pages.page(&self.state, &self.query).await.ok()?;
            if page != told {
                return Some(Some(page));
            }
            // A change saved after the page was made is part of the next one.
            let is_new = |saved: &Instant| *saved >= made;
            let _ = timeout_at(silence, self.saves.wait_for(is_new)).await;
        }
        Some(None)
    }
}
