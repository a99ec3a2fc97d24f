//! The tables, in a SQL database.

use std::collections::BTreeMap;

use async_trait::async_trait;
use warehouse_domain::batch::RowBatch;
use warehouse_domain::dictionary::Table;
use warehouse_domain::keys::KeySet;
use warehouse_domain::reason::Reason;
use warehouse_domain::report::HiringFacts;

/// Why a call to the database failed. Nothing of the call has happened, unless the connection broke
/// while its end was awaited: then all of it has happened, or nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// It did not answer, or is busy: the same call may work later.
    #[error("{0}")]
    Unreachable(String),
    /// It answered no, or is another database than was expected: someone must act first.
    #[error("{0}")]
    Refused(String),
    /// The idempotency key belongs to another request.
    #[error(
        "the Idempotency-Key was used for another request; use a new key for a new request, or \
         repeat the first one unchanged"
    )]
    KeyReused,
}

/// What a load does with the rows that are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadMode {
    /// They stay.
    Append,
    /// They are replaced at the end, and what was remembered of loaded files is forgotten.
    Replace,
}

/// A file that was loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadRecord {
    /// SHA-256 of the file's content, unpacked, in lowercase hexadecimal.
    pub digest: String,
    /// The file's name.
    pub file: String,
    /// Rows that were inserted.
    pub rows: u64,
    /// Rows that were rejected.
    pub rejected: u64,
    /// Faults by `column: reason`, the reason being its code.
    pub reasons: BTreeMap<String, u64>,
    /// When it was loaded: milliseconds since 1970-01-01T00:00:00Z.
    pub loaded_at: i64,
}

/// How a load ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finish {
    /// The file is remembered with the table.
    Loaded(LoadRecord),
    /// The rows came from elsewhere.
    Restored,
}

/// A bulk load of one table, in one transaction. Dropped, it has not happened: readers never see a
/// part of it, not even after the process or the database was killed.
#[async_trait]
pub trait Load: Send {
    /// The keys of the rows that a table has, as this transaction sees it.
    ///
    /// # Errors
    /// If the database fails.
    async fn keys(&mut self, table: &Table) -> Result<KeySet, StoreError>;

    /// Adds rows whose keys are new. They may still be on their way to the database afterwards:
    /// what is wrong with them is told by a later call, at the latest by
    /// [`finish`](Self::finish).
    ///
    /// # Errors
    /// If the database fails. The load must then be dropped.
    async fn add(&mut self, rows: &RowBatch) -> Result<(), StoreError>;

    /// Makes all of it visible and safe from a power cut.
    ///
    /// # Errors
    /// If the database fails.
    async fn finish(self: Box<Self>, finish: Finish) -> Result<(), StoreError>;
}

/// The rows of a table as they were at one moment, in whatever order the database reads them fastest:
/// the same one again as long as the table is the same.
#[async_trait]
pub trait Rows: Send {
    /// The next rows, at least one; `None` after the last.
    ///
    /// # Errors
    /// If the database fails, or holds something that the dictionary does not allow.
    async fn next(&mut self) -> Result<Option<RowBatch>, StoreError>;
}

/// A request that may come again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotency {
    /// What tells it from others: 64 lowercase hexadecimal characters.
    pub key: String,
    /// SHA-256 of the request in lowercase hexadecimal: the same key with another digest is refused.
    pub digest: String,
    /// Now: milliseconds since 1970-01-01T00:00:00Z.
    pub now: i64,
    /// Keys from before this moment are forgotten.
    pub forget_before: i64,
}

/// Rows to be inserted.
#[derive(Clone, Copy, Debug)]
pub struct Insert<'a> {
    /// Their table.
    pub table: &'a Table,
    /// Valid rows, each key once.
    pub rows: &'a RowBatch,
    /// Whether nothing is to be inserted if one row is refused.
    pub all_or_nothing: bool,
    /// If the request may come again.
    pub idempotency: Option<&'a Idempotency>,
}

/// What became of rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inserted {
    /// Places in the batch, ascending, with the column that is wrong and the reason:
    /// [`DuplicateInTable`](Reason::DuplicateInTable) or
    /// [`MissingReference`](Reason::MissingReference).
    pub refused: Vec<(usize, usize, Reason)>,
    /// Whether this is the answer to an earlier request with the same key.
    pub replayed: bool,
}

/// The tables of a dictionary in a SQL database. Clones of an `Arc` are the same store.
///
/// Names reach SQL only as [`Name`](warehouse_domain::name::Name)s, values only as values.
#[async_trait]
pub trait Store: Send + Sync {
    /// Creates what is missing and checks what is there against the dictionary. May be repeated.
    ///
    /// # Errors
    /// [`Refused`](StoreError::Refused) if a table differs from the dictionary.
    async fn prepare(&self) -> Result<(), StoreError>;

    /// Begins to load a table. Whoever else wants to write to it waits; readers do not.
    ///
    /// # Errors
    /// If the database fails.
    async fn load(&self, table: &Table, mode: LoadMode) -> Result<Box<dyn Load>, StoreError>;

    /// The files that were loaded into a table since it was last restored, newest first.
    ///
    /// # Errors
    /// If the database fails.
    async fn loads(&self, table: &Table) -> Result<Vec<LoadRecord>, StoreError>;

    /// Inserts rows in one transaction; those that the table refuses are told one by one. With
    /// `all_or_nothing` and a refused row, nothing is inserted, and the key is not used up.
    ///
    /// # Errors
    /// [`KeyReused`](StoreError::KeyReused), or if the database fails.
    async fn insert(&self, insert: Insert<'_>) -> Result<Inserted, StoreError>;

    /// Up to `limit` rows whose keys are at least `from`, in ascending order of the keys.
    ///
    /// # Errors
    /// If the database fails.
    async fn page(&self, table: &Table, from: i32, limit: u32) -> Result<RowBatch, StoreError>;

    /// How many rows a table has.
    ///
    /// # Errors
    /// If the database fails.
    async fn count(&self, table: &Table) -> Result<u64, StoreError>;

    /// All rows of a table as of now.
    ///
    /// # Errors
    /// If the database fails.
    async fn rows(&self, table: &Table) -> Result<Box<dyn Rows>, StoreError>;

    /// What the reports of a year are made from, as of one moment. Only for a dictionary that
    /// [`is_reportable`](warehouse_domain::hr::is_reportable).
    ///
    /// # Errors
    /// If the database fails.
    async fn hiring(&self, year: u16) -> Result<HiringFacts, StoreError>;
}
