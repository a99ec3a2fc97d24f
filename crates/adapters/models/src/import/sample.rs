//! Samples of data, CSV with a header or a JSON object a line: types, ranges, categories with their
//! shares, forms of texts, and shares without a value, as far as the first records show them.

use std::io::{BufRead, BufReader, Read};

use emulator_model::ModelError;
use jsonc_parser::ast::{Object, Value};

use super::column::Column;
use super::draft::{Draft, Field, Kind, Table};
use super::{ImportKind, error};
use crate::json;

/// So many records are looked at,
const RECORDS: u64 = 100_000;
/// and so many values, whichever are passed first.
const VALUES: u64 = 2_000_000;
/// The longest line.
const LINE: u64 = 1 << 20;
/// How deep objects and lists may be within each other; the columns of deeper ones are left out.
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
        whole.add(object, 0);
    }
    Ok(records)
}

/// The fields of records, or of objects within them, in the order in which they came.
#[derive(Default)]
pub(super) struct Columns {
    columns: Vec<(String, Column)>,
    values: u64,
}

impl Columns {
    fn column(&mut self, name: &str) -> &mut Column {
        let found = self.columns.iter().position(|(known, _)| known == name);
        let position = found.unwrap_or_else(|| {
            self.columns.push((name.to_owned(), Column::default()));
            self.columns.len() - 1
        });
        &mut self.columns[position].1
    }

    fn add(&mut self, object: Object<'_>, depth: usize) {
        for property in object.properties {
            self.values += 1;
            let name = property.name.into_string();
            add(self.column(&name), property.value, depth);
        }
    }

    /// The fields, of which each was looked for `records` times.
    pub(super) fn fields(&self, records: u64) -> Vec<Field> {
        let fields = self.columns.iter().filter_map(|(name, column)| {
            let (kind, notes) = column.kind(name)?;
            let mut field = Field::new(name.clone(), kind);
            field.notes = notes;
            let without = records.saturating_sub(column.present());
            if without > 0 {
                field.null = (without as f64 / records as f64 * 1e4).round().max(1.0) / 1e4;
            }
            Some(field)
        });
        fields.collect()
    }
}

fn add(column: &mut Column, value: Value<'_>, depth: usize) {
    match value {
        Value::NullKeyword(_) => {}
        Value::BooleanLit(literal) => column.add_boolean(literal.value),
        Value::NumberLit(literal) => column.add_text(literal.value, true),
        Value::StringLit(literal) => column.add_text(&literal.value, false),
        Value::Object(_) | Value::Array(_) if depth == DEPTH => {}
        Value::Object(object) => column.parts().add(object, depth + 1),
        Value::Array(array) => {
            let elements = column.elements();
            for value in array.elements {
                add(elements, value, depth + 1);
            }
        }
    }
}

/// An array of what its elements are.
pub(super) fn array(element: &Column) -> Option<Kind> {
    let (kind, _) = element.kind("item")?;
    Some(Kind::Array(Field::new("item", kind).into()))
}
