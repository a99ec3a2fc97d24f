//! Collects the cells of a sheet.

use calamine::Data;
use pipeline_domain::sheet::{Cell, CellPosition};

/// Maximum number of non-empty cells: a full sheet of 32 columns.
const MAX_CELLS: usize = 32 << 20;

/// Maximum number of empty cells between and beside the others: per non-empty cell, and a fixed
/// allowance.
const MAX_EMPTY_PER_CELL: u64 = 64;
const MAX_EMPTY: u64 = 1 << 20;

/// The position of a sheet's first cell, and the rows from there on.
pub(crate) type PlacedRows = (CellPosition, Vec<Vec<Cell>>);

/// Cells in file order, which may differ from the order of the sheet.
#[derive(Default)]
pub(crate) struct Cells(Vec<(CellPosition, Cell)>);

impl Cells {
    /// Adds a cell; `position` counts from 0.
    ///
    /// # Errors
    /// If there are too many.
    pub(crate) fn push(&mut self, (row, column): (u32, u32), cell: Cell) -> Result<(), String> {
        if self.0.len() == MAX_CELLS {
            return Err(format!(
                "its first sheet has more than {MAX_CELLS} cells with a value"
            ));
        }
        let position = CellPosition {
            row: row.saturating_add(1),
            column: column.saturating_add(1),
        };
        self.0.push((position, cell));
        Ok(())
    }

    /// The cells row by row with the empty ones in between, and the position of the first one;
    /// `None` if there are none.
    ///
    /// # Errors
    /// If the cells are so far apart that nearly all would be empty; names the farthest.
    pub(crate) fn into_rows(self) -> Result<Option<PlacedRows>, String> {
        let positions = || self.0.iter().map(|(position, _)| *position);
        let rows = || positions().map(|position| position.row);
        let columns = || positions().map(|position| position.column);
        let (Some(top), Some(bottom)) = (rows().min(), rows().max()) else {
            return Ok(None);
        };
        let (Some(left), Some(right)) = (columns().min(), columns().max()) else {
            return Ok(None);
        };
        let height = u64::from(bottom - top) + 1;
        let area = height * (u64::from(right - left) + 1);
        if area > MAX_EMPTY && area / MAX_EMPTY_PER_CELL > self.0.len() as u64 {
            let farthest = positions()
                .max_by_key(|position| (position.column, position.row))
                .expect("there are cells");
            return Err(format!(
                "{farthest}: the cell lies so far from the others that nearly all of the sheet \
                 would be empty; delete it"
            ));
        }
        let mut cells = vec![Vec::new(); height as usize];
        for (position, cell) in self.0 {
            let row: &mut Vec<Cell> = &mut cells[(position.row - top) as usize];
            let index = (position.column - left) as usize;
            if row.len() <= index {
                row.resize(index + 1, Cell::Empty);
            }
            row[index] = cell;
        }
        let first = CellPosition {
            row: top,
            column: left,
        };
        Ok(Some((first, cells)))
    }
}

/// Converts a cell of the library.
pub(crate) fn cell(data: Data) -> Cell {
    match data {
        Data::Empty => Cell::Empty,
        Data::Int(whole) => Cell::Integer(whole),
        Data::Float(real) => Cell::Number(real),
        Data::String(text) => Cell::Text(text),
        Data::Bool(true) => Cell::Other("the truth value TRUE".to_owned()),
        Data::Bool(false) => Cell::Other("the truth value FALSE".to_owned()),
        Data::Error(error) => Cell::Other(format!("the error {error}")),
        Data::DateTime(time) if time.is_duration() => Cell::Other("a duration".to_owned()),
        Data::DateTime(time) => {
            let (year, month, day, ..) = time.to_ymd_hms_milli();
            Cell::Other(format!("a date ({year:04}-{month:02}-{day:02})"))
        }
        Data::DateTimeIso(time) => Cell::Other(format!("a date ({time})")),
        Data::DurationIso(time) => Cell::Other(format!("a duration ({time})")),
    }
}

/// A formula without a stored result.
pub(crate) fn uncalculated() -> Cell {
    Cell::Other("a formula without a calculated value".to_owned())
}
