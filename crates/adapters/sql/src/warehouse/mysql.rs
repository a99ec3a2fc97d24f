//! MySQL and MariaDB.
//!
//! Before a table is written to, its row in `warehouse_locks` is locked until the transaction ends.

mod rows;

use std::time::Duration;

use sqlx::mysql::{MySql, MySqlConnectOptions, MySqlPoolOptions, MySqlQueryResult};
use sqlx::{ConnectOptions, Transaction};
use warehouse_domain::batch::RowBatch;
use warehouse_domain::dictionary::{Dictionary, Table};
use warehouse_domain::keys::KeySet;
use warehouse_ports::{Load, LoadMode, Rows, StoreError};

use super::engine::{Engine, SqlStore};
use super::load::SqlLoad;
use super::outcome::Refusal;
use super::sql::Dialect;
use super::statements::Statements;

/// Number of connections, and how long a call waits for one.
const CONNECTIONS: u32 = 16;
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) fn store(options: MySqlConnectOptions, dictionary: Dictionary) -> SqlStore<MySql> {
    let name = format!(
        "the MySQL database {} at {}:{}",
        options.get_database().unwrap_or("(none)"),
        options.get_host(),
        options.get_port()
    );
    let pool = MySqlPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(PATIENCE)
        .connect_lazy_with(options.disable_statement_logging());
    SqlStore {
        dictionary,
        name: name.into(),
        writers: pool.clone(),
        readers: pool,
    }
}

/// Preparing statements with more rows costs more than it saves.
type Bulk = Statements<MySql, 1_000, 65_535>;

impl Engine for MySql {
    const SQL: Dialect = Dialect::Mysql;

    fn affected(done: &MySqlQueryResult) -> u64 {
        done.rows_affected()
    }

    async fn load(
        store: &SqlStore<Self>,
        table: &Table,
        mode: LoadMode,
    ) -> Result<Box<dyn Load>, StoreError> {
        SqlLoad::<Self, Bulk>::open(store, table, mode).await
    }

    async fn rows(store: &SqlStore<Self>, table: &Table) -> Result<Box<dyn Rows>, StoreError> {
        let rows = rows::Pages::open(store, table).await;
        Ok(Box::new(rows.map_err(|error| store.failure(&error))?))
    }

    async fn insert_accepted(
        transaction: &mut Transaction<'static, Self>,
        table: &Table,
        rows: &RowBatch,
        present: Vec<KeySet>,
    ) -> Result<Vec<Refusal>, sqlx::Error> {
        Bulk::insert_accepted(transaction, table, rows, present).await
    }

    /// Another request inserted a key since this one checked, or the two deadlocked.
    fn is_passing(error: &sqlx::Error) -> bool {
        error.as_database_error().is_some_and(|error| {
            error.is_unique_violation() || error.code().is_some_and(|code| code == "40001")
        })
    }
}
