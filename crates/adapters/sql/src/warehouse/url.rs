//! Parses the URL of a warehouse's database.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use sqlx::mysql::MySqlConnectOptions;
use sqlx::postgres::PgConnectOptions;
use warehouse_ports::StoreError;

use crate::url;

pub(super) enum Target {
    Sqlite(PathBuf),
    Postgres(Box<PgConnectOptions>),
    Mysql(Box<MySqlConnectOptions>),
}

const PARAMETERS: [&str; 4] = ["ssl-mode", "ssl-ca", "ssl-cert", "ssl-key"];

pub(super) fn parse(url: &SecretString) -> Result<Target, StoreError> {
    let text = url.expose_secret();
    let Some((scheme, rest)) = text.split_once(':') else {
        // It may be a password entered by mistake, so none of it is shown.
        return Err(unknown("has no scheme"));
    };
    match scheme {
        "mysql" | "mariadb" => crate::url::server(&format!("mysql:{rest}"), rest, &PARAMETERS)
            .map(|options| Target::Mysql(Box::new(options)))
            .map_err(|why| unknown(&why)),
        "sqlite" | "postgres" | "postgresql" => match url::parse(url) {
            Ok(url::Target::Sqlite(file)) => Ok(Target::Sqlite(file)),
            Ok(url::Target::Postgres(options)) => Ok(Target::Postgres(options)),
            Err(error) => Err(StoreError::Refused(error.message)),
        },
        _ => Err(unknown("has an unknown scheme")),
    }
}

fn unknown(why: &str) -> StoreError {
    StoreError::Refused(format!(
        "the URL of the database {why}; expected sqlite:FILE, \
         postgres://USER:PASSWORD@HOST:PORT/DATABASE or mysql://USER:PASSWORD@HOST:PORT/DATABASE"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_kinds_of_database_have_urls_and_no_error_shows_a_password() {
        for (url, fits) in [
            ("sqlite:a.db", true),
            ("postgres://u:sesame@h/d", true),
            ("mysql://u:sesame@h:3306/d", true),
            ("mariadb://u:sesame@h/d?ssl-mode=REQUIRED", true),
            ("sesame", false),
            ("sesame:x", false),
            ("mysql:u:sesame@h/d", false),
            ("mysql://u:x/sesame@h/d", false),
            ("mysql://u:sesame@h/d?password=sesame", false),
            ("mysql://u:x@h:sesame/d", false),
            ("sqlite::memory:", false),
        ] {
            match parse(&SecretString::from(url)) {
                Ok(_) => assert!(fits, "{url}"),
                Err(error) => {
                    assert!(!fits, "{error}");
                    assert!(!error.to_string().contains("sesame"), "{error}");
                    assert!(error.to_string().contains("expected"), "{error}");
                }
            }
        }
    }
}
