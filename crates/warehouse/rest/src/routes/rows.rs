//! The routes of rows.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Payload, Query};
use actix_web::{HttpRequest, HttpResponse};
use platform_http::{ApiError, invalid_parameter, whole_number};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};
use utoipa::{IntoParams, ToSchema};
use warehouse_application::ingest::Ingested;
use warehouse_domain::batch::{RowBatch, Value};
use warehouse_domain::dictionary::Table;
use warehouse_ports::Idempotency;

use crate::state::now;
use crate::{RestState, body, error};

/// How long an idempotency key is kept, in milliseconds.
const REMEMBERED: i64 = 24 * 60 * 60 * 1000;

/// How rows are to be inserted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct InsertQuery {
    /// Insert nothing if one row is rejected.
    #[param(value_type = bool, required = false)]
    all_or_nothing: Option<String>,
}

impl InsertQuery {
    fn all_or_nothing(&self) -> Result<bool, ApiError> {
        let given = self.all_or_nothing.as_deref();
        given.map_or(Ok(false), |text| {
            let wrong = |_| invalid_parameter("all_or_nothing", text, "true or false");
            text.parse().map_err(wrong)
        })
    }
}

/// The outcome for the rows.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InsertAnswer {
    /// A sentence.
    #[schema(example = "7 new records inserted into the table jobs")]
    response: String,
    /// How many rows were inserted.
    inserted: usize,
    /// Why the others were not: one entry for each fault.
    rejected: Vec<RejectedCell>,
}

/// Why nothing was inserted.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[allow(
    dead_code,
    reason = "for the document only: answers are made of what it names"
)]
pub(crate) enum Unprocessed {
    /// Of each row.
    Rows(InsertAnswer),
    /// Of the request.
    Request(platform_http::ErrorBody),
}

/// A fault of a row.
#[derive(Debug, Serialize, ToSchema)]
struct RejectedCell {
    /// The place of the row in the request, from 0; in CSV its line.
    index: u64,
    /// The field; null if it is the row as a whole.
    column: Option<String>,
    /// The value that was found, at most 200 characters.
    value: String,
    /// A code, for programs.
    #[schema(example = "not-an-integer")]
    code: &'static str,
    /// A sentence for people.
    #[schema(example = "not an integer")]
    reason: String,
}

/// Insert 1 to 1,000 rows
///
/// Valid rows are inserted; the others are reported one by one and logged. With an
/// `Idempotency-Key` the same request may be sent again for a day and inserts nothing twice.
#[utoipa::path(
    post,
    path = "/tables/{table}/rows",
    operation_id = "insert_rows",
    tag = "rows",
    params(
        ("table" = String, Path, description = "The table.", example = "jobs"),
        InsertQuery,
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters that no other request has.")
    ),
    request_body(
        description = "An array of objects or of arrays, or lines of CSV without a header.",
        content(
            (Vec<serde_json::Value> = "application/json", example = json!([{"job_id": 4, "job_name": "Data engineer"}])),
            (String = "text/csv", example = "4,Data engineer")
        )
    ),
    responses(
        (status = 200, description = "At least one row was inserted.", body = InsertAnswer),
        (status = 400, description = "No rows, more than 1,000, a body that is no list of rows, or a parameter that is not allowed.", body = platform_http::ErrorBody),
        (status = 404, description = "No such table.", body = platform_http::ErrorBody),
        (status = 408, description = "The body did not arrive within 30 seconds.", body = platform_http::ErrorBody),
        (status = 413, description = "The body is larger than 16 MiB.", body = platform_http::ErrorBody),
        (status = 415, description = "The body is neither JSON nor CSV by its Content-Type.", body = platform_http::ErrorBody),
        (status = 422, description = "No row was inserted, or the key belongs to another request.", body = Unprocessed),
        (status = 503, description = "The database cannot be reached.", body = platform_http::ErrorBody),
    )
)]
pub(crate) async fn insert(
    state: Data<RestState>,
    request: HttpRequest,
    table: Path<String>,
    query: Query<InsertQuery>,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let table = state.table(&table)?;
    let all_or_nothing = query.all_or_nothing()?;
    let kind = body::kind(&request)?;
    let key = idempotency_key(&request)?;
    let body = body::read(payload).await?;
    let incoming = body::parse(&table, kind, &body)?;
    let idempotency = key.map(|key| {
        let now = now();
        let what = format!("{}\n{kind:?}\n{all_or_nothing}\n", table.name());
        Idempotency {
            key: hex(&[key.as_bytes()]),
            digest: hex(&[what.as_bytes(), &body]),
            now,
            forget_before: now - REMEMBERED,
        }
    });
    let warehouse = state.warehouse.clone();
    let name = table.name().clone();
    let work = async move {
        warehouse
            .ingest(&table, incoming, all_or_nothing, idempotency)
            .await
    };
    let ingested = state.run(work).await?.map_err(error::ingest)?;
    Ok(answer(name.as_str(), ingested))
}

