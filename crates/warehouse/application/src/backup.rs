//! A table to a file.

use std::sync::Arc;

use tokio::sync::mpsc;
use tracing::info;
use warehouse_domain::batch::RowBatch;
use warehouse_domain::dictionary::Table;
use warehouse_ports::{Backup, BackupError, StoreError};

use crate::{Warehouse, unblocked};

/// Batches between the database and the file.
const AHEAD: usize = 4;

/// Why there is no new backup. Earlier ones are as they were.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BackupTableError {
    /// The database fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file system fails.
    #[error(transparent)]
    Backup(#[from] BackupError),
}

impl Warehouse {
    /// Writes the rows that a table has at one moment. `now` is in milliseconds since
    /// 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// If the database or the file system fails.
    pub async fn backup(&self, table: Arc<Table>, now: i64) -> Result<Backup, BackupTableError> {
        let name = table.name().clone();
        let mut rows = self.store.rows(&table).await?;
        let (sender, mut receiver) = mpsc::channel::<RowBatch>(AHEAD);
        let (ended, is_complete) = tokio::sync::oneshot::channel();
        let backups = Arc::clone(&self.backups);
        let written = tokio::spawn(unblocked(move || {
            let mut writer = backups.create(table)?;
            while let Some(batch) = receiver.blocking_recv() {
                writer.add(&batch)?;
            }
            // A table that was not read to its end has no backup.
            match is_complete.blocking_recv() {
                Ok(()) => writer.finish(now).map(Some),
                Err(_) => Ok(None),
            }
        }));
        let read = async {
            while let Some(batch) = rows.next().await? {
                if sender.send(batch).await.is_err() {
                    // The writer has failed and says why below.
                    break;
                }
            }
            Ok::<(), StoreError>(())
        };
        let read = read.await;
        drop(sender);
        if read.is_ok() {
            let _ = ended.send(());
        } else {
            drop(ended);
        }
        let written = match written.await {
            Ok(written) => written?,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        };
        read?;
        let backup = written.expect("the writer was told that the table was read to its end");
        info!(table = %name, rows = backup.rows, name = backup.name, "table backed up");
        Ok(backup)
    }
}
