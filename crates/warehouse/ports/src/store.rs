//! The tables, in a SQL database.

use std::collections::BTreeMap;

use async_trait::async_trait;
use warehouse_domain::batch::RowBatch;
use warehouse_domain::dictionary::Table;
use warehouse_domain::keys::KeySet;
use warehouse_domain::reason::Reason;
use warehouse_domain::report::HiringFacts;

/// Why a call to the database failed. The call has had no effect, unless the connection was lost
/// while its commit was awaited: then it took effect completely or not at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// It did not answer, or is busy: a retry may succeed.
    #[error("{0}")]
    Unreachable(String),
    /// It refused, or is not the expected database: someone must act first.
    #[error("{0}")]
    Refused(String),
    /// The idempotency key belongs to another request.
    #[error(
        "the Idempotency-Key was used for another request; use a new key for a new request, or \
         repeat the first one unchanged"
    )]
    KeyReused,
}

/// How a load treats existing rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadMode {
    /// They are kept.
    Append,
    /// They are replaced at the end, and the records of loaded files are deleted.
    Replace,
}

/// The record of a loaded file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadRecord {
    /// SHA-256 of the file's decompressed contents, in lowercase hexadecimal.
    pub digest: String,
    /// The file's name.
    pub file: String,
    /// Number of inserted rows.
    pub rows: u64,
    /// Number of rejected rows.
    pub rejected: u64,
    /// Number of faults by `column: reason`, where the reason is its code.
    pub reasons: BTreeMap<String, u64>,
    /// When it was loaded: milliseconds since 1970-01-01T00:00:00Z.
    pub loaded_at: i64,
}

impl LoadRecord {
    /// Whether the file has rows, and none of them is valid: the options may be wrong.
    pub const fn is_wholly_rejected(&self) -> bool {
        self.rows == 0 && self.rejected > 0
    }
}

/// How a load ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finish {
    /// The file is recorded along with the table.
    Loaded(LoadRecord),
    /// The rows come from a backup.
    Restored,
}

/// A bulk load of one table in one transaction. Dropping it rolls it back: readers never see part
/// of it, not even after the process or the database was killed.
#[async_trait]
pub trait Load: Send {
    /// The keys of a table's rows, as this transaction sees them.
    ///
    /// # Errors
    /// If the database fails.
    async fn keys(&mut self, table: &Table) -> Result<KeySet, StoreError>;

    /// Adds rows with new keys. They may still be in transit to the database when this returns:
    /// errors are then reported by a later call, at the latest by [`finish`](Self::finish).
    ///
    /// # Errors
    /// If the database fails. The load must then be dropped.
    async fn add(&mut self, rows: &RowBatch) -> Result<(), StoreError>;

    /// The number of rows of `other` whose field `column` holds a key that no row of the loaded
    /// table has, as this transaction sees them. Null is no key.
    ///
    /// # Errors
    /// If the database fails. The load must then be dropped.
    async fn dangling(&mut self, other: &Table, column: usize) -> Result<u64, StoreError>;

    /// Commits the load durably.
    ///
    /// # Errors
    /// If the database fails.
    async fn finish(self: Box<Self>, finish: Finish) -> Result<(), StoreError>;
}

/// A snapshot of a table's rows, in the order in which the database reads them fastest; the order
/// is the same as long as the table does not change.
#[async_trait]
pub trait Rows: Send {
    /// The next rows, at least one; `None` after the last.
    ///
    /// # Errors
    /// If the database fails, or contains a value that the dictionary does not allow.
    async fn next(&mut self) -> Result<Option<RowBatch>, StoreError>;
}

/// Identifies a request that may be repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotency {
    /// The idempotency key: 64 lowercase hexadecimal characters.
    pub key: String,
    /// SHA-256 of the request in lowercase hexadecimal; the same key with another digest is
    /// rejected.
    pub digest: String,
    /// The current time: milliseconds since 1970-01-01T00:00:00Z.
    pub now: i64,
    /// Keys older than this time are deleted.
    pub forget_before: i64,
}

/// Rows to be inserted.
#[derive(Clone, Copy, Debug)]
pub struct Insert<'a> {
    /// Their table.
    pub table: &'a Table,
    /// Valid rows, each key once.
    pub rows: &'a RowBatch,
    /// Whether nothing is to be inserted if any row is refused.
    pub all_or_nothing: bool,
    /// Present if the request may be repeated.
    pub idempotency: Option<&'a Idempotency>,
}

/// The result of an insert.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inserted {
    /// Indices in the batch, ascending, with the column at fault and the reason:
    /// [`DuplicateInTable`](Reason::DuplicateInTable) or
    /// [`MissingReference`](Reason::MissingReference).
    pub refused: Vec<(usize, usize, Reason)>,
    /// Whether this is the stored result of an earlier request with the same key.
    pub replayed: bool,
}

/// The tables of a dictionary in a SQL database.
///
/// Names reach SQL only as [`Name`](warehouse_domain::name::Name)s, values only as parameters.
#[async_trait]
pub trait Store: Send + Sync {
    /// Creates missing tables and checks existing ones against the dictionary. Idempotent.
    ///
    /// # Errors
    /// [`Refused`](StoreError::Refused) if a table differs from the dictionary.
    async fn prepare(&self) -> Result<(), StoreError>;

    /// Starts a load of a table. Other writers of the table wait; readers do not.
    ///
    /// # Errors
    /// If the database fails.
    async fn load(&self, table: &Table, mode: LoadMode) -> Result<Box<dyn Load>, StoreError>;

    /// The files loaded into a table since it was last restored, newest first.
    ///
    /// # Errors
    /// If the database fails.
    async fn loads(&self, table: &Table) -> Result<Vec<LoadRecord>, StoreError>;

    /// Inserts rows in one transaction; refused rows are reported individually. With
    /// `all_or_nothing` and a refused row, nothing is inserted, and the idempotency key remains
    /// unused.
    ///
    /// # Errors
    /// [`KeyReused`](StoreError::KeyReused), or if the database fails.
    async fn insert(&self, insert: Insert<'_>) -> Result<Inserted, StoreError>;

    /// Up to `limit` rows whose keys are at least `from`, in ascending order of the keys.
    ///
    /// # Errors
    /// If the database fails.
    async fn page(&self, table: &Table, from: i32, limit: u32) -> Result<RowBatch, StoreError>;

    /// The number of rows in a table.
    ///
    /// # Errors
    /// If the database fails.
    async fn count(&self, table: &Table) -> Result<u64, StoreError>;

    /// All rows of a table as of now.
    ///
    /// # Errors
    /// If the database fails.
    async fn rows(&self, table: &Table) -> Result<Box<dyn Rows>, StoreError>;

    /// The data for the reports of a year, as a snapshot. Only for a dictionary that
    /// [`is_reportable`](warehouse_domain::hr::is_reportable).
    ///
    /// # Errors
    /// If the database fails.
    async fn hiring(&self, year: u16) -> Result<HiringFacts, StoreError>;
}
