//! Spreadsheets, written by a library that shares no code with what reads them.

use std::fs;
use std::path::Path;

use pipeline_domain::row::{Row, Value};
use pipeline_domain::source::{Kind, Source, feature_name};
use rust_xlsxwriter::Workbook;

/// Rows of a source with these ids. Their values tell source, id and feature; some are missing.
pub(crate) fn rows(source: Source, ids: impl IntoIterator<Item = i64>) -> Vec<Row> {
    let row = |id: i64| {
        let values = source.features().iter().zip(1_i64..).map(|(kind, at)| {
            let value = id * 100 + at;
            match kind {
                _ if (id + at) % 7 == 0 => Value::Null,
                Kind::Integer if at % 2 == 0 => Value::Integer(-value),
                Kind::Integer => Value::Integer(value),
                // A whole number, a quarter, or one with many digits.
                Kind::Real => Value::Real(value as f64 / [1.0, 4.0, 7.0][id as usize % 3]),
            }
        });
        Row::new(source, id, &values.collect::<Vec<_>>()).unwrap()
    };
    ids.into_iter().map(row).collect()
}

/// Writes the rows as the spreadsheet of a source. Missing values are empty cells or `NA`.
pub(crate) fn write(folder: &Path, source: Source, rows: &[Row]) {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.write(0, 0, "id").unwrap();
    for (index, column) in (0..source.features().len()).zip(1..) {
        sheet.write(0, column, feature_name(index)).unwrap();
    }
    for (row, line) in rows.iter().zip(1..) {
        sheet.write(line, 0, row.id() as f64).unwrap();
        for (value, column) in row.values().iter().zip(1..) {
            match *value {
                Value::Null if line % 2 == 0 => sheet.write(line, column, "NA").map(|_| ()),
                Value::Null => Ok(()),
                Value::Integer(whole) => sheet.write(line, column, whole as f64).map(|_| ()),
                Value::Real(real) => sheet.write(line, column, real).map(|_| ()),
            }
            .unwrap();
        }
    }
    fs::create_dir_all(folder).unwrap();
    workbook.save(path(folder, source)).unwrap();
}

/// Writes the spreadsheets of all sources.
pub(crate) fn write_all(folder: &Path, rows: &[Vec<Row>; 3]) {
    for source in Source::ALL {
        write(folder, source, &rows[source.index()]);
    }
}

/// A spreadsheet whose cells are these texts and numbers.
pub(crate) fn write_cells(folder: &Path, source: Source, cells: &[&[&str]]) {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (row, line) in cells.iter().zip(0..) {
        for (cell, column) in row.iter().zip(0..) {
            match cell.parse::<f64>() {
                Ok(number) => sheet.write(line, column, number).unwrap(),
                Err(_) => sheet.write(line, column, *cell).unwrap(),
            };
        }
    }
    workbook.save(path(folder, source)).unwrap();
}

pub(crate) fn path(folder: &Path, source: Source) -> std::path::PathBuf {
    folder.join(format!("sim_file{}.xlsx", source.number()))
}
