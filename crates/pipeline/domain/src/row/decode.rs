//! Parses an event's bytes to its row, in one pass.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{Malformed, Row, Value};
use crate::source::{Kind, Source};

const ID: &str = "a whole number of 64 bits";
const INTEGER: &str = "a whole number of 64 bits or null";
const REAL: &str = "a finite number or null";

pub(super) fn decode_row(source: Source, event: &[u8]) -> Result<Row, Malformed> {
    let mut verdict = None;
    let mut json = serde_json::Deserializer::from_slice(event);
    let object = Object {
        source,
        verdict: &mut verdict,
    };
    let read = object
        .deserialize(&mut json)
        .and_then(|row| json.end().map(|()| row));
    // An error in the contents takes precedence over how the parser then ended.
    match (verdict, read) {
        (Some(malformed), _) => Err(malformed),
        (None, Ok(row)) => row.ok_or(Malformed::MissingId),
        (None, Err(error)) => Err(Malformed::NotJson(error.to_string())),
    }
}

/// Reads an event's object; records an error in its contents as the verdict.
struct Object<'a> {
    source: Source,
    verdict: &'a mut Option<Malformed>,
}

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = Option<Row>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_any(self)
    }
}

macro_rules! not_an_object {
    ($($visit:ident: $type:ty => $what:expr),* $(,)?) => {$(
        fn $visit<E>(self, _: $type) -> Result<Self::Value, E> {
            *self.verdict = Some(Malformed::NotAnObject($what.to_owned()));
            Ok(None)
        }
    )*};
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = Option<Row>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    not_an_object! {
        visit_bool: bool => "true or false",
        visit_i64: i64 => "a number",
        visit_u64: u64 => "a number",
        visit_f64: f64 => "a number",
        visit_str: &str => "a text",
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        *self.verdict = Some(Malformed::NotAnObject("null".to_owned()));
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        *self.verdict = Some(Malformed::NotAnObject("a list".to_owned()));
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let kinds = self.source.features();
        let mut id = None;
        let mut values = vec![Value::Null; kinds.len()];
        // One bit per feature; no source has more than 29.
        let mut named = 0_u32;
        while let Some(column) = object.next_key_seed(ColumnName(self.source))? {
            let cell = object.next_value_seed(Cell)?;
            if self.verdict.is_some() {
                continue;
            }
            *self.verdict = match column {
                Column::Unknown(name) => Some(Malformed::UnknownColumn(name)),
                Column::Id if id.is_some() => Some(Malformed::RepeatedColumn("id".to_owned())),
                Column::Id => match cell {
                    DecodedCell::Value(Value::Null) => Some(Malformed::MissingId),
                    cell => cell
                        .of_kind(Kind::Integer, "id", ID)
                        .map(|value| id = Some(value))
                        .err(),
                },
                Column::Feature(index) if named & 1 << index != 0 => Some(
                    Malformed::RepeatedColumn(crate::source::feature_name(index)),
                ),
                Column::Feature(index) => {
                    named |= 1 << index;
                    let allowed = match kinds[index] {
                        Kind::Integer => INTEGER,
                        Kind::Real => REAL,
                    };
                    cell.of_feature(kinds[index], index, allowed)
                        .map(|value| values[index] = value)
                        .err()
                }
            };
        }
        Ok(match id {
            Some(Value::Integer(id)) => Some(Row {
                id,
                values: values.into(),
            }),
            _ => None,
        })
    }
}

enum Column {
    Id,
    Feature(usize),
    Unknown(String),
}

struct ColumnName(Source);

impl<'de> DeserializeSeed<'de> for ColumnName {
    type Value = Column;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Column, D::Error> {
        json.deserialize_str(self)
    }
}

impl Visitor<'_> for ColumnName {
    type Value = Column;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a column")
    }

    fn visit_str<E>(self, name: &str) -> Result<Column, E> {
        Ok(match self.0.feature(name) {
            _ if name == "id" => Column::Id,
            Some(index) => Column::Feature(index),
            None => Column::Unknown(excerpt(name)),
        })
    }
}

/// What was found in place of a value.
enum DecodedCell {
    Value(Value),
    /// A description of something else, for people.
    Other(String),
}

impl DecodedCell {
    fn of_kind(self, kind: Kind, column: &str, allowed: &'static str) -> Result<Value, Malformed> {
        let fits = match self {
            Self::Value(value) => value.of_kind(kind).ok_or_else(|| describe(value)),
            Self::Other(got) => Err(got),
        };
        fits.map_err(|got| Malformed::WrongValue {
            column: column.to_owned(),
            got,
            allowed,
        })
    }

    fn of_feature(
        self,
        kind: Kind,
        index: usize,
        allowed: &'static str,
    ) -> Result<Value, Malformed> {
        match self {
            // The common case builds no name.
            Self::Value(value) if value.of_kind(kind).is_some() => self.of_kind(kind, "", allowed),
            other => other.of_kind(kind, &crate::source::feature_name(index), allowed),
        }
    }
}

fn describe(value: Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Integer(whole) => whole.to_string(),
        Value::Real(real) => format!("{real:?}"),
    }
}

struct Cell;

impl<'de> DeserializeSeed<'de> for Cell {
    type Value = DecodedCell;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<DecodedCell, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Cell {
    type Value = DecodedCell;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<DecodedCell, E> {
        Ok(DecodedCell::Value(Value::Null))
    }

    fn visit_i64<E>(self, whole: i64) -> Result<DecodedCell, E> {
        Ok(DecodedCell::Value(Value::Integer(whole)))
    }

    fn visit_u64<E>(self, whole: u64) -> Result<DecodedCell, E> {
        Ok(match i64::try_from(whole) {
            Ok(whole) => DecodedCell::Value(Value::Integer(whole)),
            Err(_) => DecodedCell::Other(whole.to_string()),
        })
    }

    fn visit_f64<E>(self, real: f64) -> Result<DecodedCell, E> {
        Ok(DecodedCell::Value(Value::Real(real)))
    }

    fn visit_bool<E>(self, truth: bool) -> Result<DecodedCell, E> {
        Ok(DecodedCell::Other(truth.to_string()))
    }

    fn visit_str<E>(self, text: &str) -> Result<DecodedCell, E> {
        Ok(DecodedCell::Other(format!("the text {:?}", excerpt(text))))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<DecodedCell, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(DecodedCell::Other("a list".to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<DecodedCell, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(DecodedCell::Other("an object".to_owned()))
    }
}

/// The text, truncated: long enough to be recognised, and short enough for a reason.
fn excerpt(text: &str) -> String {
    const SHOWN: usize = 40;
    match text.char_indices().nth(SHOWN) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}...", &text[..end]),
    }
}
