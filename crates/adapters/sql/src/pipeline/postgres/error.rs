//! Errors of a PostgreSQL database, explained in sentences.

use std::time::Duration;

use pipeline_ports::{PortError, PortErrorKind};

/// Why a call failed.
pub(crate) enum PostgresError {
    /// An error of the server or of the connection.
    Sql(sqlx::Error),
    /// No answer within this time.
    Timeout(Duration),
}

impl From<sqlx::Error> for PostgresError {
    fn from(error: sqlx::Error) -> Self {
        Self::Sql(error)
    }
}

impl PostgresError {
    /// Adds the database's name and advice.
    pub(crate) fn into_port_error(self, database: &str) -> PortError {
        use PortErrorKind::{Refused, Unreachable};
        let error = match self {
            Self::Timeout(limit) => {
                return PortError::unreachable(format!(
                    "the PostgreSQL database {database} did not answer within {} s; check that the \
                     server runs and can be reached, and that no other process keeps it waiting",
                    limit.as_secs()
                ));
            }
            Self::Sql(error) => error,
        };
        let (kind, reason, advice) = match &error {
            sqlx::Error::Database(error) => {
                let code = error.code().unwrap_or_default();
                let (kind, advice) = classify(&code);
                (kind, format!("{}, {code}", error.message()), advice)
            }
            sqlx::Error::Tls(why) => (
                Refused,
                why.to_string(),
                "check the certificate and the URL's sslmode and sslrootcert",
            ),
            sqlx::Error::Io(why) => (
                Unreachable,
                why.to_string(),
                "check the URL's host and port, and that the server runs",
            ),
            // A response that was cut off.
            sqlx::Error::Protocol(why) => (
                Unreachable,
                why.clone(),
                "check that a PostgreSQL server listens there",
            ),
            other => (
                Refused,
                other.to_string(),
                "check that nobody has changed its tables",
            ),
        };
        PortError {
            kind,
            message: format!(
                "the PostgreSQL database {database} cannot be used ({reason}): {advice}"
            ),
        }
    }
}

/// Why the server refuses a row, if that is the error: a constraint (class 23), a value that a
/// constraint or trigger cannot process (22), a view's check option (44), or an exception raised by
/// a trigger.
pub(crate) fn row_refusal(error: &sqlx::Error) -> Option<String> {
    let error = error.as_database_error()?;
    let code = error.code()?;
    let of_a_row = ["22", "23", "44"].contains(&code.get(..2)?) || code == "P0001";
    of_a_row.then(|| error.message().to_owned())
}

/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
fn classify(code: &str) -> (PortErrorKind, &'static str) {
    use PortErrorKind::{Refused, Unreachable};
    match code {
        "28P01" | "28000" => (
            Refused,
            "check the URL's user and password, and the server's pg_hba.conf",
        ),
        "3D000" => (
            Refused,
            "create it with CREATE DATABASE, or name another database",
        ),
        "42501" => (
            Refused,
            "let the user create tables in the schema (GRANT USAGE, CREATE) and read and write the \
             tables (GRANT SELECT, INSERT, UPDATE)",
        ),
        "3F000" => (Refused, "create a schema that is on the user's search_path"),
        "25006" => (
            Refused,
            "the server is read-only; name one that accepts writes",
        ),
        "53100" => (
            Refused,
            "the server's disk is full; free some space and start again: nothing is lost",
        ),
        "57P04" => (Refused, "the database was dropped; create it again"),
        "53200" | "53300" => (Unreachable, "the server is overloaded; waiting for it"),
        "40001" | "40P01" | "55P03" | "57014" | "25P03" => (
            Unreachable,
            "a lock or a time limit was in the way; waiting",
        ),
        _ if code.starts_with("57P") || code.starts_with("08") => (
            Unreachable,
            "the server is starting or stopping, or the connection broke; waiting for it",
        ),
        _ => (
            Refused,
            "check that nobody has changed its tables, and the server's log",
        ),
    }
}
