//! PostgreSQL.

mod copy;
mod replacement;
mod rows;
mod unnest;

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgQueryResult};
use sqlx::{ConnectOptions, Postgres, Transaction};
use warehouse_domain::batch::RowBatch;
use warehouse_domain::dictionary::{Dictionary, Table};
use warehouse_domain::keys::KeySet;
use warehouse_ports::{Load, LoadMode, Rows, StoreError};

use super::engine::{Engine, SqlStore};
use super::load::SqlLoad;
use super::outcome::{self, Refusal};
use super::sql::Dialect;

/// Number of connections, and how long a call waits for one.
const CONNECTIONS: u32 = 16;
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) fn store(options: PgConnectOptions, dictionary: Dictionary) -> SqlStore<Postgres> {
    let (database, host) = (
        options.get_database().unwrap_or("default"),
        options.get_host(),
    );
    let name = format!(
        "the PostgreSQL database {database} at {host}:{}",
        options.get_port()
    );
    let options = options
        .application_name("data-warehouse")
        .disable_statement_logging();
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(PATIENCE)
        .connect_lazy_with(options);
    SqlStore {
        dictionary,
        name: name.into(),
        writers: pool.clone(),
        readers: pool,
    }
}

impl Engine for Postgres {
    const SQL: Dialect = Dialect::Postgres;

    fn affected(done: &PgQueryResult) -> u64 {
        done.rows_affected()
    }

    async fn load(
        store: &SqlStore<Self>,
        table: &Table,
        mode: LoadMode,
    ) -> Result<Box<dyn Load>, StoreError> {
        SqlLoad::<Self, copy::Copy>::open(store, table, mode).await
    }

    async fn rows(store: &SqlStore<Self>, table: &Table) -> Result<Box<dyn Rows>, StoreError> {
        let rows = rows::open(store, table).await;
        Ok(Box::new(rows.map_err(|error| store.failure(&error))?))
    }

    async fn insert_accepted(
        transaction: &mut Transaction<'static, Self>,
        table: &Table,
        rows: &RowBatch,
        mut present: Vec<KeySet>,
    ) -> Result<Vec<Refusal>, sqlx::Error> {
        let (mut refused, accepted) = outcome::refuse(table, rows, &KeySet::new(), &mut present);
        let new = unnest::insert(transaction, table, &accepted).await?;
        if new.len() < accepted.len() as u64 {
            unnest::add_duplicates(table, rows, &new, &mut refused);
        }
        Ok(refused)
    }

    /// Requests with the same keys in a different order deadlock.
    fn is_passing(error: &sqlx::Error) -> bool {
        error
            .as_database_error()
            .and_then(|error| error.code())
            .is_some_and(|code| code == "40P01")
    }
}