fn answer(table: &str, ingested: Ingested) -> HttpResponse {
    let inserted = ingested.inserted;
    let status = if inserted > 0 {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let mut response = format!("{inserted} new records inserted into the table {table}");
    if !ingested.rejections.is_empty() {
        response += &format!(", {} rejected", ingested.rejections.len());
    }
    let rejected = ingested.rejections.into_iter().flat_map(|rejection| {
        let index = rejection.row;
        rejection.faults.into_iter().map(move |fault| RejectedCell {
            index,
            column: fault.column,
            value: fault.value,
            code: fault.reason.code(),
            reason: fault.reason.to_string(),
        })
    });
    let mut answer = HttpResponse::build(status);
    if ingested.replayed {
        answer.insert_header(("Idempotency-Replayed", "true"));
    }
    answer.json(InsertAnswer {
        response,
        inserted,
        rejected: rejected.collect(),
    })
}

fn idempotency_key(request: &HttpRequest) -> Result<Option<String>, ApiError> {
    let Some(key) = request.headers().get("Idempotency-Key") else {
        return Ok(None);
    };
    let valid = (1..=255).contains(&key.len());
    match key.to_str() {
        Ok(key) if valid => Ok(Some(key.to_owned())),
        _ => Err(ApiError::new(
            StatusCode::BAD_REQUEST,
            "invalid Idempotency-Key; expected 1 to 255 visible ASCII characters",
        )),
    }
}

fn hex(parts: &[&[u8]]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part);
    }
    format!("{:x}", digest.finalize())
}

/// Which rows are shown.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct PageQuery {
    /// The smallest key.
    #[param(value_type = i32, required = false, default = -2147483648)]
    from: Option<String>,
    /// How many rows, 1 to 1,000.
    #[param(value_type = u32, required = false, minimum = 1, maximum = 1000, default = 100)]
    limit: Option<String>,
}

impl PageQuery {
    /// The smallest key and the number of rows.
    fn parse(&self) -> Result<(i32, u32), ApiError> {
        let (from, limit) = (self.from.as_deref(), self.limit.as_deref());
        Ok((
            from.map_or(Ok(i32::MIN), |text| {
                whole_number("from", text, &(i32::MIN..=i32::MAX))
            })?,
            limit.map_or(Ok(100), |text| whole_number("limit", text, &(1..=1000)))?,
        ))
    }
}

/// Some rows.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PageAnswer {
    /// In ascending order of their keys.
    rows: Vec<serde_json::Value>,
    /// `from` of the next page; null if this is the last.
    next: Option<i32>,
}

/// Rows of a table, page by page
#[utoipa::path(
    get,
    path = "/tables/{table}/rows",
    operation_id = "rows",
    tag = "rows",
    params(("table" = String, Path, description = "The table.", example = "jobs"), PageQuery),
    responses(
        (status = 200, description = "Some rows.", body = PageAnswer),
        (status = 400, description = "A parameter is not allowed.", body = platform_http::ErrorBody),
        (status = 404, description = "No such table.", body = platform_http::ErrorBody),
    )
)]
pub(crate) async fn page(
    state: Data<RestState>,
    table: Path<String>,
    query: Query<PageQuery>,
) -> Result<HttpResponse, ApiError> {
    let table = state.table(&table)?;
    let (from, limit) = query.parse()?;
    let (store, asked) = (state.warehouse.store.clone(), table.clone());
    // One more than is shown, to know whether there is a next page.
    let work = async move { store.page(&asked, from, limit + 1).await };
    let batch = state.run(work).await?.map_err(error::store)?;
    let shown = batch.len().min(limit as usize);
    let next = (shown < batch.len()).then(|| batch.integer(shown, table.key()));
    Ok(HttpResponse::Ok().json(PageAnswer {
        rows: (0..shown).map(|row| json(&table, &batch, row)).collect(),
        next,
    }))
}

/// One row of a table
#[utoipa::path(
    get,
    path = "/tables/{table}/rows/{id}",
    operation_id = "row",
    tag = "rows",
    params(
        ("table" = String, Path, description = "The table.", example = "jobs"),
        ("id" = i32, Path, description = "The row's key.")
    ),
    responses(
        (status = 200, description = "The row, by field.", body = serde_json::Value),
        (status = 404, description = "No such table or row.", body = platform_http::ErrorBody),
    )
)]
pub(crate) async fn row(
    state: Data<RestState>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (table, id) = path.into_inner();
    Ok(HttpResponse::Ok().json(find(&state, &table, &id).await?))
}

pub(crate) async fn find(state: &RestState, table: &str, id: &str) -> Result<Json, ApiError> {
    let table = state.table(table)?;
    let missing = || {
        let detail = format!(
            "the table {} has no row with the id {:?}",
            table.name(),
            platform_http::excerpt(id)
        );
        ApiError::new(StatusCode::NOT_FOUND, detail)
    };
    let id: i32 = id.parse().map_err(|_| missing())?;
    let (store, asked) = (state.warehouse.store.clone(), table.clone());
    let work = async move { store.page(&asked, id, 1).await };
    let batch = state.run(work).await?.map_err(error::store)?;
    if batch.is_empty() || batch.integer(0, table.key()) != id {
        return Err(missing());
    }
    Ok(json(&table, &batch, 0))
}

fn json(table: &Table, batch: &RowBatch, row: usize) -> Json {
    let fields = table
        .fields()
        .iter()
        .zip(batch.row(row))
        .map(|(field, value)| {
            let value = match value {
                Value::Null => Json::Null,
                Value::Integer(number) => number.into(),
                Value::Text(text) => text.into(),
            };
            (field.name.to_string(), value)
        });
    Json::Object(fields.collect::<Map<_, _>>())
}
