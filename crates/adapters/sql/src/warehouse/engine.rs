//! Where the databases differ in more than their words, and a warehouse in one of them.

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

    /// How many rows a statement has changed.
    fn affected(done: &Self::QueryResult) -> u64;

    /// A load of a table.
    fn load(
        store: &SqlStore<Self>,
        table: &Table,
        mode: LoadMode,
    ) -> impl Future<Output = Result<Box<dyn Load>, StoreError>> + Send;

    /// All rows of a table as they are now.
    fn rows(
        store: &SqlStore<Self>,
        table: &Table,
    ) -> impl Future<Output = Result<Box<dyn Rows>, StoreError>> + Send;

    /// Inserts the rows that the table accepts and gives the others. `present` has the keys that
    /// they may refer to, in the order of the table's strict references.
    fn insert_accepted(
        transaction: &mut Transaction<'static, Self>,
        table: &Table,
        rows: &RowBatch,
        present: Vec<KeySet>,
    ) -> impl Future<Output = Result<Vec<Refusal>, sqlx::Error>> + Send;

    /// Whether a request that failed so is to be tried again at once: another one was in its way.
    fn is_passing(error: &sqlx::Error) -> bool;
}

/// A warehouse in one of the databases.
pub(super) struct SqlStore<E: Engine> {
    pub(super) dictionary: Dictionary,
    /// The database in messages.
    pub(super) name: Arc<str>,
    pub(super) writers: Pool<E>,
    /// They never wait for those that write.
    pub(super) readers: Pool<E>,
}

impl<E: Engine> SqlStore<E> {
    pub(super) fn failure(&self, error: &sqlx::Error) -> StoreError {
        store_error(error, &self.name)
    }
}

/// Begins a transaction that may write to the table. What else writes to it waits, as far as the
/// purpose asks for that.
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

/// What takes the rows.
pub(super) struct Target {
    pub(super) table: Table,
    /// Whether this transaction has created it, to take the place of the table at the end.
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

/// A transaction that adds many rows. Dropped, it is undone.
pub(super) trait Bulk<E: Engine>: Send + Sized {
    fn new(transaction: Transaction<'static, E>) -> Self;

    /// What takes the rows that replace those of a table.
    fn open_replacement(
        transaction: &mut Transaction<'static, E>,
        table: &Table,
    ) -> impl Future<Output = Result<Target, sqlx::Error>> + Send;

    /// Puts what was created for that into the place of the table.
    fn close_replacement(
        transaction: &mut Transaction<'static, E>,
        table: &Table,
        created: &Table,
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send;

    /// Adds rows whose keys are new. It may fail for those that were added before.
    fn add(
        &mut self,
        target: &Target,
        rows: &RowBatch,
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send;

    /// The transaction, in which all that was added is.
    fn transaction(
        self,
    ) -> impl Future<Output = Result<Transaction<'static, E>, sqlx::Error>> + Send;
}
