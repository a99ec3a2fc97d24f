//! Runs.

use std::convert::Infallible;

use actix_web::http::header::LOCATION;
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use emulator_application::control_emulation::SteerError;
use emulator_application::truth::Truth;
use emulator_application::{
    cancel_emulation, control_emulation, emulation_status, list_emulations, start_emulation,
};
use emulator_domain::emulation::{Emulation, EmulationId};
use emulator_manifest::Manifest;
use emulator_manifest::imperfections::line;
use futures::stream::unfold;
use platform_http::{ApiError, ErrorBody, Json};

use super::RestState;
use super::asking::{caller, key, limited};
use super::making::Making;
use crate::dto::change::ChangeRequest;
use crate::dto::list::{ListAnswer, ListParameters, ListQuery};
use crate::dto::start::{RequestCheck, StartAnswer, StartRequest};
use crate::dto::status::StatusAnswer;
use crate::error;

/// Parses the id in a path.
pub(super) fn id(path: &str) -> Result<EmulationId, ApiError> {
    path.parse().map_err(|_| error::unknown(path))
}

pub(super) async fn find(state: &RestState, path: &str) -> Result<Emulation, ApiError> {
    let id = id(path)?;
    emulation_status::status(&state.emulator, id)
        .await
        .map_err(error::find)
}

/// Start an emulation
///
/// Checks the request, schedules the run and returns at once. Nothing is created if the request
/// is refused: no topic, no bucket, no run.
#[utoipa::path(
    post,
    path = "/emulator",
    operation_id = "start_emulation",
    tag = "emulations",
    params(("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, description = "Chosen by the client, 1 to 255 visible characters of ASCII: the same request with the same key within 24 hours is answered with the run that it started, and starts no other.")),
    request_body = StartRequest,
    responses(
        (status = 201, description = "The run is scheduled, or was by an earlier request with the same key.", body = StartAnswer,
            headers(("Location" = String, description = "Where the run is found."))),
        (status = 400, description = "A field is missing, unknown, of a wrong type or out of range; the body is empty or broken.", body = ErrorBody),
        (status = 408, description = "The body did not arrive in time.", body = ErrorBody),
        (status = 409, description = "The Idempotency-Key was given with another request.", body = ErrorBody),
        (status = 413, description = "The body is larger than 64 KiB.", body = ErrorBody),
        (status = 415, description = "The Content-Type is not JSON.", body = ErrorBody),
        (status = 422, description = "The Idempotency-Key is malformed.", body = ErrorBody),
        (status = 429, description = "As many emulations run and wait as the settings, or the caller's quota, allow.", body = ErrorBody,
            headers(("Retry-After" = u64, description = "Seconds after which to try again."))),
        (status = 503, description = "The service is shutting down, or cannot store runs.", body = ErrorBody),
    )
)]
pub(crate) async fn start(
    state: Data<RestState>,
    headers: HttpRequest,
    request: Json<StartRequest>,
) -> Result<HttpResponse, ApiError> {
    let key = key(&headers, &request.0)?;
    let caller = caller(&headers);
    let team = caller.as_ref().and_then(|caller| caller.team.as_deref());
    let (spec, mut known) = request
        .0
        .spec(&state.emulator, team)
        .map_err(error::invalid)?;
    known.request = key;
    known.limited = limited(&state, caller.as_ref());
    known.owner = caller.map(|caller| caller.subject);
    let emulation = start_emulation::start_known(&state.emulator, spec, known)
        .await
        .map_err(error::start)?;
    let place = format!("/emulator/{}", emulation.id());
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, place))
        .json(StartAnswer::new(request.0.echoed(), &emulation)))
}

