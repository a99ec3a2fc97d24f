//! The routes of tables.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::Data;
use platform_http::ApiError;
use serde::Serialize;
use utoipa::ToSchema;
use warehouse_domain::dictionary::Kind;
use warehouse_domain::hr;

use crate::{RestState, error};

/// All tables.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TablesAnswer {
    /// In the order of the dictionary.
    tables: Vec<TableAnswer>,
    /// Whether these tables are those that the reports need.
    reports: bool,
}

/// One table.
#[derive(Debug, Serialize, ToSchema)]
struct TableAnswer {
    /// Its name.
    #[schema(example = "jobs")]
    name: String,
    /// The field that is its primary key.
    #[schema(example = "job_id")]
    key: String,
    /// Its fields, in order.
    fields: Vec<FieldAnswer>,
    /// How many rows it has.
    rows: u64,
    /// The files that were loaded since it was last restored, newest first.
    loads: Vec<LoadAnswer>,
}

/// One field.
#[derive(Debug, Serialize, ToSchema)]
struct FieldAnswer {
    /// Its name.
    name: String,
    /// `integer`, `string` or `date-time`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// Whether it may be empty.
    nullable: bool,
}

/// A file that was loaded.
#[derive(Debug, Serialize, ToSchema)]
struct LoadAnswer {
    /// The file's name.
    file: String,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    loaded_at: i64,
    /// Rows that were inserted.
    rows: u64,
    /// Rows that were rejected.
    rejected: u64,
    /// Faults by column and reason.
    reasons: BTreeMap<String, u64>,
}

/// All tables: fields, rows, and what was loaded and rejected
#[utoipa::path(
    get,
    path = "/tables",
    operation_id = "tables",
    tag = "rows",
    responses((status = 200, description = "All tables.", body = TablesAnswer))
)]
pub(crate) async fn list(state: Data<RestState>) -> Result<HttpResponse, ApiError> {
    let warehouse = state.warehouse.clone();
    let work = async move {
        let mut answers = Vec::new();
        for table in warehouse.dictionary.tables() {
            answers.push((table.clone(), warehouse.summary(table).await?));
        }
        Ok(answers)
    };
    let summaries = state.run(work).await?.map_err(error::store)?;
    let tables = summaries.into_iter().map(|(table, summary)| TableAnswer {
        name: table.name().to_string(),
        key: table.key_name().to_string(),
        fields: table
            .fields()
            .iter()
            .map(|field| FieldAnswer {
                name: field.name.to_string(),
                kind: match field.kind {
                    Kind::Integer { .. } => "integer",
                    Kind::Text { .. } => "string",
                    Kind::DateTime => "date-time",
                },
                nullable: field.nullable,
            })
            .collect(),
        rows: summary.rows,
        loads: summary
            .loads
            .into_iter()
            .map(|load| LoadAnswer {
                file: load.file,
                loaded_at: load.loaded_at,
                rows: load.rows,
                rejected: load.rejected,
                reasons: load.reasons,
            })
            .collect(),
    });
    Ok(HttpResponse::Ok().json(TablesAnswer {
        tables: tables.collect(),
        reports: hr::is_reportable(&state.warehouse.dictionary),
    }))
}
