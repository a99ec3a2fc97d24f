//! Historical files to load, and the rows rejected from them.

use std::io::Read;
use std::path::PathBuf;

use warehouse_domain::dictionary::Table;
use warehouse_domain::reason::Rejection;

/// Why a file cannot be read or written: which file, why, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FileError(pub String);

/// A historical file. It is opened anew for each read.
pub trait HistoryFile: Send + Sync {
    /// Its name, for logs and for rejected rows.
    fn name(&self) -> String;

    /// The number of bytes that [`open`](Self::open) will return, if known.
    fn size(&self) -> Option<u64>;

    /// Its contents, decompressed if necessary. Blocks.
    ///
    /// # Errors
    /// If it cannot be read.
    fn open(&self) -> Result<Box<dyn Read + Send>, FileError>;
}

/// A folder of historical files.
pub trait History: Send + Sync {
    /// The file of a table; `None` if there is none. Blocks.
    ///
    /// # Errors
    /// If the folder cannot be read, or contains two files for the table.
    fn file(&self, table: &Table) -> Result<Option<Box<dyn HistoryFile>>, FileError>;
}

/// Stores rejected rows.
pub trait RejectLog: Send + Sync {
    /// Starts the reject log for the file `file` of a table. Blocks.
    ///
    /// # Errors
    /// If it cannot be created.
    fn create(&self, table: &Table, file: &str) -> Result<Box<dyn RejectWriter>, FileError>;
}

/// A log of rejected rows. It takes the place of the table's earlier one when it is finished; if it
/// is dropped, the earlier one stays. Calls block.
pub trait RejectWriter: Send {
    /// Appends a line for each fault of the row: file, row, column, value, reason and the original
    /// row.
    ///
    /// # Errors
    /// If it cannot be written.
    fn add(&mut self, rejection: &Rejection) -> Result<(), FileError>;

    /// Publishes the log and returns its path; `None` if it is empty, in which case nothing is in
    /// that place. The earlier log is kept elsewhere, if the adapter keeps any.
    ///
    /// # Errors
    /// If it cannot be written.
    fn finish(self: Box<Self>) -> Result<Option<PathBuf>, FileError>;
}
