//! Values of fields that are described at run time.

use std::fmt::Write;

use uuid::Uuid;

use super::column::{Cells, Column, Presence};
use super::schema::Field;
#[cfg(doc)]
use super::schema::LogicalType;
use crate::time::{Date, Timestamp};

/// One value; texts and nested values are borrowed from the column that holds them.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    /// The field is present and has no value.
    Null,
    /// The field is absent. Formats that cannot omit a field write null.
    Missing,
    /// A [`LogicalType::Boolean`].
    Boolean(bool),
    /// A [`LogicalType::Long`].
    Long(i64),
    /// A [`LogicalType::Float`].
    Float(f64),
    /// A [`LogicalType::Decimal`]: `unscaled` / 10^`scale`.
    Decimal {
        /// The number without its decimal point.
        unscaled: i64,
        /// Digits after the point.
        scale: u8,
    },
    /// A [`LogicalType::Text`] or one of a [`LogicalType::Enum`]; any characters.
    Text(&'a str),
    /// A [`LogicalType::Uuid`].
    Uuid(Uuid),
    /// A [`LogicalType::Date`].
    Date(Date),
    /// A [`LogicalType::Time`]: microseconds since midnight.
    Time(i64),
    /// A [`LogicalType::Timestamp`].
    Timestamp(Timestamp),
    /// A [`LogicalType::Struct`].
    Struct(Struct<'a>),
    /// A [`LogicalType::Array`].
    Array(Array<'a>),
    /// A [`LogicalType::Map`].
    Map(Map<'a>),
}

/// The fields of a nested value.
#[derive(Clone, Copy, Debug)]
pub struct Struct<'a> {
    pub(super) columns: &'a [Column],
    pub(super) row: usize,
}

impl<'a> Struct<'a> {
    /// The values, in the order of the fields of its [`LogicalType::Struct`].
    pub fn values(self) -> impl ExactSizeIterator<Item = Value<'a>> {
        self.columns.iter().map(move |column| column.get(self.row))
    }

    /// The values with their fields.
    pub fn fields<'f>(
        self,
        fields: &'f [Field],
    ) -> impl Iterator<Item = (&'f Field, Value<'a>)> + use<'a, 'f> {
        fields.iter().zip(self.values())
    }
}

/// The elements of a nested value.
#[derive(Clone, Copy, Debug)]
pub struct Array<'a> {
    pub(super) elements: &'a Column,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl<'a> Array<'a> {
    /// The elements in order.
    pub fn values(self) -> impl ExactSizeIterator<Item = Value<'a>> {
        (self.start..self.end).map(move |row| self.elements.get(row))
    }
}

/// The entries of a nested value.
#[derive(Clone, Copy, Debug)]
pub struct Map<'a> {
    pub(super) keys: &'a Column,
    pub(super) values: Array<'a>,
}

impl<'a> Map<'a> {
    /// Keys and values in order; keys are unique.
    pub fn entries(self) -> impl ExactSizeIterator<Item = (&'a str, Value<'a>)> {
        (self.values.start..self.values.end).map(move |row| {
            let Value::Text(key) = self.keys.get(row) else {
                unreachable!("the keys of a map are a column of texts without gaps")
            };
            (key, self.values.elements.get(row))
        })
    }
}

impl Column {
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

impl Column {
    /// The value at `path` within the structs of the column.
    pub(crate) fn get_at(&self, path: &[usize], row: usize) -> Value<'_> {
        match (path.split_first(), &self.cells) {
            (Some((first, rest)), Cells::Struct(columns)) if self.is_present(row) => columns
                .get(*first)
                .map_or(Value::Missing, |column| column.get_at(rest, row)),
            (Some(_), _) => Value::Missing,
            (None, _) => self.get(row),
        }
    }
}

