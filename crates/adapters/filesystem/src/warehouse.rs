//! The data warehouse's files: history to be migrated, and what was rejected of it.

mod history;
mod rejects;

pub use history::{CsvFile, CsvFolder};
pub use rejects::RejectFolder;
