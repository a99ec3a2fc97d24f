//! Runs that outlive the process.
//!
//! - `emulations`: the repository itself. What is accepted and what has ended is on the disk when
//!   saving returns; progress at most a second later.
//! - `writer`: the one thread that writes, several runs with one commit.
//! - `tables` and `row`: what is in the file.

mod emulations;
mod row;
mod tables;
mod writer;

pub use emulations::RedbEmulations;
pub use tables::Keep;

use crate::failure::FileError;

impl From<row::RowError> for FileError {
    fn from(error: row::RowError) -> Self {
        match error {
            row::RowError::Version(got) => Self::Version(got),
            row::RowError::Damaged(why) => Self::Damaged(why),
        }
    }
}
