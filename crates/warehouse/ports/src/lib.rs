//! What the data warehouse needs from outside, as small traits whose docs are their contracts.
//!
//! - [`Store`]: the tables, in a SQL database.
//! - [`Backups`]: copies of tables in the file system.
//! - [`History`] and [`RejectLog`]: files to be migrated, and what was not accepted of them.
//! - [`Charts`]: the reports as pages and pictures.
//!
//! With the feature `contract`, the module `contract` has the suites that adapters run.

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
