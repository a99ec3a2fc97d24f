//! Spreadsheets.
//!
//! - [`SpreadsheetFolder`]: a folder with one spreadsheet a source.

mod folder;
mod read;
mod write;

pub use folder::SpreadsheetFolder;
