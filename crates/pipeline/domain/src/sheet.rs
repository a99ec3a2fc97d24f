//! Converts the cells of a spreadsheet to rows of a source.

use crate::row::{Row, Value};
use crate::source::{Kind, Source, feature_name};

/// A cell as a spreadsheet reader returns it.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// No value.
    Empty,
    /// A number; most formats have only floats.
    Number(f64),
    /// An integer, in formats that have them.
    Integer(i64),
    /// A text.
    Text(String),
    /// Anything else, such as a date or `#DIV/0!`, described for people.
    Other(String),
}

/// A position in a sheet, as spreadsheet programs show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellPosition {
    /// From 1.
    pub row: u32,
    /// From 1.
    pub column: u32,
}

impl std::fmt::Display for CellPosition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "row {}, column {}", self.row, letters(self.column))
    }
}

/// `A`, `B`, ... `Z`, `AA`, ...
fn letters(mut column: u32) -> String {
    let mut letters = Vec::new();
    while column > 0 {
        letters.push(b'A' + ((column - 1) % 26) as u8);
        column = (column - 1) / 26;
    }
    letters.iter().rev().map(|letter| *letter as char).collect()
}

/// Why a sheet cannot be converted to rows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongSheet {
    /// There are no column names.
    #[error("the first row has no column names; it must have id and any of {allowed}")]
    NoHeader {
        /// The columns of the source.
        allowed: String,
    },
    /// There is no column `id`.
    #[error("there is no column id among the names in the first row")]
    NoId,
    /// An unknown column name, or a cell that is not a name.
    #[error("{place}: the column is called {got}; expected id or {allowed}")]
    UnknownColumn {
        /// Where.
        place: CellPosition,
        /// Its name.
        got: String,
        /// The columns of the source.
        allowed: String,
    },
    /// The same name appears twice.
    #[error("{place}: there is a column {name} already")]
    RepeatedColumn {
        /// The position of the second one.
        place: CellPosition,
        /// The name.
        name: String,
    },
    /// A value in a column without a name.
    #[error(
        "{place}: {got} is in a column without a name; name the column in the first row, or delete the cell"
    )]
    UnnamedColumn {
        /// Where.
        place: CellPosition,
        /// The actual value.
        got: String,
    },
    /// A value is invalid for its column.
    #[error("{place}: {column} is {got}; expected {allowed}")]
    WrongValue {
        /// Where.
        place: CellPosition,
        /// The column's name.
        column: String,
        /// The actual value.
        got: String,
        /// The allowed values.
        allowed: &'static str,
    },
}

/// The rows of a sheet whose first row names the columns, in any order. Empty cells and `NA` are
/// null, empty rows are skipped, and integers stay integers. `first` is the position of the first
/// cell of `cells` in the sheet.
///
/// # Errors
/// The first error, with its position.
pub fn parse_rows(
    source: Source,
    first: CellPosition,
    cells: &[Vec<Cell>],
) -> Result<Vec<Row>, WrongSheet> {
    let place = |row: usize, column: usize| CellPosition {
        row: first.row + row as u32,
        column: first.column + column as u32,
    };
    let columns = parse_header(source, cells, place)?;
    let mut rows = Vec::with_capacity(cells.len().saturating_sub(1));
    for (number, cells) in cells.iter().enumerate().skip(1) {
        let beyond = cells.iter().enumerate().skip(columns.len());
        if let Some((at, cell)) = beyond.into_iter().find(|(_, cell)| **cell != Cell::Empty) {
            return Err(WrongSheet::UnnamedColumn {
                place: place(number, at),
                got: describe(cell),
            });
        }
        if cells.iter().all(|cell| to_value(cell) == Ok(Value::Null)) {
            continue;
        }
        let mut id = None;
        let mut values = vec![Value::Null; source.features().len()];
        for (at, column) in columns.iter().enumerate() {
            let cell = cells.get(at).unwrap_or(&Cell::Empty);
            let wrong = |name: &str, got: String, allowed| WrongSheet::WrongValue {
                place: place(number, at),
                column: name.to_owned(),
                got,
                allowed,
            };
            match *column {
                Some(index) => {
                    let kind = source.features()[index];
                    let allowed = match kind {
                        Kind::Integer => "a whole number, an empty cell or NA",
                        Kind::Real => "a number, an empty cell or NA",
                    };
                    values[index] = value_of_kind(cell, kind)
                        .map_err(|got| wrong(&feature_name(index), got, allowed))?;
                }
                None => match value_of_kind(cell, Kind::Integer) {
                    Ok(Value::Integer(whole)) => id = Some(whole),
                    Ok(_) => return Err(wrong("id", "missing".to_owned(), "a whole number")),
                    Err(got) => return Err(wrong("id", got, "a whole number")),
                },
            }
        }
        let id = id.expect("the header has an id");
        rows.push(Row::new(source, id, &values).expect("each value fits its column"));
    }
    Ok(rows)
}

