//! Parsers for the values of options; clap adds which option has the invalid value.

mod imperfections;
mod rate;
mod subject;
mod target;

use std::str::FromStr;

use emulator_domain::plan::{ChunkSize, HeaderValue, RecordCount, Timeout};
use emulator_domain::{InvalidValue, Timestamp};
use emulator_manifest::time;
use platform_runtime::units::plain;

pub(crate) use self::imperfections::imperfections;
pub(crate) use self::rate::rate;
pub use self::subject::Subject;
pub use self::target::Target;

/// Parses a value of the domain.
pub(crate) fn value<T: FromStr<Err = InvalidValue>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: InvalidValue| error.advice())
}

pub(crate) fn bytes(text: &str) -> Result<ChunkSize, String> {
    value(&plain(text, "bytes"))
}

pub(crate) fn seconds(text: &str) -> Result<Timeout, String> {
    value(&plain(text, "seconds"))
}

pub(crate) fn count(text: &str) -> Result<RecordCount, String> {
    value(&plain(text, "records"))
}

/// The number of records before one on the timeline.
pub(crate) fn index(text: &str) -> Result<u64, String> {
    let most = RecordCount::MAX.get();
    let index = plain(text, "records").parse().ok();
    index
        .filter(|index| *index <= most)
        .ok_or_else(|| format!("expected 0 to {most} records"))
}

pub(crate) fn header(text: &str) -> Result<(String, HeaderValue), String> {
    match text.split_once('=') {
        Some((name, value)) => Ok((name.to_owned(), value.into())),
        None => {
            Err("expected NAME=VALUE, such as source=emulator or 'country=$country'".to_owned())
        }
    }
}

pub(crate) fn point_in_time(text: &str) -> Result<Timestamp, String> {
    time::parse(text).map_err(|error| error.advice())
}

/// A field, and the name of its column.
pub(crate) fn column(text: &str) -> Result<(String, Option<String>), String> {
    match text.split_once('=') {
        Some((field, column)) if !field.is_empty() => {
            let column = Some(column.to_owned()).filter(|column| !column.is_empty());
            Ok((field.to_owned(), column))
        }
        _ => Err("expected FIELD=COLUMN, or FIELD= to leave a field out".to_owned()),
    }
}
