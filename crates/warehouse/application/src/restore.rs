//! A file back to its table.

use std::fmt;
use std::sync::Arc;

use tokio::sync::mpsc;
use tracing::{info, warn};
use warehouse_domain::batch::{RowBatch, Value};
use warehouse_domain::dictionary::{Reference, Table};
use warehouse_domain::keys::KeySet;
use warehouse_domain::name::Name;
use warehouse_ports::{BackupError, BackupReader, Finish, Load, LoadMode, StoreError};

use crate::{Warehouse, unblocked};

/// Batches between the file and the database.
const AHEAD: usize = 4;

/// What was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The backup's name.
    pub name: String,
    /// How many rows the table has now.
    pub rows: u64,
    /// The strict references of other tables that lead to rows which the backup does not have.
    pub dangling: Vec<Dangling>,
}

/// A field whose references lead to missing rows, although the dictionary rejects rows with such
/// references. A restore causes them when it takes away rows to which others refer. It is not
/// refused, because it may be half of the work: two tables can be brought back to an earlier state
/// only one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dangling {
    /// The table that refers.
    pub table: Name,
    /// Its field.
    pub column: Name,
    /// How many of its rows do.
    pub rows: u64,
}

impl fmt::Display for Dangling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            table,
            column,
            rows,
        } = self;
        let plural = if *rows == 1 { "" } else { "s" };
        write!(
            f,
            "{rows} row{plural} of {table} with a {column} that does not exist"
        )
    }
}

/// Why nothing was restored. The table is as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// The database fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no such backup, or it is not sound.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// Two rows have one key.
    #[error("the backup {name} cannot be restored: two of its rows have the key {key}")]
    DoubledKey {
        /// The backup.
        name: String,
        /// The key.
        key: i32,
    },
    /// A row refers to one that is not there, and the dictionary rejects that.
    #[error(
        "the backup {name} cannot be restored: {column} refers to {key}, which does not exist; \
         restore the table that it refers to first"
    )]
    MissingReference {
        /// The backup.
        name: String,
        /// The field.
        column: String,
        /// What it refers to.
        key: i32,
    },
}

impl Warehouse {
    /// Replaces a table by its backup of that name, or by the newest. Readers see the old rows until
    /// all new ones are there.
    ///
    /// The whole file is checked before the database is touched: bytes of this program's own by their
    /// digest, row by row what others have written. While rows are loaded each is checked in any
    /// case, and a fault undoes the load.
    ///
    /// # Errors
    /// If there is no such backup, it is not sound, or the database fails. The table is then as it
    /// was.
    pub async fn restore(
        &self,
        table: Arc<Table>,
        name: Option<String>,
    ) -> Result<Restored, RestoreError> {
        let backups = Arc::clone(&self.backups);
        let opened = Arc::clone(&table);
        let checked = unblocked(move || {
            let mut reader = backups.open(Arc::clone(&opened), name.as_deref())?;
            if !reader.is_own() {
                let mut seen = KeySet::new();
                while next(&mut *reader, &opened, &mut seen)?.is_some() {}
                reader.rewind()?;
            }
            Ok::<_, RestoreError>(reader)
        });
        let mut reader = checked.await?;
        let name = reader.name().to_owned();
        let mut load = self.store.load(&table, LoadMode::Replace).await?;
        let mut present = Vec::new();
        for reference in table.strict_references() {
            let other = self.dictionary.table(reference.table.as_str());
            let other = other.expect("a dictionary's references lead to its tables");
            present.push(load.keys(other).await?);
        }
        let (sender, mut receiver) = mpsc::channel(AHEAD);
        let read = Arc::clone(&table);
        let reading = tokio::task::spawn_blocking(move || {
            let mut seen = KeySet::new();
            while let Some(batch) = next(&mut *reader, &read, &mut seen).transpose() {
                if sender.blocking_send(batch).is_err() {
                    return;
                }
            }
        });
        let mut rows = 0;
        while let Some(batch) = receiver.recv().await {
            let batch = batch?;
            refer(&table, &batch, &mut present, &name)?;
            load.add(&batch).await?;
            rows += batch.len() as u64;
        }
        if let Err(error) = reading.await {
            std::panic::resume_unwind(error.into_panic());
        }
        let dangling = self.dangling(&table, &mut *load).await?;
        load.finish(Finish::Restored).await?;
        info!(table = %table.name(), rows, name, "table restored");
        for left in &dangling {
            warn!(table = %table.name(), "the restored table leaves {left}");
        }
        Ok(Restored {
            name,
            rows,
            dangling,
        })
    }

    async fn dangling(
        &self,
        table: &Table,
        load: &mut dyn Load,
    ) -> Result<Vec<Dangling>, StoreError> {
        let mut dangling = Vec::new();
        for other in self.dictionary.tables() {
            // Within the table the backup itself was checked.
            if other.name() == table.name() {
                continue;
            }
            let leads_here = |reference: &&Reference| reference.table == *table.name();
            for reference in other.strict_references().filter(leads_here) {
                let rows = load.dangling(other, reference.column).await?;
                if rows > 0 {
                    dangling.push(Dangling {
                        table: other.name().clone(),
                        column: other.fields()[reference.column].name.clone(),
                        rows,
                    });
                }
            }
        }
        Ok(dangling)
    }
}

/// The next rows, whose keys no row before had.
fn next(
    reader: &mut dyn BackupReader,
    table: &Table,
    seen: &mut KeySet,
) -> Result<Option<RowBatch>, RestoreError> {
    let Some(batch) = reader.next()? else {
        return Ok(None);
    };
    for row in 0..batch.len() {
        let key = batch.integer(row, table.key());
        if !seen.insert(key) {
            let name = reader.name().to_owned();
            return Err(RestoreError::DoubledKey { name, key });
        }
    }
    Ok(Some(batch))
}

fn refer(
    table: &Table,
    batch: &RowBatch,
    present: &mut [KeySet],
    name: &str,
) -> Result<(), RestoreError> {
    if present.is_empty() {
        return Ok(());
    }
    for row in 0..batch.len() {
        for (reference, present) in table.strict_references().zip(&mut *present) {
            if reference.table == *table.name() {
                present.insert(batch.integer(row, table.key()));
            }
            if let Value::Integer(key) = batch.value(row, reference.column)
                && !present.contains(key)
            {
                return Err(RestoreError::MissingReference {
                    name: name.to_owned(),
                    column: table.fields()[reference.column].name.to_string(),
                    key,
                });
            }
        }
    }
    Ok(())
}
