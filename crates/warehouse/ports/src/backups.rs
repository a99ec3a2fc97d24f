//! Backups of tables in the file system.

use std::sync::Arc;

use warehouse_domain::batch::RowBatch;
use warehouse_domain::dictionary::Table;

/// A backup of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// Its name, by which it is restored.
    pub name: String,
    /// When it was made: milliseconds since 1970-01-01T00:00:00Z. Unknown for one made by another
    /// program, as are rows and digest.
    pub taken_at: Option<i64>,
    /// The number of rows.
    pub rows: Option<u64>,
    /// SHA-256 of its bytes, in lowercase hexadecimal.
    pub digest: Option<String>,
    /// Its size in bytes.
    pub bytes: u64,
}

/// Why a backup cannot be made or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BackupError {
    /// There is none, or none of that name.
    #[error("{0}")]
    NotFound(String),
    /// It is damaged, or not a backup of this table.
    #[error("{0}")]
    Invalid(String),
    /// The file system failed.
    #[error("{0}")]
    Failed(String),
}

/// A store of backups. Calls block.
pub trait Backups: Send + Sync {
    /// Starts a backup of a table. Earlier ones stay as they are.
    ///
    /// # Errors
    /// [`Failed`](BackupError::Failed).
    fn create(&self, table: Arc<Table>) -> Result<Box<dyn BackupWriter>, BackupError>;

    /// The backups of a table: first those of this program, newest first, then others by name.
    ///
    /// # Errors
    /// [`Failed`](BackupError::Failed).
    fn list(&self, table: &Table) -> Result<Vec<Backup>, BackupError>;

    /// Opens the backup with that name; without a name, the first one of [`list`](Self::list).
    ///
    /// # Errors
    /// [`NotFound`](BackupError::NotFound) or [`Invalid`](BackupError::Invalid).
    fn open(
        &self,
        table: Arc<Table>,
        name: Option<&str>,
    ) -> Result<Box<dyn BackupReader>, BackupError>;
}

/// A backup that is being written. If it is dropped, nothing of it remains. Calls block.
pub trait BackupWriter: Send {
    /// Appends rows.
    ///
    /// # Errors
    /// [`Failed`](BackupError::Failed). The writer must then be dropped.
    fn add(&mut self, rows: &RowBatch) -> Result<(), BackupError>;

    /// Makes it durable, then visible under a new name, and then removes this program's backups of
    /// the table that are older than the ones to keep. `taken_at` is in milliseconds since
    /// 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// [`Failed`](BackupError::Failed).
    fn finish(self: Box<Self>, taken_at: i64) -> Result<Backup, BackupError>;
}

/// A backup that is being read. Calls block.
pub trait BackupReader: Send {
    /// Its name.
    fn name(&self) -> &str;

    /// Whether all its bytes were verified to be as a [`BackupWriter`] of this program wrote them,
    /// so that reading them again cannot reveal new errors.
    fn is_own(&self) -> bool;

    /// The next rows, at least one, validated against the dictionary; `None` after the last.
    ///
    /// # Errors
    /// [`Invalid`](BackupError::Invalid) at the first invalid byte or row, with its position.
    fn next(&mut self) -> Result<Option<RowBatch>, BackupError>;

    /// Rewinds to the first row.
    ///
    /// # Errors
    /// [`Failed`](BackupError::Failed).
    fn rewind(&mut self) -> Result<(), BackupError>;
}