/// Check a request without starting an emulation
///
/// Checks a request as `POST /emulator` does, and creates nothing.
#[utoipa::path(
    post,
    path = "/emulator/check",
    operation_id = "check_emulation",
    tag = "emulations",
    request_body = StartRequest,
    responses(
        (status = 200, description = "The run could be started.", body = RequestCheck),
        (status = 400, description = "A field is missing, unknown, of a wrong type or out of range; the body is empty or broken.", body = ErrorBody),
        (status = 408, description = "The body did not arrive in time.", body = ErrorBody),
        (status = 413, description = "The body is larger than 64 KiB.", body = ErrorBody),
        (status = 415, description = "The Content-Type is not JSON.", body = ErrorBody),
    )
)]
pub(crate) async fn check(
    state: Data<RestState>,
    request: Json<StartRequest>,
) -> Result<HttpResponse, ApiError> {
    let (spec, _) = request
        .0
        .spec(&state.emulator, None)
        .map_err(error::invalid)?;
    let plan = start_emulation::check(&state.emulator, spec).map_err(error::start)?;
    Ok(HttpResponse::Ok().json(RequestCheck::new(&plan)))
}

/// List emulations
///
/// The newest first, page by page.
#[utoipa::path(
    get,
    path = "/emulator",
    operation_id = "list_emulations",
    tag = "emulations",
    params(ListQuery),
    responses(
        (status = 200, description = "A page of runs.", body = ListAnswer),
        (status = 400, description = "A parameter is unknown or out of range.", body = ErrorBody),
        (status = 404, description = "There is no run with the id of `after`.", body = ErrorBody),
        (status = 503, description = "The runs cannot be read.", body = ErrorBody),
    )
)]
pub(crate) async fn list(
    state: Data<RestState>,
    query: Query<ListQuery>,
) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(page_of(&state, &query).await?))
}

/// The requested page, with current states.
pub(super) async fn page_of(state: &RestState, query: &ListQuery) -> Result<ListAnswer, ApiError> {
    let ListParameters {
        filter,
        after,
        limit,
    } = query.parse()?;
    let emulator = &state.emulator;
    let page = list_emulations::list(emulator, &filter, after, limit)
        .await
        .map_err(error::find)?;
    Ok(ListAnswer::new(&page, emulator.now()))
}

/// An emulation
///
/// The same answer as that of `/emulator/{id}/status`.
#[utoipa::path(
    get,
    path = "/emulator/{id}",
    operation_id = "emulation",
    tag = "emulations",
    params(("id" = Uuid, Path, description = "The run.")),
    responses(
        (status = 200, description = "The run as it is, at most a tenth of a second old.", body = StatusAnswer),
        (status = 404, description = "There is no such run; an id that is no UUID names none.", body = ErrorBody),
        (status = 503, description = "The run cannot be read.", body = ErrorBody),
    )
)]
pub(crate) async fn show(
    state: Data<RestState>,
    path: Path<String>,
) -> Result<HttpResponse, ApiError> {
    status(state, path).await
}

/// The status of an emulation
#[utoipa::path(
    get,
    path = "/emulator/{id}/status",
    operation_id = "emulation_status",
    tag = "emulations",
    params(("id" = Uuid, Path, description = "The run.")),
    responses(
        (status = 200, description = "The run as it is, at most a tenth of a second old.", body = StatusAnswer),
        (status = 404, description = "There is no such run; an id that is no UUID names none.", body = ErrorBody),
        (status = 503, description = "The run cannot be read.", body = ErrorBody),
    )
)]
pub(crate) async fn status(
    state: Data<RestState>,
    path: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let emulation = find(&state, &path).await?;
    Ok(HttpResponse::Ok().json(StatusAnswer::new(&emulation, state.emulator.now())))
}

/// The manifest of an emulation, to make its data again
///
/// The plan with every value resolved, the generator's version, the counts and the objects.
#[utoipa::path(
    get,
    path = "/emulator/{id}/manifest",
    operation_id = "emulation_manifest",
    tag = "emulations",
    params(("id" = Uuid, Path, description = "The run.")),
    responses(
        (status = 200, description = "The manifest; its counts are final once the run has ended.", body = Manifest),
        (status = 404, description = "There is no such run.", body = ErrorBody),
        (status = 503, description = "The run cannot be read.", body = ErrorBody),
    )
)]
pub(crate) async fn manifest(
    state: Data<RestState>,
    path: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let emulation = find(&state, &path).await?;
    Ok(HttpResponse::Ok().json(Manifest::from(&emulation)))
}

