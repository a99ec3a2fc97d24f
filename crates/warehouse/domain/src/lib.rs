//! What the data warehouse decides: which rows are valid and what the reports say. Pure: no I/O, no
//! clock, no thread.
//!
//! - [`dictionary`]: tables, fields, keys and references as a value; [`hr`] is the built-in one.
//! - [`batch`]: rows in memory; [`check`] puts cells into them or gives the [`reason`] why not.
//! - [`csv`]: cells of a line, and what a file of lines may look like.
//! - [`keys`]: keys seen so far.
//! - [`report`]: hires by quarter, and departments above the mean.
//! - [`sample`]: a history with known faults, from a seed.

pub mod batch;
pub mod check;
pub mod csv;
pub mod dictionary;
pub mod hr;
pub mod keys;
mod moment;
pub mod name;
pub mod reason;
pub mod report;
pub mod sample;
