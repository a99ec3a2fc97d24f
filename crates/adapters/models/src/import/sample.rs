//! Samples of data, as CSV with a header or NDJSON: types, ranges, categories with their shares,
//! patterns of texts, and shares of nulls, as far as the first records show them.

use std::io::{BufRead, BufReader, Read};

use emulator_model::ModelError;
use jsonc_parser::ast::{Object, Value};

use super::column::{Column, Columns};
use super::draft::{Draft, Table};
use super::{ImportKind, error};
use crate::json;

/// The limits of a sample: so many records,
const RECORDS: u64 = 100_000;
/// and so many values, whichever is exceeded first.
const VALUES: u64 = 2_000_000;
/// Maximum length of a line.
const LINE: u64 = 1 << 20;
/// Maximum nesting of objects and lists; deeper columns are left out.
const DEPTH: usize = 16;

pub(super) fn read(file: impl Read, kind: ImportKind, name: &str) -> Result<Draft, ModelError> {
    let mut whole = Columns::default();
    let records = match kind {
        ImportKind::Csv => csv(file, &mut whole),
        _ => ndjson(file, &mut whole),
    }?;
    if records == 0 || whole.columns.is_empty() {
        return Err(error("the sample has no records; expected at least one"));
    }
    let mut table = Table::events(name, whole.fields(records));
    table
        .notes
        .push(format!("From {records} records of the sample."));
    Ok(Draft {
        tables: vec![table],
    })
}

fn csv(file: impl Read, whole: &mut Columns) -> Result<u64, ModelError> {
    let mut reader = csv::Reader::from_reader(file.take(LINE * 1024));
    let wrong = |e: csv::Error| error(format!("this is no CSV: {e}"));
    let header = reader.headers().map_err(wrong)?.clone();
    let mut record = csv::StringRecord::new();
    let mut records = 0;
    while records < RECORDS && whole.values < VALUES {
        if !reader.read_record(&mut record).map_err(wrong)? {
            break;
        }
        records += 1;
        for (name, cell) in header.iter().zip(&record) {
            whole.values += 1;
            let column = whole.column(name);
            match cell {
                "" => {}
                "true" | "false" | "True" | "False" | "TRUE" | "FALSE" => {
                    column.add_boolean(cell.eq_ignore_ascii_case("true"));
                }
                text => column.add_text(text, true),
            }
        }
    }
    Ok(records)
}

fn ndjson(file: impl Read, whole: &mut Columns) -> Result<u64, ModelError> {
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    let (mut records, mut number) = (0, 0);
    while records < RECORDS && whole.values < VALUES {
        line.clear();
        number += 1;
        let wrong = |message: String| error(format!("line {number}: {message}"));
        let read = reader.by_ref().take(LINE).read_until(b'\n', &mut line);
        if read.map_err(|e| wrong(e.to_string()))? == 0 {
            break;
        }
        let text = std::str::from_utf8(&line).map_err(|e| wrong(e.to_string()))?;
        if text.trim().is_empty() {
            continue;
        }
        let value = json::parse(text).map_err(|(_, message)| wrong(message))?;
        let Some(Value::Object(object)) = value else {
            return Err(wrong("expected a JSON object".to_owned()));
        };
        records += 1;
        add_object(whole, object, 0);
    }
    Ok(records)
}

fn add_object(columns: &mut Columns, object: Object<'_>, depth: usize) {
    for property in object.properties {
        columns.values += 1;
        let name = property.name.into_string();
        add(columns.column(&name), property.value, depth);
    }
}

fn add(column: &mut Column, value: Value<'_>, depth: usize) {
    match value {
        Value::NullKeyword(_) => {}
        Value::BooleanLit(literal) => column.add_boolean(literal.value),
        Value::NumberLit(literal) => column.add_text(literal.value, true),
        Value::StringLit(literal) => column.add_text(&literal.value, false),
        Value::Object(_) | Value::Array(_) if depth == DEPTH => {}
        Value::Object(object) => add_object(column.parts(), object, depth + 1),
        Value::Array(array) => {
            let elements = column.elements();
            for value in array.elements {
                add(elements, value, depth + 1);
            }
        }
    }
}