/// The deliberate faults of an emulation
///
/// One line for each record with a fault, in the order of the records, as far as the run has come:
/// `index` (the record, counted from the first of the run), `kind`, `deliveries` (the numbers of
/// its deliveries: none if it is missing, two if it is delivered twice), `event_time`, `due` (when
/// it is delivered, the last time), for a damaged record `field` and `how`, `record`, as it would
/// have been, and `renamed`, as it is delivered under another id. Empty if the run has no
/// deliberate faults. The lines are regenerated from the plan at each call.
#[utoipa::path(
    get,
    path = "/emulator/{id}/imperfections",
    operation_id = "emulation_imperfections",
    tag = "emulations",
    params(("id" = Uuid, Path, description = "The run.")),
    responses(
        (status = 200, description = "The faults, one JSON object a line.", body = String, content_type = "application/x-ndjson"),
        (status = 404, description = "There is no such run.", body = ErrorBody),
        (status = 503, description = "The run cannot be read.", body = ErrorBody),
    )
)]
pub(crate) async fn imperfections(
    state: Data<RestState>,
    making: Data<Making>,
    path: Path<String>,
) -> Result<HttpResponse, ApiError> {
    /// How many faults are sent together.
    const TOGETHER: usize = 1000;
    let emulation = find(&state, &path).await?;
    let truth = Truth::of(&state.emulator, &emulation);
    let plan = emulation.plan().clone();
    let pieces = unfold(truth, move |mut truth| {
        let (plan, making) = (plan.clone(), making.clone());
        async move {
            let made = making.run(move || {
                let faults = truth.by_ref().take(TOGETHER);
                let lines = faults
                    .map(|told| line(&plan, &told.fault, &told.record, told.renamed.as_deref()));
                (lines.collect::<String>(), truth)
            });
            let (lines, truth) = made.await.ok()?;
            (!lines.is_empty()).then(|| (Ok::<_, Infallible>(Bytes::from(lines)), truth))
        }
    });
    let mut response = HttpResponse::Ok();
    response.content_type("application/x-ndjson");
    Ok(response.streaming(pieces))
}

/// Stop an emulation
///
/// The run generates no more records, flushes those in flight and ends as `cancelled`.
#[utoipa::path(
    post,
    path = "/emulator/{id}/cancel",
    operation_id = "cancel_emulation",
    tag = "emulations",
    params(("id" = Uuid, Path, description = "The run.")),
    responses(
        (status = 202, description = "The run will stop; the body is its state before.", body = StatusAnswer),
        (status = 404, description = "There is no such run.", body = ErrorBody),
        (status = 409, description = "The run has ended already.", body = ErrorBody),
        (status = 503, description = "The run cannot be read.", body = ErrorBody),
    )
)]
pub(crate) async fn cancel(
    state: Data<RestState>,
    path: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let emulation = cancel_emulation::cancel(&state.emulator, id(&path)?)
        .await
        .map_err(error::steer)?;
    Ok(HttpResponse::Accepted().json(StatusAnswer::new(&emulation, state.emulator.now())))
}

/// Pause an emulation
///
/// The run generates no more records, flushes those in flight and is `paused`, also through
/// restarts of the service, until it is resumed or cancelled. A run that is paused already stays
/// so.
#[utoipa::path(
    post,
    path = "/emulator/{id}/pause",
    operation_id = "pause_emulation",
    tag = "emulations",
    params(("id" = Uuid, Path, description = "The run.")),
    responses(
        (status = 200, description = "The run as it is: `paused`, unless its destination takes longer than 25 s to acknowledge the records in flight.", body = StatusAnswer),
        (status = 404, description = "There is no such run.", body = ErrorBody),
        (status = 409, description = "The run has ended, or was changed too often.", body = ErrorBody),
        (status = 503, description = "The service is shutting down, or the run cannot be read.", body = ErrorBody),
    )
)]
pub(crate) async fn pause(
    state: Data<RestState>,
    path: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let paused = control_emulation::pause(&state.emulator, id(&path)?).await;
    steered(&state, paused)
}

