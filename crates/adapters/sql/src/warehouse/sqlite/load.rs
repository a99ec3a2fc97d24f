//! Bulk loads, each in one transaction on a connection of its own.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::types::{Null, ToSqlOutput};
use rusqlite::{Connection, Error, ToSql, params};
use sqlx::Sqlite;
use sqlx::pool::PoolConnection;
use tokio::task::{JoinHandle, spawn_blocking};
use warehouse_domain::batch::{RowBatch, Value};
use warehouse_domain::dictionary::Table;
use warehouse_domain::keys::KeySet;
use warehouse_ports::{Finish, Load, LoadMode, StoreError};

use super::connection::{connect, store_error};
use crate::warehouse::engine::{Engine, SqlStore};
use crate::warehouse::read;
use crate::warehouse::sql::Purpose;

/// Dropping it closes its connection, which rolls the transaction back.
pub(in crate::warehouse) struct SqliteLoad {
    name: Arc<str>,
    table: Table,
    /// The work in progress; it returns the connection when it ends. `None` after a failure.
    work: Option<JoinHandle<Result<Connection, Error>>>,
    /// The store's only connection for writing: others queue for it.
    _turn: PoolConnection<Sqlite>,
}

impl SqliteLoad {
    pub(in crate::warehouse) async fn open(
        store: &SqlStore<Sqlite>,
        table: &Table,
        mode: LoadMode,
    ) -> Result<Self, StoreError> {
        let turn = store.writers.acquire().await;
        let turn = turn.map_err(|error| store.failure(&error))?;
        let connection = connect(store)?;
        let mut load = Self {
            name: Arc::clone(&store.name),
            table: table.clone(),
            work: Some(spawn_blocking(move || Ok(connection))),
            _turn: turn,
        };
        let table = table.clone();
        load.after(move |connection| {
            connection.execute_batch(Sqlite::SQL.begin(Purpose::Load))?;
            if mode == LoadMode::Replace {
                connection.execute(&Sqlite::SQL.delete(&table), [])?;
                let name = table.name().as_str();
                connection.execute(&Sqlite::SQL.forget_loads(), [name])?;
            }
            Ok(())
        })
        .await?;
        Ok(load)
    }

    /// Waits for the work in progress, then starts `work`.
    async fn start(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<(), Error> + Send + 'static,
    ) -> Result<(), StoreError> {
        let connection = self.connection().await?;
        self.work = Some(spawn_blocking(move || {
            work(&connection)?;
            Ok(connection)
        }));
        Ok(())
    }

    /// The result of `work`, which runs after everything else.
    async fn after<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, StoreError> {
        let connection = self.connection().await?;
        let done = spawn_blocking(move || Ok((work(&connection)?, connection)));
        let (given, connection) = self.ended(done).await?;
        self.work = Some(spawn_blocking(move || Ok(connection)));
        Ok(given)
    }

    async fn connection(&mut self) -> Result<Connection, StoreError> {
        match self.work.take() {
            Some(work) => self.ended(work).await,
            None => Err(StoreError::Refused(format!(
                "a load into {} has failed before",
                self.name
            ))),
        }
    }

    async fn ended<T>(&self, work: JoinHandle<Result<T, Error>>) -> Result<T, StoreError> {
        match work.await {
            Ok(done) => done.map_err(|error| store_error(&error, &self.name)),
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
}

#[async_trait]
impl Load for SqliteLoad {
    async fn keys(&mut self, table: &Table) -> Result<KeySet, StoreError> {
        let sql = Sqlite::SQL.keys(table);
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare(&sql)?;
            let mut rows = statement.query([])?;
            let mut keys = KeySet::new();
            while let Some(row) = rows.next()? {
                keys.insert(row.get(0)?);
            }
            Ok(keys)
        };
        self.after(read).await
    }

    async fn dangling(&mut self, other: &Table, column: usize) -> Result<u64, StoreError> {
        let sql = Sqlite::SQL.dangling(other, column, &self.table);
        self.after(move |connection| connection.query_row(&sql, [], |row| row.get::<_, i64>(0)))
            .await
            .map(i64::cast_unsigned)
    }

    async fn add(&mut self, rows: &RowBatch) -> Result<(), StoreError> {
        let (sql, rows) = (Sqlite::SQL.insert(&self.table, 1), rows.clone());
        self.start(move |connection| insert(connection, &sql, &rows))
            .await
    }

    async fn finish(mut self: Box<Self>, finish: Finish) -> Result<(), StoreError> {
        let table = self.table.clone();
        let end = move |connection: &Connection| {
            if let Finish::Loaded(record) = finish {
                let binds = params![
                    table.name().as_str(),
                    record.digest,
                    record.file,
                    record.rows.cast_signed(),
                    record.rejected.cast_signed(),
                    read::reasons(&record),
                    record.loaded_at,
                ];
                connection.execute(&Sqlite::SQL.insert_load(), binds)?;
            }
            connection.execute_batch("COMMIT")?;
            // Otherwise the write-ahead log keeps all of it, and the next process to open the file
            // reads and writes it again. If others still read from the log, do not wait: the rows
            // are safe either way.
            let _ = connection.busy_timeout(Duration::ZERO);
            let _ = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
            Ok(())
        };
        self.after(end).await
    }
}

fn insert(connection: &Connection, sql: &str, rows: &RowBatch) -> Result<(), Error> {
    let mut statement = connection.prepare(sql)?;
    for row in 0..rows.len() {
        for (at, value) in rows.row(row).enumerate() {
            statement.raw_bind_parameter(at + 1, Bound(value))?;
        }
        statement.raw_execute()?;
    }
    Ok(())
}

struct Bound<'a>(Value<'a>);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, Error> {
        match &self.0 {
            Value::Null => Null.to_sql(),
            Value::Integer(number) => number.to_sql(),
            Value::Text(text) => text.to_sql(),
        }
    }
}
