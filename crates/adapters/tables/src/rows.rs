//! The rows of a table, one by one.

use std::collections::HashMap;

use compute_ports::ProcessError;

/// Maximum number of columns in a table, because the statistics of each take memory.
pub(crate) const MAX_COLUMNS: usize = 256;

/// A value of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell<'r> {
    /// No value: an empty field, null, or an absent member.
    Missing,
    /// Unquoted: its text shows what it is.
    Bare(&'r str),
    /// A JSON string, which is never a number.
    Text(&'r str),
}

impl<'r> Cell<'r> {
    /// Its text; `None` if it is missing.
    pub fn text(self) -> Option<&'r str> {
        match self {
            Self::Missing => None,
            Self::Bare(text) | Self::Text(text) => Some(text),
        }
    }
}

/// The columns of a table and its current row.
#[derive(Debug, Default)]
pub struct Rows {
    names: Vec<String>,
    positions: HashMap<String, usize>,
    cells: Vec<Slot>,
    number: u64,
}

/// A cell whose memory is reused.
#[derive(Debug, Default)]
struct Slot {
    state: State,
    text: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Missing,
    Bare,
    Text,
}

impl Rows {
    /// The names of the columns seen so far.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The position of a column.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.positions.get(name).copied()
    }

    /// The number of the current row, from 1; after the last row, the number of rows.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// A cell of the current row.
    pub fn cell(&self, position: usize) -> Cell<'_> {
        match self.cells.get(position) {
            Some(slot) if slot.state == State::Bare => Cell::Bare(&slot.text),
            Some(slot) if slot.state == State::Text => Cell::Text(&slot.text),
            _ => Cell::Missing,
        }
    }

    pub(crate) fn begin_row(&mut self) {
        self.number += 1;
        for slot in &mut self.cells {
            slot.state = State::Missing;
        }
    }

    /// The column of that name, added if it does not exist.
    pub(crate) fn column(&mut self, name: &str) -> Result<usize, ProcessError> {
        if let Some(position) = self.position(name) {
            return Ok(position);
        }
        let position = self.names.len();
        if position == MAX_COLUMNS {
            let why = format!("the table has more than {MAX_COLUMNS} columns, which are allowed");
            return Err(ProcessError::data(why));
        }
        self.names.push(name.to_owned());
        self.positions.insert(name.to_owned(), position);
        self.cells.push(Slot::default());
        Ok(position)
    }

    pub(crate) fn set(&mut self, position: usize, cell: Cell<'_>) {
        let slot = &mut self.cells[position];
        slot.state = match cell {
            Cell::Missing => State::Missing,
            Cell::Bare(_) => State::Bare,
            Cell::Text(_) => State::Text,
        };
        slot.text.clear();
        slot.text.push_str(cell.text().unwrap_or_default());
    }

    /// Like [`set`](Self::set), for values that are not available as text.
    pub(crate) fn set_shown(&mut self, position: usize, value: impl std::fmt::Display) {
        use std::fmt::Write;

        let slot = &mut self.cells[position];
        slot.state = State::Bare;
        slot.text.clear();
        write!(slot.text, "{value}").expect("a text takes whatever is written to it");
    }
}
