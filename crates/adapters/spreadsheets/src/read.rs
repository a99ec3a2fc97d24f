//! Reads the cells of a file's first sheet.

use std::fs::File;
use std::panic::catch_unwind;
use std::path::Path;

use calamine::{
    Data, Error, OdsError, Reader, SheetType, Sheets, XlsError, XlsbError, XlsxError,
    open_workbook_auto,
};
use pipeline_domain::sheet::Cell;
use pipeline_ports::{PortError, Sheet};

use crate::archive;
use crate::cells::{Cells, cell, uncalculated};
use crate::compound;

/// The cells of the first worksheet; its position in the file counts, not its name.
pub(crate) fn sheet(path: &Path) -> Result<Sheet, PortError> {
    let file = path.display();
    // Distinguishes an unreadable file from invalid contents.
    File::open(path)
        .and_then(|file| file.metadata())
        .and_then(|existing| match existing.is_file() {
            true => Ok(()),
            false => Err(std::io::ErrorKind::IsADirectory.into()),
        })
        .map_err(|error| {
            PortError::refused(format!(
                "cannot read {file}: {error}; check what it is, and its permissions"
            ))
        })?;
    let excess = archive::find_excess(path).and_then(|excess| match excess {
        None => compound::find_excess(path),
        found => Ok(found),
    });
    match excess {
        Ok(None) => {}
        Ok(Some(excess)) => return Err(too_large(path, &excess)),
        Err(error) => return Err(damaged(path, &error.to_string())),
    }
    // The library computes with unchecked values of the file, and some damage makes it panic.
    let cells = catch_unwind(|| first_sheet(path))
        .map_err(|_| damaged(path, "it cannot be made sense of"))?
        .map_err(|error| match error {
            ReadError::Library(error) => wrong(path, &error),
            ReadError::TooLarge(excess) => too_large(path, &excess),
        })?;
    let rows = cells.into_rows().map_err(|far| too_large(path, &far))?;
    let Some((first, cells)) = rows else {
        return Err(PortError::refused(format!(
            "the first sheet of {file} is empty; it must have column names and, below them, rows"
        )));
    };
    Ok(Sheet {
        file: file.to_string(),
        first,
        cells,
    })
}

enum ReadError {
    Library(Error),
    TooLarge(String),
}

impl<E: Into<Error>> From<E> for ReadError {
    fn from(error: E) -> Self {
        Self::Library(error.into())
    }
}

/// The non-empty cells of the first worksheet; none if there is no worksheet.
fn first_sheet(path: &Path) -> Result<Cells, ReadError> {
    let mut workbook = open_workbook_auto(path)?;
    let mut cells = Cells::default();
    let sheets = workbook.sheets_metadata();
    let first = sheets
        .iter()
        .find(|sheet| sheet.typ == SheetType::WorkSheet);
    let Some(name) = first.map(|sheet| sheet.name.clone()) else {
        return Ok(cells);
    };
    match &mut workbook {
        // Cell by cell: the library's ranges hold all empty cells between the outermost ones.
        Sheets::Xlsx(workbook) => {
            let mut reader = workbook.worksheet_cells_reader(&name)?;
            while let Some(found) = reader.next_cell_with_formula_metadata()? {
                let cell = match (cell(found.value.into()), found.formula) {
                    (Cell::Empty, None) => continue,
                    (Cell::Empty, Some(_)) => uncalculated(),
                    (cell, _) => cell,
                };
                cells.push(found.pos, cell).map_err(ReadError::TooLarge)?;
            }
        }
        Sheets::Xlsb(workbook) => {
            let mut reader = workbook.worksheet_cells_reader(&name)?;
            while let Some(found) = reader.next_cell()? {
                let value = cell(found.get_value().clone().into());
                if value != Cell::Empty {
                    let position = found.get_position();
                    cells.push(position, value).map_err(ReadError::TooLarge)?;
                }
            }
        }
        // The library reads these formats completely before it returns the first cell.
        Sheets::Xls(_) | Sheets::Ods(_) => {
            let formulas = workbook.worksheet_formula(&name)?;
            let range = workbook.worksheet_range(&name)?;
            for (row, column, formula) in formulas.used_cells() {
                let (top, left) = formulas.start().unwrap_or_default();
                let position = (top + row as u32, left + column as u32);
                let value = range.get_value(position);
                if !formula.is_empty() && value.is_none_or(|value| *value == Data::Empty) {
                    cells
                        .push(position, uncalculated())
                        .map_err(ReadError::TooLarge)?;
                }
            }
            let (top, left) = range.start().unwrap_or_default();
            for (row, column, value) in range.used_cells() {
                let position = (top + row as u32, left + column as u32);
                cells
                    .push(position, cell(value.clone()))
                    .map_err(ReadError::TooLarge)?;
            }
        }
    }
    Ok(cells)
}

fn too_large(path: &Path, why: &str) -> PortError {
    PortError::refused(format!("{} cannot be read: {why}", path.display()))
}

fn wrong(path: &Path, error: &Error) -> PortError {
    match error {
        Error::Xlsx(XlsxError::Password)
        | Error::Xls(XlsError::Password)
        | Error::Xlsb(XlsbError::Password)
        | Error::Ods(OdsError::Password) => PortError::refused(format!(
            "{} is protected by a password; save it without one",
            path.display()
        )),
        error => damaged(path, &error.to_string()),
    }
}

fn damaged(path: &Path, why: &str) -> PortError {
    PortError::refused(format!(
        "{} is damaged, or is not what its name says ({why}); \
         open it in a spreadsheet program and save it again",
        path.display()
    ))
}
