//! What differs between the databases apart from their SQL, and a warehouse in one of them.

use std::sync::Arc;

use sqlx::{Pool, Transaction};
use warehouse_domain::batch::RowBatch;
use warehouse_domain::dictionary::{Dictionary, Table};
use warehouse_domain::keys::KeySet;
use warehouse_ports::{Load, LoadMode, Rows, StoreError};

use super::failure::store_error;
use super::outcome::Refusal;
use super::queries::Queries;
use super::sql::{Dialect, Purpose};

/// One of the databases.
pub(super) trait Engine: Queries {
    const SQL: Dialect;

    /// How many rows a statement changed.
    fn affected(done: &Self::QueryResult) -> u64;

    /// A bulk load of a table.
    fn load(
        store: &SqlStore<Self>,
        table: &Table,
        mode: LoadMode,
    ) -> impl Future<Output = Result<Box<dyn Load>, StoreError>> + Send;

    /// All rows of a table as of now.
    fn rows(
        store: &SqlStore<Self>,
        table: &Table,
    ) -> impl Future<Output = Result<Box<dyn Rows>, StoreError>> + Send;

    /// Inserts the rows that the table accepts; returns the others. `present` holds the keys that
    /// they may refer to, in the order of the table's strict references.
    fn insert_accepted(
        transaction: &mut Transaction<'static, Self>,
        table: &Table,
        rows: &RowBatch,
        present: Vec<KeySet>,
    ) -> impl Future<Output = Result<Vec<Refusal>, sqlx::Error>> + Send;

    /// Whether a request that failed with `error` should be retried at once, because it conflicted
    /// with another one.
    fn is_passing(error: &sqlx::Error) -> bool;
}

/// A warehouse in one of the databases.
pub(super) struct SqlStore<E: Engine> {
    pub(super) dictionary: Dictionary,
    /// The database's name in messages.
    pub(super) name: Arc<str>,
    pub(super) writers: Pool<E>,
    /// Connections for reading, which never wait for writers.
    pub(super) readers: Pool<E>,
}

impl<E: Engine> SqlStore<E> {
    pub(super) fn failure(&self, error: &sqlx::Error) -> StoreError {
        store_error(error, &self.name)
    }
}

/// Begins a transaction that may write to the table. Other writers of the table wait, as far as the
/// purpose requires it.
pub(super) async fn begin<E: Engine>(
    pool: &Pool<E>,
    table: &Table,
    purpose: Purpose,
) -> Result<Transaction<'static, E>, sqlx::Error> {
    let mut transaction = pool.begin_with(E::SQL.begin(purpose)).await?;
    if let Some(lock) = E::SQL.lock(purpose, table) {
        E::execute(&mut transaction, lock, vec![]).await?;
    }
    Ok(transaction)
}

/// The table that receives the rows.
pub(super) struct Target {
    pub(super) table: Table,
    /// Whether this transaction created it, to replace the original table at the end.
    pub(super) is_created: bool,
}

impl Target {
    pub(super) fn itself(table: &Table) -> Self {
        Self {
            table: table.clone(),
            is_created: false,
        }
    }

    pub(super) fn created(table: Table) -> Self {
        Self {
            table,
            is_created: true,
        }
    }
}

/// A transaction that adds many rows. Dropping it rolls it back.
pub(super) trait Bulk<E: Engine>: Send + Sized {
    fn new(transaction: Transaction<'static, E>) -> Self;

    /// The table that receives the rows replacing those of `table`.
    fn open_replacement(
        transaction: &mut Transaction<'static, E>,
        table: &Table,
    ) -> impl Future<Output = Result<Target, sqlx::Error>> + Send;

    /// Puts the table created for that in place of the original.
    fn close_replacement(
        transaction: &mut Transaction<'static, E>,
        table: &Table,
        created: &Table,
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send;

    /// Adds rows with new keys. An error may concern rows that were added earlier.
    fn add(
        &mut self,
        target: &Target,
        rows: &RowBatch,
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send;

    /// The transaction, containing everything that was added.
    fn transaction(
        self,
    ) -> impl Future<Output = Result<Transaction<'static, E>, sqlx::Error>> + Send;
}
