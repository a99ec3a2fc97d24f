//! Runs that outlive the process, in one file of a data folder.
//!
//! - `emulations`: the repository itself. What is accepted and what has ended is on the disk when
//!   saving returns; progress at most a second later.
//! - `writer`: the one thread that writes, several runs with one commit.
//! - `file`: opening, examining and setting aside; `tables` and `row`: what is in the file.

mod emulations;
mod failure;
mod file;
mod row;
mod tables;
mod writer;

pub use emulations::RedbEmulations;
pub use failure::OpenError;
pub use file::OnDamage;
pub use tables::Keep;
