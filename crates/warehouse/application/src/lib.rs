//! What can be asked of the data warehouse, one use case a file.
//!
//! - [`Warehouse`]: the dictionary and what the use cases need from outside.
//! - [`migrate`]: a file of history into its table, all or nothing.
//! - [`ingest`]: rows of a request.
//! - [`backup`] and [`restore`]: a table to a file, and back.
//! - [`report`]: the two reports of a year.

pub mod backup;
pub mod ingest;
pub mod migrate;
pub mod report;
pub mod restore;

use std::sync::Arc;

use warehouse_domain::dictionary::{Dictionary, Table};
use warehouse_ports::{Backups, Store, StoreError};

/// The dictionary and what the use cases need from outside. Clones are the same.
#[derive(Clone)]
pub struct Warehouse {
    /// The tables.
    pub dictionary: Dictionary,
    /// Where rows are.
    pub store: Arc<dyn Store>,
    /// Where backups are.
    pub backups: Arc<dyn Backups>,
}

impl Warehouse {
    /// The table of that name.
    pub fn table(&self, name: &str) -> Option<Arc<Table>> {
        self.dictionary.table(name).cloned()
    }

    /// Rows of a table and how many files and rejections it has known.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn summary(&self, table: &Table) -> Result<TableSummary, StoreError> {
        Ok(TableSummary {
            rows: self.store.count(table).await?,
            loads: self.store.loads(table).await?,
        })
    }
}

/// What there is to know of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSummary {
    /// How many rows it has.
    pub rows: u64,
    /// The files that were loaded since it was last restored, newest first.
    pub loads: Vec<warehouse_ports::LoadRecord>,
}

/// Runs what blocks where it may block.
async fn unblocked<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
