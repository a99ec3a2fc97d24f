//! MySQL and MariaDB.
//!
//! Before a table is written to, its row in `warehouse_locks` is locked until the transaction ends.

use std::time::Duration;

use sqlx::mysql::{MySql, MySqlConnectOptions, MySqlPoolOptions, MySqlQueryResult};
use sqlx::{ConnectOptions, Transaction};
use warehouse_domain::batch::RowBatch;
use warehouse_domain::dictionary::{Dictionary, Table};
use warehouse_domain::keys::KeySet;

use super::engine::Engine;
use super::outcome::Refusal;
use super::sql::Dialect;
use super::statements::Statements;
use super::store::SqlStore;

/// Connections, and how long a call waits for one.
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

impl Engine for MySql {
    const SQL: Dialect = Dialect::Mysql;
    /// More rows a statement cost more to prepare than they save.
    type Bulk = Statements<Self, 1_000, 65_535>;
    const PAGE: u32 = 10_000;

    fn affected(done: &MySqlQueryResult) -> u64 {
        done.rows_affected()
    }

    async fn insert_accepted(
        transaction: &mut Transaction<'static, Self>,
        table: &Table,
        rows: &RowBatch,
        present: Vec<KeySet>,
    ) -> Result<Vec<Refusal>, sqlx::Error> {
        Self::Bulk::insert_accepted(transaction, table, rows, present).await
    }

    /// Another request has inserted a key since this one has looked, or they wait for each other.
    fn is_passing(error: &sqlx::Error) -> bool {
        error.as_database_error().is_some_and(|error| {
            error.is_unique_violation() || error.code().is_some_and(|code| code == "40001")
        })
    }
}
