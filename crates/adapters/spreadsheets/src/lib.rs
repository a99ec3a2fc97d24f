//! Spreadsheets.
//!
//! - [`SpreadsheetFolder`]: a folder with one spreadsheet per source.

mod archive;
mod cells;
mod compound;
mod folder;
mod read;
mod write;

pub use folder::SpreadsheetFolder;