/// The meaning of each column: a feature, or (`None`) the id. Unnamed columns at the right end are
/// left out.
fn parse_header(
    source: Source,
    cells: &[Vec<Cell>],
    place: impl Fn(usize, usize) -> CellPosition,
) -> Result<Vec<Option<usize>>, WrongSheet> {
    let allowed = format!("feature1 to {}", feature_name(source.features().len() - 1));
    let named = |cell: &Cell| !matches!(cell, Cell::Empty);
    let names = cells.first().map_or(&[][..], Vec::as_slice);
    let count = names.iter().rposition(named).map_or(0, |last| last + 1);
    if count == 0 {
        return Err(WrongSheet::NoHeader { allowed });
    }
    let mut columns: Vec<Option<usize>> = Vec::with_capacity(count);
    for (at, cell) in names[..count].iter().enumerate() {
        let column = match cell {
            Cell::Text(name) if name == "id" => None,
            Cell::Text(name) if source.feature(name).is_some() => source.feature(name),
            other => {
                return Err(WrongSheet::UnknownColumn {
                    place: place(0, at),
                    got: describe(other),
                    allowed,
                });
            }
        };
        if columns.contains(&column) {
            return Err(WrongSheet::RepeatedColumn {
                place: place(0, at),
                name: column.map_or("id".to_owned(), feature_name),
            });
        }
        columns.push(column);
    }
    if columns.contains(&None) {
        Ok(columns)
    } else {
        Err(WrongSheet::NoId)
    }
}

fn value_of_kind(cell: &Cell, kind: Kind) -> Result<Value, String> {
    to_value(cell)?.of_kind(kind).ok_or_else(|| describe(cell))
}

/// The value of a cell; otherwise a description of its contents, for people.
fn to_value(cell: &Cell) -> Result<Value, String> {
    match cell {
        Cell::Empty => Ok(Value::Null),
        Cell::Text(text) if text.trim().is_empty() || text.trim() == "NA" => Ok(Value::Null),
        Cell::Number(real) => Ok(Value::Real(*real)),
        Cell::Integer(whole) => Ok(Value::Integer(*whole)),
        other => Err(describe(other)),
    }
}

fn describe(cell: &Cell) -> String {
    match cell {
        Cell::Empty => "empty".to_owned(),
        Cell::Number(real) => real.to_string(),
        Cell::Integer(whole) => whole.to_string(),
        Cell::Text(text) => format!("the text {:?}", text.chars().take(40).collect::<String>()),
        Cell::Other(what) => what.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: CellPosition = CellPosition { row: 1, column: 1 };

    fn text(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }

    fn sheet(names: &[&str], rows: &[&[Cell]]) -> Result<Vec<Row>, String> {
        let mut cells = vec![names.iter().map(|name| text(name)).collect()];
        cells.extend(rows.iter().map(|row| row.to_vec()));
        super::parse_rows(Source::Second, FIRST, &cells).map_err(|wrong| wrong.to_string())
    }

    #[test]
    fn empty_and_na_are_null_and_integers_stay_integers() {
        let rows = sheet(
            &["feature1", "id", "feature5", "feature2"],
            &[
                &[
                    Cell::Number(4.0),
                    Cell::Number(17.0),
                    Cell::Number(0.5),
                    text("NA"),
                ],
                &[Cell::Empty, text(" "), Cell::Empty],
                &[Cell::Empty, Cell::Integer(18), Cell::Integer(2)],
            ],
        )
        .unwrap();
        let events: Vec<String> = rows.iter().map(Row::encode).collect();
        assert_eq!(rows.len(), 2, "an empty row is left out");
        assert!(events[0].starts_with(r#"{"id": 17, "feature1": 4, "feature2": null,"#));
        assert!(events[0].contains(r#""feature5": 0.5"#));
        assert!(events[1].contains(r#""feature1": null"#));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let one = Cell::Number(1.0);
        for (names, row, told) in [
            (
                &["id", "feature1"][..],
                &[one.clone(), text("x")][..],
                r#"row 2, column B: feature1 is the text "x"; expected a whole number, an empty cell or NA"#,
            ),
            (
                &["id", "feature1"],
                &[one.clone(), Cell::Number(1.5)],
                "row 2, column B: feature1 is 1.5; expected a whole number, an empty cell or NA",
            ),
            (
                &["id", "feature5"],
                &[one.clone(), Cell::Other("the error #DIV/0!".to_owned())],
                "row 2, column B: feature5 is the error #DIV/0!; expected a number, an empty cell or NA",
            ),
            (
                &["feature1", "id"],
                &[one.clone(), Cell::Empty],
                "row 2, column B: id is missing; expected a whole number",
            ),
            (
                &["feature1"],
                std::slice::from_ref(&one),
                "there is no column id among the names in the first row",
            ),
            (
                &["id", "feature10"],
                &[],
                r#"row 1, column B: the column is called the text "feature10"; expected id or feature1 to feature9"#,
            ),
            (
                &["id"],
                &[one.clone(), Cell::Empty, Cell::Number(7.0)],
                "row 2, column C: 7 is in a column without a name; name the column in the first row, or delete the cell",
            ),
            (
                &["id"],
                &[Cell::Empty, text("NA")],
                r#"row 2, column B: the text "NA" is in a column without a name; name the column in the first row, or delete the cell"#,
            ),
            (
                &["id", "id"],
                &[],
                "row 1, column B: there is a column id already",
            ),
            (
                &[],
                &[],
                "the first row has no column names; it must have id and any of feature1 to feature9",
            ),
        ] {
            assert_eq!(sheet(names, &[row]), Err(told.to_owned()));
        }
    }

    #[test]
    fn columns_have_the_letters_of_spreadsheets() {
        for (column, name) in [(1, "A"), (26, "Z"), (27, "AA"), (52, "AZ"), (703, "AAA")] {
            assert_eq!(letters(column), name);
        }
    }
}
