//! The routes of backups.

use std::fmt::Write;

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use platform_http::ApiError;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use warehouse_application::restore::Dangling;
use warehouse_ports::Backup;

use crate::state::now;
use crate::{RestState, error};

/// A backup.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BackupAnswer {
    /// Its name, by which it is restored.
    name: String,
    /// Milliseconds since 1970-01-01T00:00:00Z; null if another program has made it, as are rows
    /// and digest.
    taken_at: Option<i64>,
    /// How many rows it has.
    rows: Option<u64>,
    /// SHA-256 of the file, hexadecimal.
    digest: Option<String>,
    /// How many bytes it has.
    bytes: u64,
}

impl From<Backup> for BackupAnswer {
    fn from(backup: Backup) -> Self {
        Self {
            name: backup.name,
            taken_at: backup.taken_at,
            rows: backup.rows,
            digest: backup.digest,
            bytes: backup.bytes,
        }
    }
}

/// A backup that was made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BackedUpAnswer {
    /// A sentence.
    #[schema(example = "183 records of the table jobs backed up")]
    response: String,
    /// The backup.
    backup: BackupAnswer,
}

/// Back up a table
#[utoipa::path(
    post,
    path = "/backup/{table}",
    operation_id = "back_up",
    tag = "backups",
    params(("table" = String, Path, description = "The table.", example = "jobs")),
    responses(
        (status = 200, description = "The backup is safe on the disk.", body = BackedUpAnswer),
        (status = 404, description = "No such table.", body = platform_http::ErrorBody),
        (status = 500, description = "The backup could not be written; earlier backups are unchanged.", body = platform_http::ErrorBody),
    )
)]
pub(crate) async fn create(
    state: Data<RestState>,
    table: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let table = state.table(&table)?;
    let (warehouse, asked) = (state.warehouse.clone(), table.clone());
    let work = async move { warehouse.backup(asked, now()).await };
    let backup = state.run(work).await?.map_err(error::backup)?;
    let rows = backup.rows.unwrap_or_default();
    Ok(HttpResponse::Ok().json(BackedUpAnswer {
        response: format!("{rows} records of the table {} backed up", table.name()),
        backup: backup.into(),
    }))
}

/// The backups of a table
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BackupsAnswer {
    /// Those of this program, newest first; then others, by name.
    backups: Vec<BackupAnswer>,
}

/// The backups of a table
#[utoipa::path(
    get,
    path = "/backups/{table}",
    operation_id = "backups",
    tag = "backups",
    params(("table" = String, Path, description = "The table.", example = "jobs")),
    responses(
        (status = 200, description = "All backups.", body = BackupsAnswer),
        (status = 404, description = "No such table.", body = platform_http::ErrorBody),
    )
)]
pub(crate) async fn list(
    state: Data<RestState>,
    table: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let table = state.table(&table)?;
    let backups = state.warehouse.backups.clone();
    let work = async move { tokio::task::spawn_blocking(move || backups.list(&table)).await };
    let listed = match state.run(work).await? {
        Ok(listed) => listed.map_err(error::backup_file)?,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    };
    Ok(HttpResponse::Ok().json(BackupsAnswer {
        backups: listed.into_iter().map(BackupAnswer::from).collect(),
    }))
}

/// What is restored.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct RestoreQuery {
    /// The backup's name; without it the newest.
    backup: Option<String>,
}

/// What was restored.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RestoredAnswer {
    /// A sentence.
    #[schema(example = "the table jobs restored: 183 records")]
    response: String,
    /// The backup's name.
    backup: String,
    /// How many rows the table has now.
    rows: u64,
    /// The fields of other tables whose rows refer to rows that the backup does not have, although
    /// the dictionary rejects rows with such references. Restore those tables too.
    dangling: Vec<DanglingAnswer>,
}

/// References that lead to missing rows.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DanglingAnswer {
    /// The table that refers.
    table: String,
    /// Its field.
    column: String,
    /// How many of its rows do.
    rows: u64,
}

impl From<&Dangling> for DanglingAnswer {
    fn from(dangling: &Dangling) -> Self {
        Self {
            table: dangling.table.to_string(),
            column: dangling.column.to_string(),
            rows: dangling.rows,
        }
    }
}

/// Replace a table by a backup
///
/// The file is checked whole before the table is touched; readers see the old rows until all new
/// ones are there.
#[utoipa::path(
    post,
    path = "/restore/{table}",
    operation_id = "restore",
    tag = "backups",
    params(("table" = String, Path, description = "The table.", example = "jobs"), RestoreQuery),
    responses(
        (status = 200, description = "The table has the backup's rows.", body = RestoredAnswer),
        (status = 400, description = "There is no such parameter.", body = platform_http::ErrorBody),
        (status = 404, description = "No such table or backup.", body = platform_http::ErrorBody),
        (status = 422, description = "The backup is damaged; the table is unchanged.", body = platform_http::ErrorBody),
        (status = 503, description = "The database cannot be reached, or is busy.", body = platform_http::ErrorBody),
    )
)]
pub(crate) async fn restore(
    state: Data<RestState>,
    table: Path<String>,
    query: Query<RestoreQuery>,
) -> Result<HttpResponse, ApiError> {
    let table = state.table(&table)?;
    let name = query.into_inner().backup;
    let (warehouse, asked) = (state.warehouse.clone(), table.clone());
    let work = async move { warehouse.restore(asked, name).await };
    let restored = state.run(work).await?.map_err(error::restore)?;
    let mut response = format!(
        "the table {} restored: {} records",
        table.name(),
        restored.rows
    );
    for dangling in &restored.dangling {
        let _ = write!(response, "; it leaves {dangling}");
    }
    Ok(HttpResponse::Ok().json(RestoredAnswer {
        response,
        backup: restored.name,
        rows: restored.rows,
        dangling: restored.dangling.iter().map(Into::into).collect(),
    }))
}
