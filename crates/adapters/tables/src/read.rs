//! Reads the rows of a table from a file.

use std::io::BufReader;

use compute_domain::MediaType;
use compute_ports::{Input, ProcessError};

use crate::rows::Rows;
use crate::{csv_rows, json_rows};

/// Buffer size in bytes.
const BUFFER: usize = 64 * 1024;

/// Reads a table and passes its rows to `each`, one by one, with the columns known so far.
///
/// CSV has a header line and commas. JSON is an array of objects, or a sequence of objects; nested
/// members become columns as well, for example `data.amount`.
///
/// # Errors
/// If the file is not such a table, and errors of `each`.
pub fn read_rows(
    input: &mut Input,
    mut each: impl FnMut(&Rows) -> Result<(), ProcessError>,
) -> Result<Rows, ProcessError> {
    let media_type = input.media_type;
    let reader = BufReader::with_capacity(BUFFER, input);
    let mut rows = Rows::default();
    match media_type {
        MediaType::Csv => csv_rows::read(reader, &mut rows, &mut each)?,
        MediaType::Json => json_rows::read(reader, &mut rows, &mut each)?,
        other => {
            let why = format!("{other} is no table; expected text/csv or application/json");
            return Err(ProcessError::data(why));
        }
    }
    Ok(rows)
}
