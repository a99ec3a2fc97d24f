//! From a file to the cells of its first sheet.

use std::fs::File;
use std::panic::catch_unwind;
use std::path::Path;

use calamine::{
    Data, Error, OdsError, Range, Reader, SheetType, XlsError, XlsbError, XlsxError,
    open_workbook_auto,
};
use pipeline_domain::sheet::{Cell, CellPosition};
use pipeline_ports::{PortError, Sheet};

/// The cells of the first worksheet; its place in the file counts, not its name.
pub(crate) fn sheet(path: &Path) -> Result<Sheet, PortError> {
    let file = path.display();
    // Told apart from what is wrong with the content.
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
    // The library does arithmetic with what the file says, and some damage makes it panic.
    let range = catch_unwind(|| first_range(path))
        .map_err(|_| damaged(path, "it cannot be made sense of"))?
        .map_err(|error| wrong(path, &error))?;
    let Some((range, (row, column))) =
        range.and_then(|range| range.start().map(|start| (range, start)))
    else {
        return Err(PortError::refused(format!(
            "the first sheet of {file} is empty; it must have column names and, below them, rows"
        )));
    };
    Ok(Sheet {
        file: file.to_string(),
        first: CellPosition {
            row: row + 1,
            column: column + 1,
        },
        cells: range
            .rows()
            .map(|row| row.iter().map(cell).collect())
            .collect(),
    })
}

fn first_range(path: &Path) -> Result<Option<Range<Data>>, Error> {
    let mut workbook = open_workbook_auto(path)?;
    let sheets = workbook.sheets_metadata();
    let first = sheets
        .iter()
        .find(|sheet| sheet.typ == SheetType::WorkSheet);
    let name = first.map(|sheet| sheet.name.clone());
    name.map(|name| workbook.worksheet_range(&name)).transpose()
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

fn cell(data: &Data) -> Cell {
    match data {
        Data::Empty => Cell::Empty,
        Data::Int(whole) => Cell::Integer(*whole),
        Data::Float(real) => Cell::Number(*real),
        Data::String(text) => Cell::Text(text.clone()),
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
