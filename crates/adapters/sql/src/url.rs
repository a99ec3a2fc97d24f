//! Parses database URLs.

use std::path::PathBuf;
use std::str::FromStr;

use pipeline_ports::PortError;
use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::PgConnectOptions;

/// The database that a URL names.
#[derive(Debug)]
pub(crate) enum Target {
    Sqlite(PathBuf),
    Postgres(Box<PgConnectOptions>),
}

const ALLOWED: &str = "expected sqlite:FILE or postgres://USER:PASSWORD@HOST:PORT/DATABASE";

/// Query parameters allowed in a PostgreSQL URL. The library logs unknown ones together with their
/// values.
const PARAMETERS: [&str; 5] = ["host", "sslmode", "sslrootcert", "sslcert", "sslkey"];

pub(crate) fn parse(url: &SecretString) -> Result<Target, PortError> {
    let url = url.expose_secret();
    // A URL without a scheme may be a password entered by mistake, so none of it is shown.
    let Some((scheme, rest)) = url.split_once(':') else {
        return Err(PortError::refused(format!(
            "the URL of the database has no scheme; {ALLOWED}"
        )));
    };
    match scheme {
        "sqlite" => sqlite(rest.strip_prefix("//").unwrap_or(rest)),
        "postgres" | "postgresql" => postgres(url, rest),
        _ => {
            let start: String = scheme.chars().take(20).collect();
            Err(PortError::refused(format!(
                "the URL of the database begins with {start:?}; {ALLOWED}"
            )))
        }
    }
}

fn sqlite(path: &str) -> Result<Target, PortError> {
    let why = match path {
        "" => "names no file",
        ":memory:" => "names no file, and rows must survive the process",
        // SQLite would parse it as a URL itself.
        _ if path.starts_with("file:") => "has a second scheme, file:",
        _ if path.contains(['?', '\0']) => "has parameters or a zero byte",
        _ => return Ok(Target::Sqlite(PathBuf::from(path))),
    };
    Err(PortError::refused(format!(
        "the URL of the database, {:?}, {why}; expected sqlite:FILE, for example \
         sqlite:pipeline.db",
        format!("sqlite:{path}")
    )))
}

fn postgres(url: &str, rest: &str) -> Result<Target, PortError> {
    server(url, rest, &PARAMETERS)
        .map(|options| Target::Postgres(Box::new(options)))
        .map_err(|why| {
            PortError::refused(format!(
                "the URL of the PostgreSQL database {why}; expected \
                 postgres://USER:PASSWORD@HOST:PORT/DATABASE"
            ))
        })
}

/// The options in a server's URL, where `rest` is what follows scheme and colon; or why they cannot
/// be used.
pub(crate) fn server<T: FromStr<Err = sqlx::Error>>(
    url: &str,
    rest: &str,
    allowed: &[&str],
) -> Result<T, String> {
    let Some(rest) = rest.strip_prefix("//") else {
        return Err("has no // after its scheme".to_owned());
    };
    // Otherwise part of a password would be taken for the database name and shown.
    if let Some(end) = rest.find(['/', '?', '#'])
        && rest[end..].contains('@')
    {
        return Err(
            "has an @ after a /, ? or #, which in a password must be written as %2F, %3F and %23 \
             (and elsewhere @ as %40)"
                .to_owned(),
        );
    }
    let parameters = rest.split_once('?').map_or("", |(_, it)| it);
    for parameter in parameters.split('&').filter(|it| !it.is_empty()) {
        let name = parameter
            .split_once('=')
            .map_or(parameter, |(name, _)| name);
        if !allowed.contains(&name) {
            return Err(format!(
                "has an unknown parameter; known are {}",
                allowed.join(", ")
            ));
        }
    }
    url.parse().map_err(|error| match error {
        sqlx::Error::Configuration(why) => format!("cannot be read ({why})"),
        _ => "cannot be read".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_text(url: &str) -> Result<Target, String> {
        parse(&SecretString::from(url)).map_err(|error| error.message)
    }

    #[test]
    fn a_path_is_taken_as_it_is_written() {
        for (url, path) in [
            ("sqlite:a.db", "a.db"),
            ("sqlite://a/b.db", "a/b.db"),
            ("sqlite:///a/b c%20.db", "/a/b c%20.db"),
        ] {
            let Ok(Target::Sqlite(file)) = parse_text(url) else {
                panic!("{url}");
            };
            assert_eq!(file, PathBuf::from(path));
        }
    }

    #[test]
    fn any_other_url_is_refused_with_what_is_expected_and_without_its_password() {
        for url in [
            "sesame",
            "",
            "mysql://user:sesame@host/db",
            "sqlite:",
            "sqlite::memory:",
            "sqlite:file:x",
            "sqlite:x?mode=memory",
            "postgres:user:sesame@host/db",
            "postgres://user:12/sesame@host/db",
            "postgres://user:12#sesame@host/db",
            "postgres://user:12?sesame@host/db",
            "postgres://user:x@host:sesame/db",
            "postgres://user@host/db?password=sesame",
            "postgres://user:sesame@host/db?sslmode=sometimes",
        ] {
            let message = parse_text(url).unwrap_err();
            assert!(!message.contains("sesame"), "{message}");
            assert!(
                message.contains("; expected") || message.contains("; known"),
                "{message}"
            );
        }
    }
}
