//! The catalogue of domains and streams.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use emulator_application::sample;
use emulator_domain::plan::Format;
use emulator_domain::record::{Envelope, Stream};
use emulator_domain::{Dataset, Seed};
use platform_http::{ApiError, ErrorBody};

use super::RestState;
use super::making::Making;
use crate::dto::catalogue::{Catalogue, SampleParameters, SampleQuery, SchemaQuery};
use crate::error;

/// The fixed seed of the examples.
const EXAMPLE_SEED: u64 = 7;

/// What can be emulated?
///
/// The built-in domains and the streams of all models with their fields: types, meaning, an example.
#[utoipa::path(
    get,
    path = "/domains",
    operation_id = "domains",
    tag = "domains",
    responses((status = 200, description = "All domains.", body = Catalogue))
)]
pub(crate) async fn domains(
    state: Data<RestState>,
    making: Data<Making>,
) -> Result<HttpResponse, ApiError> {
    let catalogue = making.run(move || {
        Catalogue::new(&state.emulator.streams(), |dataset| {
            let seed = Some(Seed::new(EXAMPLE_SEED));
            let line = sample::sample(&state.emulator, dataset.clone(), 1, seed, Format::Ndjson)?;
            let record: serde_json::Value =
                serde_json::from_slice(&line).expect("one record of ndjson is JSON");
            let is_alone = |stream: &Arc<dyn Stream>| stream.envelope() == Envelope::None;
            Ok(match dataset.stream().is_some_and(is_alone) {
                true => record,
                false => record["data"].clone(),
            })
        })
    });
    let catalogue = catalogue.await?.map_err(error::sample)?;
    Ok(HttpResponse::Ok().json(catalogue))
}

/// Records at once, without a destination
///
/// The first records that an emulation of that seed would have if it began now, as one object of
/// the format. Their `emulation_id` is the nil UUID.
#[utoipa::path(
    get,
    path = "/domains/{domain}/sample",
    operation_id = "sample",
    tag = "domains",
    params(
        ("domain" = String, Path, description = "transaction, user-profile or device-log, in any case, or a stream of a model, such as shop/order: the slash may be encoded or not.", example = "transaction"),
        SampleQuery
    ),
    responses(
        (status = 200, description = "The records: an array of envelopes, an envelope a line, CSV with a header line, a container file of Avro, messages of Protobuf after their lengths, or a file of Parquet.",
            content(
                (Vec<serde_json::Value> = "application/json"),
                (String = "application/x-ndjson"),
                (String = "text/csv"),
                (Vec<u8> = "application/avro"),
                (Vec<u8> = "application/protobuf"),
                (Vec<u8> = "application/vnd.apache.parquet"),
            )),
        (status = 400, description = "A parameter is unknown or out of range.", body = ErrorBody),
        (status = 404, description = "There is no such domain.", body = ErrorBody),
    )
)]
pub(crate) async fn sample(
    state: Data<RestState>,
    making: Data<Making>,
    path: Path<String>,
    query: Query<SampleQuery>,
) -> Result<HttpResponse, ApiError> {
    let dataset = dataset(&state, &path)?;
    let SampleParameters {
        count,
        seed,
        format,
    } = query.parse()?;
    let work = move || sample::sample(&state.emulator, dataset, count, seed, format);
    let records = making.run(work).await?.map_err(error::sample)?;
    Ok(HttpResponse::Ok()
        .content_type(format.media_type())
        .body(records))
}

/// The fields of a domain in a schema language
///
/// Names, logical types, nullability and meaning, as formats, files and tables have them.
#[utoipa::path(
    get,
    path = "/domains/{domain}/schema",
    operation_id = "schema",
    tag = "domains",
    params(
        ("domain" = String, Path, description = "transaction, user-profile or device-log, in any case, or a stream of a model, such as shop/order: the slash may be encoded or not.", example = "transaction"),
        SchemaQuery
    ),
    responses(
        (status = 200, description = "A schema of Avro, JSON Schema of the envelopes of json, Arrow's schema as JSON, a .proto file, or CREATE TABLE for PostgreSQL.",
            content(
                (serde_json::Value = "application/json"),
                (serde_json::Value = "application/schema+json"),
                (String = "text/plain"),
            )),
        (status = 400, description = "A parameter is unknown or no such language.", body = ErrorBody),
        (status = 404, description = "There is no such domain.", body = ErrorBody),
    )
)]
pub(crate) async fn schema(
    state: Data<RestState>,
    path: Path<String>,
    query: Query<SchemaQuery>,
) -> Result<HttpResponse, ApiError> {
    let dataset = dataset(&state, &path)?;
    let language = query.parse()?;
    Ok(HttpResponse::Ok()
        .content_type(language.media_type())
        .body(sample::schema(&state.emulator, &dataset, language)))
}

fn dataset(state: &RestState, path: &str) -> Result<Dataset, ApiError> {
    Dataset::named(path, &state.emulator.streams())
        .map_err(|value| ApiError::new(StatusCode::NOT_FOUND, format!("invalid domain {value}")))
}
