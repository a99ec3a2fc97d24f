//! Parses lines of CSV files.
//!
//! A record is a line: fields cannot contain line breaks, because control characters are rejected.
//! A quote that is not closed on its line therefore costs that line only, and line numbers stay
//! correct.

use std::borrow::Cow;

use crate::batch::RowBatch;
use crate::check::Given;
use crate::dictionary::{MOST_FIELDS, Table};
use crate::reason::{Fault, Reason, Rejection};

/// Maximum length of a line in bytes.
pub const LONGEST_LINE: usize = 1024 * 1024;

/// How many bytes of a rejected line are kept.
const KEPT: usize = 4096;

/// The CSV dialect of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// The separator of cells: an ASCII character other than a quote or line break.
    pub separator: u8,
    /// Whether the first line names the fields.
    pub header: bool,
}

impl Default for Format {
    fn default() -> Self {
        Self {
            separator: b',',
            header: false,
        }
    }
}

/// The result of parsing some lines.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The rows that are valid on their own, in order.
    pub rows: RowBatch,
    /// The line number of each row, counted from 0 for the first of these lines.
    pub lines: Vec<u32>,
    /// Lines that are not valid rows, in order; numbered like `lines`.
    pub rejections: Vec<Rejection>,
    /// How many lines there were.
    pub count: u64,
    /// How many of them were empty.
    pub empty: u64,
}

/// Parses complete lines. Empty ones are skipped, but counted.
pub fn parse(table: &Table, format: Format, bytes: &[u8]) -> Parsed {
    let mut parsed = Parsed {
        rows: RowBatch::new(table.fields().len()),
        lines: Vec::new(),
        rejections: Vec::new(),
        count: 0,
        empty: 0,
    };
    let mut faults = Vec::new();
    for line in lines(bytes) {
        let number = parsed.count;
        parsed.count += 1;
        if line.is_empty() {
            parsed.empty += 1;
            continue;
        }
        if line.len() > LONGEST_LINE {
            parsed.rejections.push(too_long(number, line));
            continue;
        }
        if read_line(table, format.separator, line, &mut parsed.rows, &mut faults) {
            parsed
                .lines
                .push(u32::try_from(number).expect("a piece has fewer than 2^32 lines"));
        } else {
            parsed.rejections.push(Rejection {
                row: number,
                faults: std::mem::take(&mut faults),
                original: original(line),
            });
        }
    }
    parsed
}

/// The line with that number, from 0, of the parsed bytes, as a rejection shows it.
pub fn shown_line(bytes: &[u8], number: u32) -> String {
    lines(bytes)
        .nth(number as usize)
        .map(original)
        .unwrap_or_default()
}

/// The rejection of an overlong line that begins with `start`.
pub fn too_long(row: u64, start: &[u8]) -> Rejection {
    let reason = Reason::LineTooLong {
        limit: LONGEST_LINE,
    };
    Rejection {
        row,
        faults: vec![Fault::of_row(reason)],
        original: original(start),
    }
}

/// Whether a header names the fields of the table, in order.
pub fn is_header(table: &Table, format: Format, line: &[u8]) -> bool {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let Ok(line) = str::from_utf8(line) else {
        return false;
    };
    let mut cells = Vec::new();
    split(line, format.separator, &mut cells)
        && cells.len() == table.fields().len()
        && table
            .fields()
            .iter()
            .zip(cells)
            .all(|(field, cell)| field.name.as_str() == cell)
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut start = 0;
    let ends = memchr::memchr_iter(b'\n', bytes).map(|end| (end, end + 1));
    let last = !bytes.is_empty() && !bytes.ends_with(b"\n");
    ends.chain(last.then_some((bytes.len(), bytes.len())))
        .map(move |(end, next)| {
            let line = &bytes[start..end];
            start = next;
            line.strip_suffix(b"\r").unwrap_or(line)
        })
}

fn read_line(
    table: &Table,
    separator: u8,
    line: &[u8],
    rows: &mut RowBatch,
    faults: &mut Vec<Fault>,
) -> bool {
    let Ok(text) = str::from_utf8(line) else {
        faults.push(invalid_utf8(table, separator, line));
        return false;
    };
    let expected = table.fields().len();
    if memchr::memchr(b'"', line).is_none() {
        let mut ends = [0_usize; MOST_FIELDS];
        let mut found = 0;
        for at in memchr::memchr_iter(separator, line).chain([line.len()]) {
            if found < expected {
                ends[found] = at;
            }
            found += 1;
        }
        if found != expected {
            faults.push(Fault::of_row(Reason::ColumnCount { expected, found }));
            return false;
        }
        let mut start = 0;
        let cells = ends[..expected].iter().map(|end| {
            let cell = &text[start..*end];
            start = end + 1;
            Given::Written(cell)
        });
        return table.read_row(cells, rows, faults);
    }
    let mut cells = Vec::with_capacity(expected);
    if !split(text, separator, &mut cells) {
        faults.push(Fault::of_row(Reason::UnclosedQuote));
        return false;
    }
    if cells.len() != expected {
        let found = cells.len();
        faults.push(Fault::of_row(Reason::ColumnCount { expected, found }));
        return false;
    }
    table.read_row(cells.iter().map(|cell| Given::Written(cell)), rows, faults)
}

/// Splits a line into cells; `false` if a quote is open at its end or followed by text. A quote
/// inside a cell that does not begin with one is part of the text.
fn split<'a>(line: &'a str, separator: u8, cells: &mut Vec<Cow<'a, str>>) -> bool {
    let mut rest = line;
    loop {
        let Some(quoted) = rest.strip_prefix('"') else {
            match memchr::memchr(separator, rest.as_bytes()) {
                Some(end) => {
                    cells.push(Cow::Borrowed(&rest[..end]));
                    rest = &rest[end + 1..];
                    continue;
                }
                None => {
                    cells.push(Cow::Borrowed(rest));
                    return true;
                }
            }
        };
        let Some((cell, after)) = unquote(quoted) else {
            return false;
        };
        cells.push(cell);
        match after.as_bytes().first() {
            None => return true,
            Some(next) if *next == separator => rest = &after[1..],
            Some(_) => return false,
        }
    }
}

/// The text up to the closing quote, and what follows; a doubled quote stands for one.
fn unquote(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let mut cell = Cow::Borrowed("");
    let mut rest = text;
    loop {
        let end = memchr::memchr(b'"', rest.as_bytes())?;
        if cell.is_empty() {
            cell = Cow::Borrowed(&rest[..end]);
        } else {
            cell.to_mut().push_str(&rest[..end]);
        }
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(after) => {
                cell.to_mut().push('"');
                rest = after;
            }
            None => return Some((cell, rest)),
        }
    }
}

fn invalid_utf8(table: &Table, separator: u8, line: &[u8]) -> Fault {
    let mut cells = line.split(|byte| *byte == separator);
    let at = cells.position(|cell| str::from_utf8(cell).is_err());
    let field = at.and_then(|at| table.fields().get(at));
    let value = at.and_then(|at| line.split(|byte| *byte == separator).nth(at));
    match (field, value) {
        (Some(field), Some(value)) => Fault::of_cell(
            field.name.as_str(),
            &String::from_utf8_lossy(value),
            Reason::InvalidUtf8,
        ),
        _ => Fault::of_row(Reason::InvalidUtf8),
    }
}

fn original(line: &[u8]) -> String {
    String::from_utf8_lossy(&line[..line.len().min(KEPT)]).into_owned()
}

#[cfg(test)]
mod tests;
