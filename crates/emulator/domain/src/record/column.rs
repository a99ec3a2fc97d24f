//! The values of one field for some records at once.

mod append;

use std::ops::Range;
use std::sync::Arc;

use uuid::Uuid;

use super::value::{Array, Map, Struct, Value};
use crate::time::{Date, Timestamp};

/// Whether a record has a value for a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It has.
    Present,
    /// The field is there without a value.
    Null,
    /// The field is not there.
    Missing,
}

/// The values of one field, one a record, in the order of the records. A column is filled, read and
/// filled again: it keeps its memory.
#[derive(Clone, Debug)]
pub struct Column {
    /// Empty if all are present.
    presence: Vec<Presence>,
    /// The values; those of records without one mean nothing.
    pub cells: Cells,
}

/// The values of a column by their type.
#[derive(Clone, Debug)]
pub enum Cells {
    /// Of a boolean.
    Boolean(Vec<bool>),
    /// Of a long.
    Long(Vec<i64>),
    /// Of a float.
    Float(Vec<f64>),
    /// Of a decimal.
    Decimal {
        /// The numbers without their point.
        unscaled: Vec<i64>,
        /// Digits after the point, the same for all.
        scale: u8,
    },
    /// Of a text.
    Text(TextCells),
    /// Of a text or an enum, as positions in a list that all records share.
    Word {
        /// Which word each record has.
        positions: Vec<u32>,
        /// The words.
        words: Arc<[Box<str>]>,
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
    /// Ends the text that was written since the last one ended.
    #[inline]
    pub fn end(&mut self) {
        self.ends.push(self.text.len());
    }

    /// Where to write the next text.
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

    /// All of them, one after the other.
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

    /// Forgets all of them.
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

    /// Forgets the records, and keeps the type and the memory.
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

    /// Takes the value of record `row` away.
    pub fn remove(&mut self, row: usize, instead: Presence) {
        if self.presence.len() < self.len() {
            self.presence.resize(self.len(), Presence::Present);
        }
        self.presence[row] = instead;
    }

    /// Whether all records have their value.
    #[inline]
    pub const fn is_full(&self) -> bool {
        self.presence.is_empty()
    }

    /// What record `row` has.
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

    /// The value of record `row`.
    ///
    /// # Panics
    /// If there is no such record.
    #[inline]
    pub fn get(&self, row: usize) -> Value<'_> {
        match self.presence(row) {
            Presence::Present => {}
            Presence::Null => return Value::Null,
            Presence::Missing => return Value::Missing,
        }
        match &self.cells {
            Cells::Boolean(values) => Value::Boolean(values[row]),
            Cells::Long(values) => Value::Long(values[row]),
            Cells::Float(values) => Value::Float(values[row]),
            Cells::Decimal { unscaled, scale } => Value::Decimal {
                unscaled: unscaled[row],
                scale: *scale,
            },
            Cells::Text(texts) => Value::Text(texts.get(row)),
            Cells::Word { positions, words } => Value::Text(&words[positions[row] as usize]),
            Cells::Uuid(values) => Value::Uuid(values[row]),
            Cells::Date(days) => Value::Date(Date::from_days(days[row])),
            Cells::Time(micros) => Value::Time(micros[row]),
            Cells::Timestamp(values) => Value::Timestamp(values[row]),
            Cells::Struct(columns) => Value::Struct(Struct { columns, row }),
            Cells::Array { ends, elements } => Value::Array(stretch(ends, elements, row)),
            Cells::Map { ends, keys, values } => Value::Map(Map {
                keys,
                values: stretch(ends, values, row),
            }),
        }
    }
}

/// The elements of record `row`.
fn stretch<'a>(ends: &[usize], elements: &'a Column, row: usize) -> Array<'a> {
    Array {
        elements,
        start: if row == 0 { 0 } else { ends[row - 1] },
        end: ends[row],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Column {
        let mut cells = TextCells::default();
        texts.iter().for_each(|text| cells.push(text));
        Column::new(Cells::Text(cells))
    }

    #[test]
    fn a_value_is_where_its_record_is_and_may_be_taken_away() {
        let mut column = texts(&["a", "", "ä\""]);
        let shown = |column: &Column| {
            let values = (0..column.len()).map(|row| format!("{:?}", column.get(row)));
            values.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(shown(&column), r#"Text("a") Text("") Text("ä\"")"#);
        column.remove(1, Presence::Null);
        column.remove(2, Presence::Missing);
        assert_eq!(shown(&column), r#"Text("a") Null Missing"#);
        column.clear();
        assert!(column.is_empty());
        assert_eq!(shown(&column), "");
    }

    #[test]
    fn elements_and_entries_are_those_of_their_record() {
        let lists = Column::new(Cells::Array {
            ends: vec![2, 2, 3],
            elements: Box::new(texts(&["a", "b", "c"])),
        });
        let lens = (0..3).map(|row| match lists.get(row) {
            Value::Array(array) => array.values().len(),
            other => panic!("{other:?}"),
        });
        assert_eq!(lens.collect::<Vec<_>>(), [2, 0, 1]);
        let maps = Column::new(Cells::Map {
            ends: vec![1, 3],
            keys: Box::new(texts(&["x", "y", "z"])),
            values: Box::new(Column::new(Cells::Long(vec![1, 2, 3]))),
        });
        let Value::Map(map) = maps.get(1) else {
            panic!("a map")
        };
        let entries: Vec<_> = map
            .entries()
            .map(|(key, value)| format!("{key}={value:?}"))
            .collect();
        assert_eq!(entries, ["y=Long(2)", "z=Long(3)"]);
    }
}
