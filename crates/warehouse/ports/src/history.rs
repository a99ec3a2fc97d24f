//! Files to be migrated, and what was not accepted of them.

use std::io::Read;
use std::path::PathBuf;

use warehouse_domain::dictionary::Table;
use warehouse_domain::reason::Rejection;

/// A file cannot be read or written: which, why, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FileError(pub String);

/// One file to be migrated. It is opened again for each reading.
pub trait HistoryFile: Send + Sync {
    /// Its name, for logs and for what is rejected.
    fn name(&self) -> String;

    /// How many bytes [`open`](Self::open) will give, if that is known.
    fn size(&self) -> Option<u64>;

    /// Its bytes from the first on, unpacked if it is compressed. Blocks.
    ///
    /// # Errors
    /// If it cannot be read.
    fn open(&self) -> Result<Box<dyn Read + Send>, FileError>;
}

/// Where the files are.
pub trait History: Send + Sync {
    /// The file of a table; `None` if there is none. Blocks.
    ///
    /// # Errors
    /// If the folder cannot be read, or it has two files for the table.
    fn file(&self, table: &Table) -> Result<Option<Box<dyn HistoryFile>>, FileError>;
}

/// Where rejected rows are written.
pub trait RejectLog: Send + Sync {
    /// Begins the log of a table's file of that name. Blocks.
    ///
    /// # Errors
    /// If it cannot be created.
    fn create(&self, table: &Table, file: &str) -> Result<Box<dyn RejectWriter>, FileError>;
}

/// A log of rejected rows. It takes the place of the table's earlier one when it is finished;
/// dropped, the earlier one stays. Calls block.
pub trait RejectWriter: Send {
    /// Adds a line for each fault of the row: file, row, column, value, reason and the row as it was.
    ///
    /// # Errors
    /// If it cannot be written.
    fn add(&mut self, rejection: &Rejection) -> Result<(), FileError>;

    /// Makes it visible and gives its path; `None` if there was nothing to be written, which also
    /// removes the earlier one.
    ///
    /// # Errors
    /// If it cannot be written.
    fn finish(self: Box<Self>) -> Result<Option<PathBuf>, FileError>;
}
