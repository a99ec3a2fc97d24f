//! Spreadsheet files with rows.

use pipeline_domain::row::Row;
use pipeline_domain::sheet::{Cell, CellPosition};
use pipeline_domain::source::Source;

use crate::PortError;

/// The cells of a sheet.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    /// The file's name, for messages.
    pub file: String,
    /// The position of the first cell.
    pub first: CellPosition,
    /// Row by row.
    pub cells: Vec<Vec<Cell>>,
}

/// One spreadsheet per source. Calls block.
pub trait Spreadsheets: Send + Sync {
    /// The first sheet of the source's spreadsheet.
    ///
    /// # Errors
    /// [`Refused`](crate::PortErrorKind::Refused), with the file's name, if it is missing or not a
    /// spreadsheet.
    fn read(&self, source: Source) -> Result<Sheet, PortError>;

    /// Writes or replaces the source's spreadsheet: a header, then the rows.
    fn write(&self, source: Source, rows: &[Row]) -> Result<(), PortError>;
}
