//! Errors of a SQLite file, explained in sentences.

use std::path::Path;

use pipeline_ports::{PortError, PortErrorKind};

/// Why a call failed. <https://www.sqlite.org/rescode.html>
pub(crate) struct SqliteError(sqlx::Error);

impl From<sqlx::Error> for SqliteError {
    fn from(error: sqlx::Error) -> Self {
        Self(error)
    }
}

impl SqliteError {
    /// Adds the file's name and advice.
    pub(crate) fn into_port_error(self, file: &Path) -> PortError {
        let (kind, advice) = classify(primary_code(&self.0));
        PortError {
            kind,
            message: format!(
                "the SQLite database {} cannot be used ({}): {advice}",
                file.display(),
                message(&self.0)
            ),
        }
    }
}

fn primary_code(error: &sqlx::Error) -> Option<i32> {
    let code: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}

/// SQLite's message, without what the library wraps around it.
fn message(error: &sqlx::Error) -> String {
    match error.as_database_error() {
        Some(error) => error.message().to_owned(),
        None => error.to_string(),
    }
}

/// Why the database refuses a row, if that is the error: a constraint or trigger (CONSTRAINT), or a
/// value of the wrong type for a column (MISMATCH).
pub(crate) fn row_refusal(error: &sqlx::Error) -> Option<String> {
    matches!(primary_code(error), Some(19 | 20)).then(|| message(error))
}

fn classify(primary_code: Option<i32>) -> (PortErrorKind, &'static str) {
    use PortErrorKind::{Refused, Unreachable};
    match primary_code {
        // BUSY, LOCKED, PROTOCOL
        Some(5 | 6 | 15) => (
            Unreachable,
            "another process is writing to it; wait, or end that process",
        ),
        // PERM, READONLY, AUTH
        Some(3 | 8 | 23) => (
            Refused,
            "it is read-only; give this user write access to the file and its folder, or name another file",
        ),
        // FULL
        Some(13) => (
            Refused,
            "the disk is full; free some space and start again: nothing is lost",
        ),
        // IOERR
        Some(10) => (Refused, "check the disk, and start again"),
        // CANTOPEN
        Some(14) => (
            Refused,
            "check that it is a file, and that this user may write the file and its folder",
        ),
        // CORRUPT
        Some(11) => (
            Refused,
            "it is damaged and was left as it is; put a copy from a backup in its place, or name \
             another file",
        ),
        // NOTADB
        Some(26) => (
            Refused,
            "it is another kind of file and was left as it is; name another file",
        ),
        _ => (
            Refused,
            "check that nobody has changed its tables, and start again",
        ),
    }
}
