//! Bulk loads by COPY.
//!
//! The rows that are replaced are deleted in the same transaction: readers see them until its end, and
//! a table that is being read, by a backup for one, does not hold up a restore.

use async_trait::async_trait;
use futures::TryStreamExt;
use sqlx::{AssertSqlSafe, Postgres, Row as _, Transaction};
use warehouse_domain::batch::RowBatch;
use warehouse_domain::dictionary::Table;
use warehouse_domain::keys::KeySet;
use warehouse_ports::{Finish, Load, LoadMode, StoreError};

use super::{PostgresStore, SQL, copy, read};

pub(super) struct PostgresLoad {
    store: PostgresStore,
    transaction: Transaction<'static, Postgres>,
    table: Table,
    statement: String,
    text: Vec<u8>,
}

impl PostgresLoad {
    pub(super) async fn begin(
        store: PostgresStore,
        table: Table,
        mode: LoadMode,
    ) -> Result<Self, sqlx::Error> {
        let mut transaction = store.pool.begin().await?;
        // Whoever inserts or loads waits, whoever reads does not.
        let lock = format!(
            "LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE",
            SQL.quote(table.name().as_str())
        );
        sqlx::query(AssertSqlSafe(lock))
            .execute(&mut *transaction)
            .await?;
        if mode == LoadMode::Replace {
            let delete = format!("DELETE FROM {}", SQL.quote(table.name().as_str()));
            sqlx::query(AssertSqlSafe(delete))
                .execute(&mut *transaction)
                .await?;
            sqlx::query(AssertSqlSafe(SQL.forget_loads()))
                .bind(table.name().as_str())
                .execute(&mut *transaction)
                .await?;
        }
        let statement = format!(
            "COPY {} ({}) FROM STDIN",
            SQL.quote(table.name().as_str()),
            SQL.columns(&table)
        );
        Ok(Self {
            store,
            transaction,
            table,
            statement,
            text: Vec::new(),
        })
    }

    async fn copy(&mut self, rows: &RowBatch) -> Result<(), sqlx::Error> {
        copy::write(rows, &mut self.text);
        let mut copy = self.transaction.copy_in_raw(&self.statement).await?;
        copy.send(self.text.as_slice()).await?;
        copy.finish().await?;
        Ok(())
    }

    async fn end(mut self: Box<Self>, finish: Finish) -> Result<(), sqlx::Error> {
        if let Finish::Loaded(record) = finish {
            sqlx::query(AssertSqlSafe(SQL.insert_load()))
                .bind(self.table.name().as_str())
                .bind(&record.digest)
                .bind(&record.file)
                .bind(record.rows.cast_signed())
                .bind(record.rejected.cast_signed())
                .bind(read::reasons(&record))
                .bind(record.loaded_at)
                .execute(&mut *self.transaction)
                .await?;
        }
        self.transaction.commit().await
    }

    async fn keys_of(&mut self, table: &Table) -> Result<KeySet, sqlx::Error> {
        let mut keys = KeySet::new();
        let sql = AssertSqlSafe(SQL.keys(table));
        let mut rows = sqlx::query(sql).fetch(&mut *self.transaction);
        while let Some(row) = rows.try_next().await? {
            keys.insert(row.try_get(0)?);
        }
        Ok(keys)
    }
}

#[async_trait]
impl Load for PostgresLoad {
    async fn keys(&mut self, table: &Table) -> Result<KeySet, StoreError> {
        let keys = self.keys_of(table).await;
        keys.map_err(|error| self.store.failure(&error))
    }

    async fn add(&mut self, rows: &RowBatch) -> Result<(), StoreError> {
        let copied = self.copy(rows).await;
        copied.map_err(|error| self.store.failure(&error))
    }

    async fn finish(self: Box<Self>, finish: Finish) -> Result<(), StoreError> {
        let store = self.store.clone();
        self.end(finish)
            .await
            .map_err(|error| store.failure(&error))
    }
}
