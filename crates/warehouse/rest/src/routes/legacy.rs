//! The URLs of the old system, which respond with `{"response": ...}`.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use platform_http::ApiError;
use serde_json::json;
use warehouse_application::migrate::{Migrated, Migration};
use warehouse_domain::csv::Format;

use super::reports::ReportQuery;
use super::rows;
use crate::state::now;
use crate::{RestState, error};

/// One row, in the old spelling
#[utoipa::path(
    get,
    path = "/view/{table}/{id}",
    operation_id = "view",
    tag = "old spellings",
    params(
        ("table" = String, Path, description = "The table.", example = "jobs"),
        ("id" = i32, Path, description = "The row's key.")
    ),
    responses(
        (status = 200, description = "`response` is the row, by field.", body = serde_json::Value),
        (status = 404, description = "No such table or row.", body = platform_http::ErrorBody),
    )
)]
pub(crate) async fn view(
    state: Data<RestState>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (table, id) = path.into_inner();
    let row = rows::find(&state, &table, &id).await?;
    Ok(HttpResponse::Ok().json(json!({"response": row})))
}

/// The first report, in the old spelling
#[utoipa::path(
    get,
    path = "/view/req1",
    operation_id = "view_req1",
    tag = "old spellings",
    params(ReportQuery),
    responses(
        (status = 200, description = "`response` is the report as CSV.", body = serde_json::Value),
        (status = 400, description = "The year is out of range.", body = platform_http::ErrorBody),
    )
)]
pub(crate) async fn req1(
    state: Data<RestState>,
    query: Query<ReportQuery>,
) -> Result<HttpResponse, ApiError> {
    let (warehouse, year) = (state.warehouse.clone(), query.year()?);
    let work = async move { warehouse.hires_by_quarter(year).await };
    let lines = state.run(work).await?.map_err(error::report)?;
    Ok(HttpResponse::Ok().json(json!({"response": crate::quarters_csv(&lines)})))
}

/// The second report, in the old spelling
#[utoipa::path(
    get,
    path = "/view/req2",
    operation_id = "view_req2",
    tag = "old spellings",
    params(ReportQuery),
    responses(
        (status = 200, description = "`response` is the report as CSV.", body = serde_json::Value),
        (status = 400, description = "The year is out of range.", body = platform_http::ErrorBody),
    )
)]
pub(crate) async fn req2(
    state: Data<RestState>,
    query: Query<ReportQuery>,
) -> Result<HttpResponse, ApiError> {
    let (warehouse, year) = (state.warehouse.clone(), query.year()?);
    let work = async move { warehouse.departments_above_mean(year).await };
    let lines = state.run(work).await?.map_err(error::report)?;
    Ok(HttpResponse::Ok().json(json!({"response": crate::departments_csv(&lines)})))
}

/// Loads the table's file from the folder of new records, as `GET /new_records/{table}` did.
pub(crate) async fn new_records(
    state: Data<RestState>,
    table: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let table = state.table(&table)?;
    let (shared, asked) = (state.clone().into_inner(), table.clone());
    let work = async move { shared.new_records.file(&asked) };
    let file = state
        .run(work)
        .await?
        .map_err(|error| ApiError::new(StatusCode::NOT_FOUND, error.to_string()))?;
    let file = file.ok_or_else(|| {
        let detail = format!(
            "there is no {}.csv in the folder for new records",
            table.name()
        );
        ApiError::new(StatusCode::NOT_FOUND, detail)
    })?;
    let job = Migration {
        table: table.clone(),
        file: Arc::from(file),
        format: Format::default(),
        rejects: state.rejects.clone(),
        max_rejects: None,
        now: now(),
        progress: Arc::new(|_| {}),
    };
    let warehouse = state.warehouse.clone();
    let work = async move { warehouse.migrate(job).await };
    let rows = match state.run(work).await?.map_err(error::migrate)? {
        Migrated::Loaded { record, .. } => record.rows,
        Migrated::Known(_) => 0,
    };
    let response = format!(
        "{rows} new records inserted into the table {}",
        table.name()
    );
    Ok(HttpResponse::Ok().json(json!({"response": response})))
}
