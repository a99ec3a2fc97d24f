//! The rules of the data warehouse: which rows are valid, and what the reports contain. Pure: no
//! I/O, no clock, no thread.
//!
//! - [`dictionary`]: tables, fields, keys and references as data; [`hr`] is the built-in one.
//! - [`batch`]: rows in memory; [`check`] validates cells and adds them, or returns the [`reason`]
//!   why not.
//! - [`csv`]: parses lines of CSV in several dialects.
//! - [`keys`]: sets of keys.
//! - [`report`]: hires by quarter, and departments above the mean.
//! - [`sample`]: generates a history with known faults from a seed.

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
