//! What can go wrong with a SQLite file, in sentences.

use std::path::Path;

use pipeline_ports::{PortError, PortErrorKind};

/// The failure of a call. <https://www.sqlite.org/rescode.html>
pub(crate) fn of(file: &Path, error: &sqlx::Error) -> PortError {
    use PortErrorKind::{Refused, Unreachable};
    let (kind, advice) = match primary_code(error) {
        // BUSY, LOCKED, PROTOCOL
        Some(5 | 6 | 15) => (
            Unreachable,
            "another process writes to it; wait, or end that process",
        ),
        // PERM, READONLY, AUTH
        Some(3 | 8 | 23) => (
            Refused,
            "it may not be written; allow the file and its folder to this user, or name another file",
        ),
        // FULL
        Some(13) => (
            Refused,
            "there is no room left; make some, and start again: nothing is lost",
        ),
        // IOERR
        Some(10) => (Refused, "look after the disk, and start again"),
        // CANTOPEN
        Some(14) => (
            Refused,
            "check that it is a file, and that the file and its folder may be written by this user",
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
    };
    PortError {
        kind,
        message: format!(
            "the SQLite database {} cannot be used ({}): {advice}",
            file.display(),
            said(error)
        ),
    }
}

fn primary_code(error: &sqlx::Error) -> Option<i32> {
    let code: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}

/// What SQLite says, without what the library says around it.
fn said(error: &sqlx::Error) -> String {
    match error.as_database_error() {
        Some(error) => error.message().to_owned(),
        None => error.to_string(),
    }
}
