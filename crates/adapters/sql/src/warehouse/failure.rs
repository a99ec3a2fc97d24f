//! Errors of a warehouse's database, explained in sentences.

use std::fmt::Display;

use sqlx::migrate::MigrateError;
use warehouse_ports::StoreError;

/// Adds the database's name and advice.
pub(super) fn store_error(error: &sqlx::Error, database: &str) -> StoreError {
    let (busy, what, advice) = match error {
        sqlx::Error::Database(answer) => {
            return said(
                &answer.code().unwrap_or_default(),
                answer.message(),
                database,
            );
        }
        sqlx::Error::PoolTimedOut => (
            true,
            "no connection became free in time".to_owned(),
            "check that the server runs; if it does, a long load or restore may hold the connection, \
             so try again later",
        ),
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => (
            true,
            error.to_string(),
            "check the URL's host and port, and that the server runs",
        ),
        sqlx::Error::Tls(_) => (
            false,
            error.to_string(),
            "check the server's certificate and the URL's TLS parameters",
        ),
        other => return unexpected(other, database),
    };
    failure(database, busy, &what, advice)
}

/// The error for a response of the database, from its code and message.
pub(super) fn said(code: &str, message: &str, database: &str) -> StoreError {
    let (busy, advice) = about(code);
    failure(database, busy, &format!("{message} ({code})"), advice)
}

/// The error for unexpected contents of a table, or for a response that was not understood.
pub(super) fn unexpected(error: &impl Display, database: &str) -> StoreError {
    let advice = "check that nobody else has changed its tables";
    failure(database, false, &error.to_string(), advice)
}

fn failure(database: &str, busy: bool, what: &str, advice: &str) -> StoreError {
    let message = format!("{database} cannot be used: {what}; {advice}");
    if busy {
        StoreError::Unreachable(message)
    } else {
        StoreError::Refused(message)
    }
}

pub(super) fn migration_error(error: &MigrateError, database: &str) -> StoreError {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
            store_error(error, database)
        }
        other => StoreError::Refused(format!(
            "{database} was prepared by another version of this program ({other}); use that \
             version or another database"
        )),
    }
}

/// Whether waiting may help, and advice. The code is an SQLSTATE with PostgreSQL and MySQL, a
/// number with SQLite.
fn about(code: &str) -> (bool, &'static str) {
    match code {
        // SQLITE_BUSY and SQLITE_LOCKED, with their extended codes.
        "5" | "6" | "261" | "517" | "262" => {
            (true, "another process writes to it; try again later")
        }
        "13" | "53100" => (false, "make room on its disk; nothing was changed"),
        "14" => (false, "check that its folder exists and can be written to"),
        "8" | "25006" => (false, "it can only be read; make it writable"),
        "11" | "26" => (
            false,
            "the file is damaged or not a SQLite database; use another",
        ),
        "40001" | "40P01" | "55P03" | "57014" => {
            (true, "another transaction was in its way; try again later")
        }
        "28P01" | "28000" => (false, "check the URL's user and password"),
        "3D000" | "42000" => (
            false,
            "check that the database exists and the user may use it",
        ),
        "42501" => (false, "let the user create, read and write tables there"),
        "53200" | "53300" | "08004" => (true, "the server is overloaded; try again later"),
        _ if code.starts_with("57P") || code.starts_with("08") => {
            (true, "the server starts or stops; try again later")
        }
        _ => (
            false,
            "check the server's log, and that nobody else has changed its tables",
        ),
    }
}
