//! Runs that outlive the process.
//!
//! - `emulations`: the repository itself. What was saved is on disk when saving returns.
//! - `shared`: state shared by readers and writer.
//! - `writer`: the only thread that writes; it commits all waiting runs at once (group commit).
//! - `tables`, `row` and `callback`: the file's contents; `models`: the models of runs, each
//!   compiled once.

mod callback;
mod emulations;
mod models;
mod row;
mod shared;
mod tables;
mod writer;

pub use emulations::RedbEmulations;
pub use tables::Retention;

use crate::failure::FileError;

impl From<row::RowError> for FileError {
    fn from(error: row::RowError) -> Self {
        match error {
            row::RowError::Version(got) => Self::Version(got),
            row::RowError::Damaged(why) => Self::Damaged(why),
        }
    }
}
