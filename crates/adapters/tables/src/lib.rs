//! Tables as CSV and JSON.
//!
//! - [`read_rows`]: reads a file row by row, whatever its size and format, for any processor.
//! - [`ProfileTable`]: profiles a table: types, nulls, distinct values, quantiles, frequent values,
//!   outliers; as JSON and as a PDF for people.

mod column;
mod csv_rows;
mod json_rows;
mod kind;
mod number;
mod page;
mod profile;
mod quotes;
mod read;
mod rows;

pub use profile::ProfileTable;
pub use read::read_rows;
pub use rows::{Cell, Rows};
