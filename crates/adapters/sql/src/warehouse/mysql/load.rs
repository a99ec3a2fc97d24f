//! Bulk loads: statements of many rows in one transaction.

use async_trait::async_trait;
use sqlx::{AssertSqlSafe, MySql, Transaction};
use warehouse_domain::batch::RowBatch;
use warehouse_domain::dictionary::Table;
use warehouse_domain::keys::KeySet;
use warehouse_ports::{Finish, Load, LoadMode, StoreError};

use super::{MysqlStore, SQL, read};

/// Rows a statement. More cost more to prepare than they save.
const ROWS: usize = 1_000;

pub(super) struct MysqlLoad {
    store: MysqlStore,
    transaction: Transaction<'static, MySql>,
    table: Table,
}

impl MysqlLoad {
    pub(super) async fn begin(
        store: MysqlStore,
        table: Table,
        mode: LoadMode,
    ) -> Result<Self, sqlx::Error> {
        let mut transaction = store.pool.begin().await?;
        lock(&mut transaction, &table, "FOR UPDATE").await?;
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
        Ok(Self {
            store,
            transaction,
            table,
        })
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
}

#[async_trait]
impl Load for MysqlLoad {
    async fn keys(&mut self, table: &Table) -> Result<KeySet, StoreError> {
        super::keys(&mut self.transaction, SQL.keys(table))
            .await
            .map_err(|error| self.store.failure(&error))
    }

    async fn add(&mut self, rows: &RowBatch) -> Result<(), StoreError> {
        insert(&mut self.transaction, &self.table, rows)
            .await
            .map_err(|error| self.store.failure(&error))
    }

    async fn finish(self: Box<Self>, finish: Finish) -> Result<(), StoreError> {
        let store = self.store.clone();
        self.end(finish)
            .await
            .map_err(|error| store.failure(&error))
    }
}

/// Waits until the table may be written to: `FOR UPDATE` alone, `LOCK IN SHARE MODE` with others.
pub(super) async fn lock(
    transaction: &mut Transaction<'_, MySql>,
    table: &Table,
    mode: &'static str,
) -> Result<(), sqlx::Error> {
    let lock = format!("SELECT table_name FROM warehouse_locks WHERE table_name = ? {mode}");
    sqlx::query(AssertSqlSafe(lock))
        .bind(table.name().as_str())
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// Inserts rows whose keys are new.
pub(super) async fn insert(
    transaction: &mut Transaction<'_, MySql>,
    table: &Table,
    rows: &RowBatch,
) -> Result<(), sqlx::Error> {
    let many = rows_a_statement(table);
    let statement: std::sync::Arc<str> = SQL.insert(table, many).into();
    let mut start = 0;
    while start < rows.len() {
        let end = (start + many).min(rows.len());
        let arguments = read::arguments::<MySql>(rows, start..end)?;
        let full = end - start == many;
        let sql = if full {
            AssertSqlSafe(statement.clone())
        } else {
            AssertSqlSafe(SQL.insert(table, end - start).into())
        };
        sqlx::query_with(sql, arguments)
            .persistent(full)
            .execute(&mut **transaction)
            .await?;
        start = end;
    }
    Ok(())
}

/// As many as the variables of a statement allow.
fn rows_a_statement(table: &Table) -> usize {
    const VARIABLES: usize = 65_535;
    ROWS.min(VARIABLES / table.fields().len())
}
