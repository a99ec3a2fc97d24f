//! Inserts the rows of a request: an array per column, so that any number of rows is one statement.

use sqlx::postgres::PgArguments;
use sqlx::{Arguments, AssertSqlSafe, Postgres, Row as _, Transaction};
use warehouse_domain::batch::{RowBatch, Value};
use warehouse_domain::dictionary::{Kind, Table};
use warehouse_domain::keys::KeySet;
use warehouse_domain::reason::Reason;

use crate::warehouse::engine::Engine;
use crate::warehouse::outcome::Refusal;

/// Inserts the rows with new keys; returns those keys.
pub(super) async fn insert(
    transaction: &mut Transaction<'static, Postgres>,
    table: &Table,
    rows: &RowBatch,
) -> Result<KeySet, sqlx::Error> {
    let arrays = table
        .fields()
        .iter()
        .zip(1..)
        .map(|(field, number)| match field.kind {
            Kind::Integer { .. } => format!("${number}::integer[]"),
            Kind::Text { .. } | Kind::DateTime => format!("${number}::text[]"),
        });
    let arrays = arrays.collect::<Vec<_>>().join(", ");
    let key = Postgres::SQL.quote(table.key_name().as_str());
    let sql = format!(
        "INSERT INTO {} ({}) SELECT * FROM UNNEST({arrays}) ON CONFLICT ({key}) DO NOTHING \
         RETURNING {key}",
        Postgres::SQL.quote(table.name().as_str()),
        Postgres::SQL.columns(table),
    );
    let new = sqlx::query_with(AssertSqlSafe(sql), arguments(table, rows)?)
        .fetch_all(&mut **transaction)
        .await?;
    new.iter().map(|row| row.try_get::<i32, _>(0)).collect()
}

fn arguments(table: &Table, rows: &RowBatch) -> Result<PgArguments, sqlx::Error> {
    let mut arguments = PgArguments::default();
    for (column, field) in table.fields().iter().enumerate() {
        let values = (0..rows.len()).map(|row| rows.value(row, column));
        match field.kind {
            Kind::Integer { .. } => arguments.add(values.map(integer).collect::<Vec<_>>()),
            Kind::Text { .. } | Kind::DateTime => {
                arguments.add(values.map(text).collect::<Vec<_>>())
            }
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

// A row holds only values of its fields' kinds.

fn integer(value: Value<'_>) -> Option<i32> {
    match value {
        Value::Integer(number) => Some(number),
        Value::Null | Value::Text(_) => None,
    }
}

fn text(value: Value<'_>) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        Value::Null | Value::Integer(_) => None,
    }
}

/// Rows that were neither refused nor inserted have keys that already existed.
pub(super) fn add_duplicates(
    table: &Table,
    rows: &RowBatch,
    new: &KeySet,
    refused: &mut Vec<Refusal>,
) {
    for row in 0..rows.len() {
        let known = refused.iter().any(|(place, ..)| *place == row);
        if !known && !new.contains(rows.integer(row, table.key())) {
            refused.push((row, table.key(), Reason::DuplicateInTable));
        }
    }
    refused.sort_by_key(|(place, ..)| *place);
}
