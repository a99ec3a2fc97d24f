//! What can go wrong with a PostgreSQL database, in sentences.

use std::time::Duration;

use pipeline_ports::{PortError, PortErrorKind};

/// Why a call failed.
pub(crate) enum Failure {
    /// The server, or the way to it.
    Said(sqlx::Error),
    /// No answer in this time.
    Late(Duration),
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Said(error)
    }
}

impl Failure {
    /// With the database's name and what to do.
    pub(crate) fn of(self, database: &str) -> PortError {
        use PortErrorKind::{Refused, Unreachable};
        let error = match self {
            Self::Late(limit) => {
                return PortError::unreachable(format!(
                    "the PostgreSQL database {database} did not answer within {} s; check that the \
                     server runs and can be reached, and that no other process keeps it waiting",
                    limit.as_secs()
                ));
            }
            Self::Said(error) => error,
        };
        let (kind, said, advice) = match &error {
            sqlx::Error::Database(said) => {
                let code = said.code().unwrap_or_default();
                let (kind, advice) = about(&code);
                (kind, format!("{}, {code}", said.message()), advice)
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
            // An answer that was cut off in its middle.
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
                "the PostgreSQL database {database} cannot be used ({said}): {advice}"
            ),
        }
    }
}

/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
fn about(code: &str) -> (PortErrorKind, &'static str) {
    use PortErrorKind::{Refused, Unreachable};
    match code {
        "28P01" | "28000" => (
            Refused,
            "check the URL's user and password, and the server's pg_hba.conf",
        ),
        "3D000" => (Refused, "make it with CREATE DATABASE, or name another one"),
        "42501" => (
            Refused,
            "let the user make tables in the schema (GRANT USAGE, CREATE) and read and write the \
             tables (GRANT SELECT, INSERT, UPDATE)",
        ),
        "3F000" => (Refused, "make a schema that is on the user's search_path"),
        "25006" => (Refused, "the server only reads; name one that also writes"),
        "53100" => (
            Refused,
            "the server has no room left; make some, and start again: nothing is lost",
        ),
        "57P04" => (Refused, "the database was dropped; make it again"),
        "53200" | "53300" => (Unreachable, "the server is overloaded; wait for it"),
        "40001" | "40P01" | "55P03" | "57014" | "25P03" => (
            Unreachable,
            "another process was in its way, or it took long; wait",
        ),
        _ if code.starts_with("57P") || code.starts_with("08") => (
            Unreachable,
            "the server starts or stops, or the connection broke; wait for it",
        ),
        _ => (
            Refused,
            "check that nobody has changed its tables, and the server's log",
        ),
    }
}
