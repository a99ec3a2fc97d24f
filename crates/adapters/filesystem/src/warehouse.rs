//! The data warehouse's files: historical data to load, and rejected rows.

mod history;
mod rejects;

pub use history::{CsvFile, CsvFolder};
pub use rejects::RejectFolder;
