//! Reads all rows of a table over two connections with the same snapshot.

use std::sync::Arc;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, Statement, params};
use sqlx::Sqlite;
use tokio::task::spawn_blocking;
use warehouse_domain::batch::{RowBatch, Value};
use warehouse_domain::dictionary::{Kind, Table};
use warehouse_ports::StoreError;

use super::connection::{connect, store_error};
use crate::warehouse::batches::{Batches, ROWS, Sender};
use crate::warehouse::engine::{Engine, SqlStore};

/// Number of concurrent readers; each reads every second batch.
const READERS: usize = 2;

/// Returns once the set of rows is fixed (the snapshot).
pub(in crate::warehouse) async fn open(
    store: &SqlStore<Sqlite>,
    table: &Table,
) -> Result<Batches, StoreError> {
    let connections = [(); READERS].map(|()| connect(store));
    let [first, second] = connections;
    let (first, second, name) = (first?, second?, Arc::clone(&store.name));
    let begun = spawn_blocking(move || {
        begin_together(&first, &second).map_err(|error| store_error(&error, &name))?;
        Ok([first, second])
    });
    let connections = begun
        .await
        .unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))?;
    let (senders, batches) = Batches::of::<READERS>(&store.name);
    for (turn, (connection, sender)) in connections.into_iter().zip(senders).enumerate() {
        let (name, table) = (Arc::clone(&store.name), table.clone());
        spawn_blocking(move || {
            let read = read(&connection, &table, turn, &sender);
            let end = read.map_err(|error| store_error(&error, &name));
            // Fails if the receiver is gone.
            let _ = sender.blocking_send(end.map(|()| None));
        });
    }
    Ok(batches)
}

/// Begins a read transaction on both with the same snapshot: the second connection checks that
/// nothing was written while the first one began.
fn begin_together(first: &Connection, second: &Connection) -> Result<(), Error> {
    // The query starts the read transaction; its result changes when others have written.
    let version = |connection: &Connection| -> Result<i64, Error> {
        connection.pragma_query_value(None, "data_version", |row| row.get(0))
    };
    loop {
        let before = version(second)?;
        first.execute_batch("BEGIN")?;
        version(first)?;
        second.execute_batch("BEGIN")?;
        if version(second)? == before {
            return Ok(());
        }
        first.execute_batch("COMMIT")?;
        second.execute_batch("COMMIT")?;
    }
}

/// Reads the batches of one of the readers.
fn read(connection: &Connection, table: &Table, turn: usize, sender: &Sender) -> Result<(), Error> {
    let mut statement = connection.prepare(&Sqlite::SQL.page_after(table))?;
    let (mut last, mut skipped) = (i64::from(i32::MIN) - 1, turn * ROWS);
    loop {
        let batch = page(&mut statement, table, last, skipped)?;
        let Some(end) = batch.len().checked_sub(1) else {
            return Ok(());
        };
        last = batch.integer(end, table.key()).into();
        skipped = (READERS - 1) * ROWS;
        if sender.blocking_send(Ok(Some(batch))).is_err() {
            return Ok(());
        }
    }
}

fn page(
    statement: &mut Statement<'_>,
    table: &Table,
    after: i64,
    skipped: usize,
) -> Result<RowBatch, Error> {
    let mut batch = RowBatch::new(table.fields().len());
    let mut rows = statement.query(params![after, ROWS as i64, skipped as i64])?;
    while let Some(row) = rows.next()? {
        for (at, field) in table.fields().iter().enumerate() {
            let value = row.get_ref(at)?;
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
    }
    Ok(batch)
}

/// A value that the dictionary does not allow.
fn invalid(column: usize, name: &str, value: ValueRef<'_>) -> Error {
    Error::InvalidColumnType(column, name.to_owned(), value.data_type())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn both_connections_see_one_moment_while_others_write() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Connection::open(folder.path().join("rows.db")).unwrap();
        let (writer, first, second) = (open(), open(), open());
        let table = "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; \
                     CREATE TABLE counts (number INTEGER); INSERT INTO counts VALUES (0)";
        writer.execute_batch(table).unwrap();
        let done = AtomicBool::new(false);
        let done = &done;
        std::thread::scope(|scope| {
            scope.spawn(move || {
                // Not for ever, if the test fails.
                for _ in 0..1_000_000 {
                    if done.load(Ordering::Relaxed) {
                        break;
                    }
                    let count = "UPDATE counts SET number = number + 1";
                    writer.execute(count, []).unwrap();
                }
            });
            for _ in 0..2_000 {
                begin_together(&first, &second).unwrap();
                let [a, b] = [&first, &second].map(|connection| {
                    let number = connection
                        .query_row("SELECT number FROM counts", [], |row| row.get::<_, i64>(0));
                    connection.execute_batch("COMMIT").unwrap();
                    number.unwrap()
                });
                assert_eq!(a, b);
            }
            done.store(true, Ordering::Relaxed);
        });
    }
}
