//! Request bodies with rows, as JSON or CSV: read completely, within limits of size and time.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpMessage, HttpRequest, web};
use platform_http::{ApiError, excerpt};
use warehouse_application::ingest::Incoming;
use warehouse_domain::csv::{self, Format};
use warehouse_domain::dictionary::Table;

use crate::rows;

/// Maximum size of a body in bytes: a thousand rows of long texts.
const LIMIT: usize = 16 * 1024 * 1024;

/// How long a body may take to arrive.
const TIME: Duration = Duration::from_secs(30);

/// The format of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Json,
    Csv,
}

/// A body without a media type counts as JSON.
pub(crate) fn kind(request: &HttpRequest) -> Result<Kind, ApiError> {
    let Some(found) = request.headers().get(CONTENT_TYPE) else {
        return Ok(Kind::Json);
    };
    let mime = request.mime_type().ok().flatten();
    match mime.as_ref().map(|mime| mime.essence_str()) {
        Some("application/json") => Ok(Kind::Json),
        Some("text/csv") => Ok(Kind::Csv),
        _ => {
            let found = excerpt(&String::from_utf8_lossy(found.as_bytes()));
            let detail =
                format!("invalid Content-Type {found:?}; expected application/json or text/csv");
            Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail))
        }
    }
}

pub(crate) async fn read(payload: web::Payload) -> Result<web::Bytes, ApiError> {
    let whole = tokio::time::timeout(TIME, payload.to_bytes_limited(LIMIT)).await;
    let (status, detail) = match whole {
        Ok(Ok(Ok(bytes))) => return Ok(bytes),
        Ok(Ok(Err(error))) => (
            StatusCode::BAD_REQUEST,
            format!("the body cannot be read: {error}"),
        ),
        Ok(Err(_)) => (
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the body is larger than {LIMIT} bytes; split it over several requests"),
        ),
        Err(_) => (
            StatusCode::REQUEST_TIMEOUT,
            format!("the body did not arrive within {} seconds", TIME.as_secs()),
        ),
    };
    Err(ApiError::new(status, detail))
}

/// Parses the rows of a body. The index of a row in CSV is its line number, counted from 0; a byte
/// order mark in front is not part of the first line.
pub(crate) fn parse(table: &Table, kind: Kind, body: &[u8]) -> Result<Incoming, ApiError> {
    Ok(match kind {
        Kind::Json => rows::parse(table, body)?,
        Kind::Csv => {
            let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
            let parsed = csv::parse(table, Format::default(), body);
            Incoming {
                rows: parsed.rows,
                places: parsed.lines,
                rejections: parsed.rejections,
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use warehouse_domain::hr;

    use super::*;

    #[test]
    fn a_byte_order_mark_costs_no_row_of_csv() {
        let dictionary = hr::dictionary();
        let jobs = dictionary.table("jobs").unwrap();
        let cases: [(&str, &[u32], &[u64]); 7] = [
            ("1,Cook\n2,Waiter\n", &[0, 1], &[]),
            ("\u{feff}1,Cook\n2,Waiter\n", &[0, 1], &[]),
            ("\u{feff}\"1\",\"Cook\"\r\n", &[0], &[]),
            ("\u{feff}x,Cook\n2,Waiter\n", &[1], &[0]),
            // Anywhere else, and a second time, it is text.
            ("1,Cook\n\u{feff}2,Waiter\n", &[0], &[1]),
            ("\u{feff}\u{feff}1,Cook\n", &[], &[0]),
            ("\u{feff}", &[], &[]),
        ];
        for (body, places, rejected) in cases {
            let incoming = parse(jobs, Kind::Csv, body.as_bytes()).unwrap();
            assert_eq!(incoming.places, places, "{body:?}");
            let rows = incoming.rejections.iter().map(|rejection| rejection.row);
            assert_eq!(rows.collect::<Vec<_>>(), rejected, "{body:?}");
        }
    }
}
