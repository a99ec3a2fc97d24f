//! Rows of CSV.

use std::io::Read;

use compute_ports::ProcessError;
use csv::{Error, ErrorKind, ReaderBuilder, StringRecord};

use crate::quotes::{QuoteFault, Quotes};
use crate::rows::{Cell, Rows};

pub(crate) fn read(
    mut reader: impl Read,
    rows: &mut Rows,
    each: &mut impl FnMut(&Rows) -> Result<(), ProcessError>,
) -> Result<(), ProcessError> {
    // Without the byte order mark, a quote after it is the first of the file.
    let mut start = Vec::new();
    reader.by_ref().take(3).read_to_end(&mut start)?;
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&start);
    let mut reader = ReaderBuilder::new().from_reader(Quotes::new(start.chain(reader)));
    for (position, name) in reader.headers().map_err(failure)?.iter().enumerate() {
        if rows.position(name).is_some() {
            let why =
                format!("the header names the column {name:?} twice; each needs its own name");
            return Err(ProcessError::data(why));
        }
        if name.contains(['\n', '\r']) {
            let why =
                "a column's name holds a line end; perhaps a quote in the header is not closed";
            return Err(ProcessError::data(why));
        }
        if name.trim().is_empty() {
            let column = position + 1;
            let why = format!("column {column} has no name in the header; each needs one");
            return Err(ProcessError::data(why));
        }
        rows.column(name)?;
    }
    if rows.names().is_empty() {
        return Err(ProcessError::data(
            "the file is empty; expected CSV with a header line",
        ));
    }
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(failure)? {
        rows.begin_row();
        for (position, field) in record.iter().enumerate() {
            let cell = match field {
                "" => Cell::Missing,
                text => Cell::Bare(text),
            };
            rows.set(position, cell);
        }
        each(rows)?;
    }
    Ok(())
}

fn failure(error: Error) -> ProcessError {
    let line = error.position().map(csv::Position::line);
    let at = line.map_or_else(String::new, |line| format!("line {line}: "));
    match error.into_kind() {
        ErrorKind::Io(error) => match error.downcast::<QuoteFault>() {
            Ok(fault) => ProcessError::data(fault.to_string()),
            Err(error) => ProcessError::Io(error),
        },
        ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => ProcessError::data(format!(
            "{at}got {len} fields, expected {expected_len} as in the header; quote fields that \
             hold commas or line ends"
        )),
        ErrorKind::Utf8 { .. } => {
            ProcessError::data(format!("{at}this is not UTF-8; save the file as UTF-8"))
        }
        _ => ProcessError::data(format!("{at}this is not CSV")),
    }
}
