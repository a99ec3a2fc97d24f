//! All rows of a table, by one statement.

use std::sync::Arc;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error};
use sqlx::Sqlite;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;
use warehouse_domain::batch::{RowBatch, Value};
use warehouse_domain::dictionary::{Kind, Table};
use warehouse_ports::StoreError;

use super::connection::{connect, store_error};
use crate::warehouse::batches::{Batches, ROWS, Sender};
use crate::warehouse::engine::Engine;
use crate::warehouse::store::SqlStore;

/// Returns once the first row was looked for, with which it is settled which rows they are.
pub(in crate::warehouse) async fn open(
    store: &SqlStore<Sqlite>,
    table: &Table,
) -> Result<Batches, StoreError> {
    let connection = connect(store)?;
    let (sender, batches) = Batches::of(&store.name);
    let (begun, has_begun) = oneshot::channel();
    let (name, table) = (Arc::clone(&store.name), table.clone());
    spawn_blocking(move || {
        let read = read(&connection, &table, begun, &sender);
        let end = read.map_err(|error| store_error(&error, &name));
        // Who has gone needs no end.
        let _ = sender.blocking_send(end.map(|()| None));
    });
    // If it did not begin, the first batch says why.
    let _ = has_begun.await;
    Ok(batches)
}

fn read(
    connection: &Connection,
    table: &Table,
    begun: oneshot::Sender<()>,
    sender: &Sender,
) -> Result<(), Error> {
    let columns = table.fields().len();
    let mut statement = connection.prepare(&Sqlite::SQL.all(table))?;
    let mut rows = statement.query([])?;
    let mut row = rows.next()?;
    let _ = begun.send(());
    let mut batch = RowBatch::new(columns);
    while let Some(read) = row {
        for (at, field) in table.fields().iter().enumerate() {
            let value = read.get_ref(at)?;
            batch.push(match (value, field.kind) {
                (ValueRef::Null, _) => Value::Null,
                (ValueRef::Integer(number), Kind::Integer { .. }) => {
                    let number = i32::try_from(number);
                    Value::Integer(number.map_err(|_| invalid(at, field.name.as_str(), value))?)
                }
                (ValueRef::Text(text), Kind::Text { .. } | Kind::DateTime) => {
                    let text = std::str::from_utf8(text);
                    Value::Text(text.map_err(|error| Error::Utf8Error(at, error))?)
                }
                _ => return Err(invalid(at, field.name.as_str(), value)),
            });
        }
        if batch.len() >= ROWS {
            let full = std::mem::replace(&mut batch, RowBatch::new(columns));
            if sender.blocking_send(Ok(Some(full))).is_err() {
                return Ok(());
            }
        }
        row = rows.next()?;
    }
    if !batch.is_empty() {
        let _ = sender.blocking_send(Ok(Some(batch)));
    }
    Ok(())
}

/// A value that the dictionary does not allow.
fn invalid(column: usize, name: &str, value: ValueRef<'_>) -> Error {
    Error::InvalidColumnType(column, name.to_owned(), value.data_type())
}
