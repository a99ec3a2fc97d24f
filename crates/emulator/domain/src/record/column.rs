//! The values of one field for several records.

mod append;

use std::ops::Range;
use std::sync::Arc;

use uuid::Uuid;

use super::Word;
use crate::time::Timestamp;

/// Whether a record has a value for a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It has one.
    Present,
    /// The field is present without a value.
    Null,
    /// The field is absent.
    Missing,
}

/// The values of one field, one per record, in record order. A column is filled, read and filled
/// again, and keeps its allocations.
#[derive(Clone, Debug)]
pub struct Column {
    /// Empty if all values are present.
    presence: Vec<Presence>,
    /// The values; those of records without a value are meaningless.
    pub cells: Cells,
}

/// The values of a column by their type.
// The tag is read with every value. A byte of its own is read with one instruction; a tag hidden in
// the niche of a vector's capacity takes ten.
#[derive(Clone, Debug)]
#[repr(u8)]
pub enum Cells {
    /// Of a boolean.
    Boolean(Vec<bool>),
    /// Of a long.
    Long(Vec<i64>),
    /// Of a float.
    Float(Vec<f64>),
    /// Of a decimal.
    Decimal {
        /// The numbers without their decimal point.
        unscaled: Vec<i64>,
        /// Digits after the point, the same for all.
        scale: u8,
    },
    /// Of a text.
    Text(TextCells),
    /// Of a text or an enum, as positions in a shared list.
    Word {
        /// The position of each record's word.
        positions: Vec<u32>,
        /// The words.
        words: Arc<[Word]>,
    },
    /// Of a UUID.
    Uuid(Vec<Uuid>),
    /// Of a date: days since 1970-01-01.
    Date(Vec<i32>),
    /// Of a time of day: microseconds since midnight.
    Time(Vec<i64>),
    /// Of a timestamp.
    Timestamp(Vec<Timestamp>),
    /// Of a struct: a column for each of its fields.
    Struct(Vec<Column>),
    /// Of an array.
    Array {
        /// Where the elements of each record end.
        ends: Vec<usize>,
        /// The elements of all records.
        elements: Box<Column>,
    },
    /// Of a map.
    Map {
        /// Where the entries of each record end.
        ends: Vec<usize>,
        /// The keys of all records: texts, all present.
        keys: Box<Column>,
        /// The values of all records.
        values: Box<Column>,
    },
}

/// Texts one after the other.
#[derive(Clone, Debug, Default)]
pub struct TextCells {
    text: String,
    ends: Vec<usize>,
}

impl TextCells {
    /// Ends the text that was written since the last one.
    #[inline]
    pub fn end(&mut self) {
        self.ends.push(self.text.len());
    }

    /// The buffer for the next text.
    #[inline]
    pub fn writer(&mut self) -> &mut String {
        &mut self.text
    }

    /// Adds a text.
    #[inline]
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.end();
    }

    /// The text of record `row`.
    #[inline]
    pub fn get(&self, row: usize) -> &str {
        &self.text[self.span(row)]
    }

    /// Where the text of record `row` lies in [`all`](Self::all).
    #[inline]
    pub fn span(&self, row: usize) -> Range<usize> {
        let start = match row {
            0 => 0,
            _ => self.ends[row - 1],
        };
        start..self.ends[row]
    }

    /// All texts, concatenated.
    pub fn all(&self) -> &str {
        &self.text
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Removes all texts.
    pub fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }
}

impl Column {
    /// A column without records.
    pub const fn new(cells: Cells) -> Self {
        Self {
            presence: Vec::new(),
            cells,
        }
    }

    /// A column in which `presence` says, for each record, whether it has a value.
    ///
    /// # Panics
    /// If there are not as many as cells.
    pub fn with_presence(cells: Cells, mut presence: Vec<Presence>) -> Self {
        if presence.iter().all(|one| *one == Presence::Present) {
            presence.clear();
        }
        let column = Self { presence, cells };
        assert!(column.is_full() || column.presence.len() == column.len());
        column
    }

    /// Removes the records, and keeps the type and the allocations.
    pub fn clear(&mut self) {
        self.presence.clear();
        match &mut self.cells {
            Cells::Boolean(values) => values.clear(),
            Cells::Long(values) | Cells::Time(values) => values.clear(),
            Cells::Decimal { unscaled, .. } => unscaled.clear(),
            Cells::Float(values) => values.clear(),
            Cells::Text(texts) => texts.clear(),
            Cells::Word { positions, .. } => positions.clear(),
            Cells::Uuid(values) => values.clear(),
            Cells::Date(values) => values.clear(),
            Cells::Timestamp(values) => values.clear(),
            Cells::Struct(columns) => columns.iter_mut().for_each(Self::clear),
            Cells::Array { ends, elements } => {
                ends.clear();
                elements.clear();
            }
            Cells::Map { ends, keys, values } => {
                ends.clear();
                keys.clear();
                values.clear();
            }
        }
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        match &self.cells {
            Cells::Boolean(values) => values.len(),
            Cells::Long(values) | Cells::Time(values) => values.len(),
            Cells::Decimal { unscaled, .. } => unscaled.len(),
            Cells::Float(values) => values.len(),
            Cells::Text(texts) => texts.len(),
            Cells::Word { positions, .. } => positions.len(),
            Cells::Uuid(values) => values.len(),
            Cells::Date(values) => values.len(),
            Cells::Timestamp(values) => values.len(),
            Cells::Struct(columns) => columns.first().map_or(0, Self::len),
            Cells::Array { ends, .. } | Cells::Map { ends, .. } => ends.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Removes the value of record `row`.
    pub fn remove(&mut self, row: usize, instead: Presence) {
        if self.presence.len() < self.len() {
            self.presence.resize(self.len(), Presence::Present);
        }
        self.presence[row] = instead;
    }

    /// Whether every record has a value.
    #[inline]
    pub const fn is_full(&self) -> bool {
        self.presence.is_empty()
    }

    /// Whether record `row` has a value, null, or no field.
    #[inline]
    pub fn presence(&self, row: usize) -> Presence {
        match self.presence.get(row) {
            None => Presence::Present,
            Some(presence) => *presence,
        }
    }

    /// Whether record `row` has a value.
    pub(crate) fn is_present(&self, row: usize) -> bool {
        self.presence(row) == Presence::Present
    }
}
