//! Converts errors of the use cases to responses.

use actix_web::http::StatusCode;
use platform_http::ApiError;
use warehouse_application::backup::BackupTableError;
use warehouse_application::ingest::IngestError;
use warehouse_application::migrate::MigrateError;
use warehouse_application::report::ReportError;
use warehouse_application::restore::RestoreError;
use warehouse_ports::{BackupError, StoreError};

pub(crate) fn store(error: StoreError) -> ApiError {
    let detail = error.to_string();
    match error {
        StoreError::Unreachable(_) => {
            tracing::warn!(%error, "the database cannot be used");
            ApiError::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(1)
        }
        StoreError::Refused(_) => {
            tracing::error!(%error, "the database cannot be used");
            ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
        }
        StoreError::KeyReused => ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, detail),
    }
}

pub(crate) fn backup_file(error: BackupError) -> ApiError {
    let status = match error {
        BackupError::NotFound(_) => StatusCode::NOT_FOUND,
        BackupError::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        BackupError::Failed(_) => {
            tracing::error!(%error, "a backup failed");
            StatusCode::INTERNAL_SERVER_ERROR
        }
    };
    ApiError::new(status, error.to_string())
}

pub(crate) fn backup(error: BackupTableError) -> ApiError {
    match error {
        BackupTableError::Store(error) => store(error),
        BackupTableError::Backup(error) => backup_file(error),
    }
}

pub(crate) fn restore(error: RestoreError) -> ApiError {
    match error {
        RestoreError::Store(error) => store(error),
        RestoreError::Backup(error) => backup_file(error),
        RestoreError::DoubledKey { .. } | RestoreError::MissingReference { .. } => {
            ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string())
        }
    }
}

pub(crate) fn ingest(error: IngestError) -> ApiError {
    match error {
        IngestError::Store(error) => store(error),
        IngestError::RowCount(_) => ApiError::new(StatusCode::BAD_REQUEST, error.to_string()),
    }
}

pub(crate) fn report(error: ReportError) -> ApiError {
    match error {
        ReportError::Store(error) => store(error),
        ReportError::NotHr => ApiError::new(StatusCode::NOT_FOUND, error.to_string()),
        ReportError::Year(_) => ApiError::new(StatusCode::BAD_REQUEST, error.to_string()),
    }
}

pub(crate) fn migrate(error: MigrateError) -> ApiError {
    match error {
        MigrateError::Store(error) => store(error),
        other => ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, other.to_string()),
    }
}