impl Value<'_> {
    /// Appends an id as text; nothing for values that are no id.
    pub(crate) fn write_id(self, text: &mut String) {
        let written = match self {
            Value::Uuid(id) => {
                let mut bytes = Uuid::encode_buffer();
                text.push_str(id.hyphenated().encode_lower(&mut bytes));
                Ok(())
            }
            Value::Long(number) => write!(text, "{number}"),
            Value::Text(id) => {
                text.push_str(id);
                Ok(())
            }
            Value::Date(date) => write!(text, "{date}"),
            _ => Ok(()),
        };
        written.expect("a string takes all");
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

/// Whether two values are the same, including nested ones. Null equals null; what
/// [`FoundColumn`](super::FoundColumn) could not read equals nothing.
pub fn values_equal(found: Value<'_>, expected: Value<'_>) -> bool {
    match (found, expected) {
        (Value::Null, Value::Null | Value::Missing) => true,
        (Value::Boolean(one), Value::Boolean(other)) => one == other,
        (Value::Long(one), Value::Long(other)) | (Value::Time(one), Value::Time(other)) => {
            one == other
        }
        (Value::Float(one), Value::Float(other)) => one == other,
        (
            Value::Decimal { unscaled, scale },
            Value::Decimal {
                unscaled: other,
                scale: other_scale,
            },
        ) => (unscaled, scale) == (other, other_scale),
        (Value::Text(one), Value::Text(other)) => one == other,
        (Value::Uuid(one), Value::Uuid(other)) => one == other,
        (Value::Date(one), Value::Date(other)) => one == other,
        (Value::Timestamp(one), Value::Timestamp(other)) => one == other,
        (Value::Struct(one), Value::Struct(other)) => all_equal(one.values(), other.values()),
        (Value::Array(one), Value::Array(other)) => all_equal(one.values(), other.values()),
        (Value::Map(one), Value::Map(other)) => {
            let keys = |map: Map<'_>| {
                map.entries()
                    .map(|(key, _)| key.to_owned())
                    .collect::<Vec<_>>()
            };
            keys(one) == keys(other)
                && all_equal(
                    one.entries().map(|(_, value)| value),
                    other.entries().map(|(_, value)| value),
                )
        }
        _ => false,
    }
}

fn all_equal<'a, 'b>(
    one: impl ExactSizeIterator<Item = Value<'a>>,
    other: impl ExactSizeIterator<Item = Value<'b>>,
) -> bool {
    one.len() == other.len() && one.zip(other).all(|(one, other)| values_equal(one, other))
}

#[cfg(test)]
mod tests {
    use super::super::column::TextCells;
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
    fn only_the_same_values_are_equal() {
        use Value::{Boolean, Decimal, Float, Long, Missing, Null, Text, Time};
        let decimal = |unscaled, scale| Decimal { unscaled, scale };
        let list = |ends: &[usize], elements: &[i64]| {
            let elements = Box::new(Column::new(Cells::Long(elements.to_vec())));
            let ends = ends.to_vec();
            Column::new(Cells::Array { ends, elements })
        };
        let lists = list(&[0, 1, 3, 4], &[1, 1, 2, 2]);
        let maps = Column::new(Cells::Map {
            ends: vec![1, 2, 3],
            keys: Box::new(texts(&["x", "y", "x"])),
            values: Box::new(Column::new(Cells::Long(vec![1, 1, 2]))),
        });
        let long = |values: &[i64]| Column::new(Cells::Long(values.to_vec()));
        let structs = Column::new(Cells::Struct(vec![long(&[1, 1, 2]), long(&[3, 4, 3])]));
        let days = Column::new(Cells::Date(vec![1, 2]));
        let times = [Timestamp::EARLIEST, Timestamp::LATEST];
        let plain = [
            Null,
            Boolean(false),
            Boolean(true),
            Long(1),
            Long(2),
            Time(1),
            Float(1.0),
            Float(2.0),
            decimal(10, 1),
            decimal(10, 2),
            decimal(1, 1),
            Text("a"),
            Text("b"),
            Value::Uuid(Uuid::nil()),
            Value::Uuid(Uuid::max()),
        ];
        let mut all: Vec<_> = plain.into();
        all.extend(times.map(Value::Timestamp));
        for (column, rows) in [(&lists, 4), (&maps, 3), (&structs, 3), (&days, 2)] {
            all.extend((0..rows).map(|row| column.get(row)));
        }
        for (row, one) in all.iter().enumerate() {
            for (column, other) in all.iter().enumerate() {
                assert_eq!(
                    values_equal(*one, *other),
                    row == column,
                    "{one:?} {other:?}"
                );
            }
            // What could not be read equals nothing; a field that is left out is null.
            assert!(!values_equal(Missing, *one));
            assert_eq!(values_equal(*one, Missing), row == 0);
        }
    }

    #[test]
    fn a_value_within_structs_is_found_by_its_path() {
        let inner = Column::new(Cells::Struct(vec![texts(&["a", "b"])]));
        let mut outer = Column::new(Cells::Struct(vec![texts(&["c", "d"]), inner]));
        outer.remove(1, Presence::Null);
        let shown = |path: &[usize], row| format!("{:?}", outer.get_at(path, row));
        assert_eq!(shown(&[1, 0], 0), r#"Text("a")"#);
        assert_eq!(shown(&[0], 0), r#"Text("c")"#);
        assert_eq!(shown(&[2], 0), "Missing");
        assert_eq!(shown(&[0, 0], 0), "Missing");
        assert_eq!(shown(&[0], 1), "Missing");
        assert_eq!(shown(&[], 1), "Null");
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
