//! SQLite.

mod connection;
mod load;
mod rows;

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteQueryResult,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions, Sqlite, Transaction};
use warehouse_domain::batch::RowBatch;
use warehouse_domain::dictionary::{Dictionary, Table};
use warehouse_domain::keys::KeySet;
use warehouse_ports::{Load, LoadMode, Rows, StoreError};

use super::engine::{Engine, SqlStore};
use super::outcome::Refusal;
use super::sql::Dialect;
use super::statements::Statements;

/// How long a call waits for a writer.
const PATIENCE: Duration = Duration::from_secs(60);

const READERS: u32 = 4;

pub(super) fn store(file: &Path, dictionary: Dictionary) -> SqlStore<Sqlite> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(PATIENCE)
        .pragma("cache_size", "-16384")
        .disable_statement_logging();
    let pool = |connections| {
        SqlitePoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(PATIENCE)
            .connect_lazy_with(options.clone())
    };
    SqlStore {
        dictionary,
        name: format!("the SQLite database {}", file.display()).into(),
        // SQLite allows one writer; waiting for the pool avoids polling the lock.
        writers: pool(1),
        readers: pool(READERS),
    }
}

/// Preparing statements with more rows costs more than it saves.
type Bulk = Statements<Sqlite, 100, 32_766>;

impl Engine for Sqlite {
    const SQL: Dialect = Dialect::Sqlite;

    fn affected(done: &SqliteQueryResult) -> u64 {
        done.rows_affected()
    }

    async fn load(
        store: &SqlStore<Self>,
        table: &Table,
        mode: LoadMode,
    ) -> Result<Box<dyn Load>, StoreError> {
        Ok(Box::new(load::SqliteLoad::open(store, table, mode).await?))
    }

    async fn rows(store: &SqlStore<Self>, table: &Table) -> Result<Box<dyn Rows>, StoreError> {
        Ok(Box::new(rows::open(store, table).await?))
    }

    async fn insert_accepted(
        transaction: &mut Transaction<'static, Self>,
        table: &Table,
        rows: &RowBatch,
        present: Vec<KeySet>,
    ) -> Result<Vec<Refusal>, sqlx::Error> {
        Bulk::insert_accepted(transaction, table, rows, present).await
    }

    /// Writers queue, so there are no conflicts to retry.
    fn is_passing(_: &sqlx::Error) -> bool {
        false
    }
}
