//! Checks that a table of the database matches the dictionary.

use warehouse_domain::dictionary::{Field, Kind, Table};
use warehouse_ports::StoreError;

/// A column of an existing table.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: String,
    /// `integer` or `text`, or the database's own name for any other type.
    pub(super) kind: String,
    /// The maximum number of characters, if there is a limit.
    pub(super) limit: Option<i64>,
    pub(super) nullable: bool,
    pub(super) key: bool,
}

/// Compares all columns; `database` is the database's name in messages.
pub(super) fn check(table: &Table, columns: &[Column], database: &str) -> Result<(), StoreError> {
    let name = table.name();
    let wrong = if columns.len() != table.fields().len() {
        Some(format!(
            "it has {} columns, expected {}",
            columns.len(),
            table.fields().len()
        ))
    } else {
        let pairs = table.fields().iter().zip(columns).enumerate();
        pairs
            .filter_map(|(at, (field, column))| complaint(field, column, at == table.key()))
            .next()
    };
    match wrong {
        None => Ok(()),
        Some(wrong) => Err(StoreError::Refused(format!(
            "the table {name} in {database} does not match the dictionary: {wrong}; change the \
             table or the dictionary, or use another database"
        ))),
    }
}

fn complaint(field: &Field, column: &Column, key: bool) -> Option<String> {
    let name = &field.name;
    if column.name != name.as_str() {
        return Some(format!(
            "found the column {:?}, expected {name}",
            column.name
        ));
    }
    let kind = match field.kind {
        Kind::Integer { .. } => "integer",
        Kind::Text { .. } | Kind::DateTime => "text",
    };
    if column.kind != kind {
        return Some(format!(
            "the column {name} is {}, expected {kind}",
            column.kind
        ));
    }
    let limit = match field.kind {
        Kind::Text { limit } => i64::from(limit),
        Kind::DateTime => 30,
        Kind::Integer { .. } => 0,
    };
    if let Some(found) = column.limit.filter(|found| *found < limit) {
        return Some(format!(
            "the column {name} holds {found} characters, expected {limit}"
        ));
    }
    if column.key != key {
        return Some(format!(
            "the column {name} is {}the primary key, but should {}be",
            if column.key { "" } else { "not " },
            if key { "" } else { "not " },
        ));
    }
    if column.nullable != field.nullable {
        let (found, expected) = if field.nullable {
            ("NOT NULL", "nullable")
        } else {
            ("nullable", "NOT NULL")
        };
        return Some(format!("the column {name} is {found}, expected {expected}"));
    }
    None
}