/// Resume a paused emulation
///
/// The run continues where it was. In a realtime run, records that were due before the pause are
/// delivered at once, and all later ones are postponed by the length of the pause. A run that is
/// not paused continues as before.
#[utoipa::path(
    post,
    path = "/emulator/{id}/resume",
    operation_id = "resume_emulation",
    tag = "emulations",
    params(("id" = Uuid, Path, description = "The run.")),
    responses(
        (status = 200, description = "The run goes on.", body = StatusAnswer),
        (status = 404, description = "There is no such run.", body = ErrorBody),
        (status = 409, description = "The run has ended, or its model has changed.", body = ErrorBody),
        (status = 429, description = "As many emulations run and wait as the settings, or the caller's quota, allow.", body = ErrorBody,
            headers(("Retry-After" = u64, description = "Seconds after which to try again."))),
        (status = 503, description = "The service is shutting down, or cannot store runs.", body = ErrorBody),
    )
)]
pub(crate) async fn resume(
    state: Data<RestState>,
    headers: HttpRequest,
    path: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let limited = limited(&state, caller(&headers).as_ref());
    let id = id(&path)?;
    let resumed = control_emulation::resume_within(&state.emulator, id, limited.as_ref()).await;
    steered(&state, resumed)
}

/// Change an emulation
///
/// Changes the `name` or the `labels` of a run, also of one that has ended, or the rate of a
/// realtime run in progress: to another `rate`, or to a multiple (`factor`) of the current one. The
/// change is in force when this is answered; for a paused run, once it is resumed. Records that
/// were due before are delivered as they would have been, and none is lost or delivered twice.
#[utoipa::path(
    patch,
    path = "/emulator/{id}",
    operation_id = "change_emulation",
    tag = "emulations",
    params(("id" = Uuid, Path, description = "The run.")),
    request_body = ChangeRequest,
    responses(
        (status = 200, description = "The run after the change.", body = StatusAnswer),
        (status = 400, description = "A field is missing, unknown, of a wrong type or out of range; the body is empty or broken.", body = ErrorBody),
        (status = 404, description = "There is no such run.", body = ErrorBody),
        (status = 408, description = "The body did not arrive in time.", body = ErrorBody),
        (status = 409, description = "The run has ended, has no rate that can be changed, or was changed too often.", body = ErrorBody),
        (status = 413, description = "The body is larger than 64 KiB.", body = ErrorBody),
        (status = 415, description = "The Content-Type is not JSON.", body = ErrorBody),
        (status = 429, description = "The change would exceed the caller's quota.", body = ErrorBody),
        (status = 503, description = "The service is shutting down or cannot store runs, or the destination does not accept the records in flight.", body = ErrorBody),
    )
)]
pub(crate) async fn change(
    state: Data<RestState>,
    headers: HttpRequest,
    path: Path<String>,
    request: Json<ChangeRequest>,
) -> Result<HttpResponse, ApiError> {
    let id = id(&path)?;
    let order = (request.0.order()).map_err(|wrong| error::invalid(vec![wrong]))?;
    let limited = limited(&state, caller(&headers).as_ref());
    let changed =
        control_emulation::change_within(&state.emulator, id, order, limited.as_ref()).await;
    steered(&state, changed)
}

fn steered(
    state: &RestState,
    run: Result<Emulation, SteerError>,
) -> Result<HttpResponse, ApiError> {
    let run = run.map_err(error::steer)?;
    Ok(HttpResponse::Ok().json(StatusAnswer::new(&run, state.emulator.now())))
}
