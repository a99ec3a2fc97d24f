//! Bulk loads, each in one transaction.
//!
//! Rows that are replaced are deleted in that same transaction: readers see them until it ends, and
//! a reader of the table, such as a backup, does not hold up a restore.

use std::marker::PhantomData;
use std::sync::Arc;

use async_trait::async_trait;
use sqlx::Transaction;
use warehouse_domain::batch::RowBatch;
use warehouse_domain::dictionary::Table;
use warehouse_domain::keys::KeySet;
use warehouse_ports::{Finish, Load, LoadMode, StoreError};

use super::engine::{Bulk, Engine, SqlStore, Target, begin};
use super::failure::store_error;
use super::read;
use super::sql::Purpose;

pub(super) struct SqlLoad<E: Engine, B: Bulk<E>> {
    name: Arc<str>,
    /// Moved out while it works; `None` after its work has failed.
    bulk: Option<B>,
    table: Table,
    target: Target,
    database: PhantomData<fn() -> E>,
}

impl<E: Engine, B: Bulk<E> + 'static> SqlLoad<E, B> {
    pub(super) async fn open(
        store: &SqlStore<E>,
        table: &Table,
        mode: LoadMode,
    ) -> Result<Box<dyn Load>, StoreError> {
        let load = Self::begin(store, table, mode).await;
        Ok(Box::new(load.map_err(|error| store.failure(&error))?))
    }

    async fn begin(
        store: &SqlStore<E>,
        table: &Table,
        mode: LoadMode,
    ) -> Result<Self, sqlx::Error> {
        let mut transaction = begin(&store.writers, table, Purpose::Load).await?;
        let mut target = Target::itself(table);
        if mode == LoadMode::Replace {
            target = B::open_replacement(&mut transaction, table).await?;
            let name = vec![table.name().as_str().into()];
            E::execute(&mut transaction, E::SQL.forget_loads(), name).await?;
        }
        Ok(Self {
            name: Arc::clone(&store.name),
            bulk: Some(B::new(transaction)),
            table: table.clone(),
            target,
            database: PhantomData,
        })
    }

    async fn transaction(&mut self) -> Result<Transaction<'static, E>, sqlx::Error> {
        let bulk = self.bulk.take().ok_or(sqlx::Error::WorkerCrashed)?;
        bulk.transaction().await
    }

    async fn read_keys(&mut self, table: &Table) -> Result<KeySet, sqlx::Error> {
        let mut transaction = self.transaction().await?;
        let is_own = table.name() == self.table.name();
        let table = if is_own { &self.target.table } else { table };
        let keys = E::keys(&mut transaction, E::SQL.keys(table)).await?;
        self.bulk = Some(B::new(transaction));
        Ok(keys)
    }

    async fn count_dangling(&mut self, other: &Table, column: usize) -> Result<u64, sqlx::Error> {
        let mut transaction = self.transaction().await?;
        let sql = E::SQL.dangling(other, column, &self.target.table);
        let count = read::count::<E>(&mut transaction, sql).await?;
        self.bulk = Some(B::new(transaction));
        Ok(count)
    }

    async fn end(mut self: Box<Self>, finish: Finish) -> Result<(), sqlx::Error> {
        let mut transaction = self.transaction().await?;
        if self.target.is_created {
            B::close_replacement(&mut transaction, &self.table, &self.target.table).await?;
        }
        if let Finish::Loaded(record) = finish {
            let binds = vec![
                self.table.name().as_str().into(),
                record.digest.as_str().into(),
                record.file.as_str().into(),
                record.rows.cast_signed().into(),
                record.rejected.cast_signed().into(),
                read::reasons(&record).as_str().into(),
                record.loaded_at.into(),
            ];
            E::execute(&mut transaction, E::SQL.insert_load(), binds).await?;
        }
        transaction.commit().await
    }

    fn failure(&self, error: &sqlx::Error) -> StoreError {
        store_error(error, &self.name)
    }
}

#[async_trait]
impl<E: Engine, B: Bulk<E> + 'static> Load for SqlLoad<E, B> {
    async fn keys(&mut self, table: &Table) -> Result<KeySet, StoreError> {
        let keys = self.read_keys(table).await;
        keys.map_err(|error| self.failure(&error))
    }

    async fn dangling(&mut self, other: &Table, column: usize) -> Result<u64, StoreError> {
        let count = self.count_dangling(other, column).await;
        count.map_err(|error| self.failure(&error))
    }

    async fn add(&mut self, rows: &RowBatch) -> Result<(), StoreError> {
        let added = match &mut self.bulk {
            Some(bulk) => bulk.add(&self.target, rows).await,
            None => Err(sqlx::Error::WorkerCrashed),
        };
        added.map_err(|error| self.failure(&error))
    }

    async fn finish(self: Box<Self>, finish: Finish) -> Result<(), StoreError> {
        let name = Arc::clone(&self.name);
        let ended = self.end(finish).await;
        ended.map_err(|error| store_error(&error, &name))
    }
}
