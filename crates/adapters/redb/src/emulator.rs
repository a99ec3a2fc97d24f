//! Runs that outlive the process.
//!
//! - `emulations`: the repository itself. What was saved is on the disk when saving returns.
//! - `shared`: what both work with.
//! - `writer`: the one thread that writes, all runs that wait with one commit.
//! - `tables`, `row` and `callback`: what is in the file; `models`: those of runs, compiled once.

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
