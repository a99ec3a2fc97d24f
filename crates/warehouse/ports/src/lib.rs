//! The ports of the data warehouse: small traits whose docs state their contracts.
//!
//! - [`Store`]: the tables, in a SQL database.
//! - [`Backups`]: backups of tables in the file system.
//! - [`History`] and [`RejectLog`]: historical files to load, and the rows rejected from them.
//! - [`Charts`]: the reports as pages and pictures.
//!
//! With the feature `contract`, the module `contract` has the test suites that adapters run.

mod backups;
mod charts;
mod history;
mod store;

#[cfg(feature = "contract")]
pub mod contract;

pub use backups::{Backup, BackupError, BackupReader, BackupWriter, Backups};
pub use charts::Charts;
pub use history::{FileError, History, HistoryFile, RejectLog, RejectWriter};
pub use store::{
    Finish, Idempotency, Insert, Inserted, Load, LoadMode, LoadRecord, Rows, Store, StoreError,
};
