//! All rows of a table, page by page within one transaction.

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::{MySql, Transaction};
use warehouse_domain::batch::RowBatch;
use warehouse_domain::dictionary::Table;
use warehouse_ports::{Rows, StoreError};

use crate::warehouse::engine::{Engine, SqlStore};
use crate::warehouse::failure::store_error;
use crate::warehouse::store::page;

/// Rows per page.
const PAGE: u32 = 10_000;

pub(in crate::warehouse) struct Pages {
    name: Arc<str>,
    transaction: Transaction<'static, MySql>,
    table: Table,
    next: Option<i32>,
}

impl Pages {
    pub(in crate::warehouse) async fn open(
        store: &SqlStore<MySql>,
        table: &Table,
    ) -> Result<Self, sqlx::Error> {
        Ok(Self {
            name: Arc::clone(&store.name),
            transaction: store.readers.begin_with(MySql::SQL.snapshot()).await?,
            table: table.clone(),
            next: Some(i32::MIN),
        })
    }
}

#[async_trait]
impl Rows for Pages {
    async fn next(&mut self) -> Result<Option<RowBatch>, StoreError> {
        let Some(from) = self.next else {
            return Ok(None);
        };
        let rows = page::<MySql>(&mut self.transaction, &self.table, from, PAGE)
            .await
            .map_err(|error| store_error(&error, &self.name))?;
        let Some(last) = rows.len().checked_sub(1) else {
            self.next = None;
            return Ok(None);
        };
        self.next = rows.integer(last, self.table.key()).checked_add(1);
        Ok(Some(rows))
    }
}
