//! Appends values to columns one by one.

use uuid::Uuid;

use super::{Cells, Column, Presence, TextCells};
use crate::record::value::Value;
use crate::time::Timestamp;

impl Column {
    /// An empty column for the same values; a column of words becomes one of any texts.
    pub(crate) fn emptied(&self) -> Self {
        let elements = |column: &Self| Box::new(column.emptied());
        Self::new(match &self.cells {
            Cells::Boolean(_) => Cells::Boolean(Vec::new()),
            Cells::Long(_) => Cells::Long(Vec::new()),
            Cells::Float(_) => Cells::Float(Vec::new()),
            Cells::Decimal { scale, .. } => Cells::Decimal {
                unscaled: Vec::new(),
                scale: *scale,
            },
            Cells::Text(_) | Cells::Word { .. } => Cells::Text(TextCells::default()),
            Cells::Uuid(_) => Cells::Uuid(Vec::new()),
            Cells::Date(_) => Cells::Date(Vec::new()),
            Cells::Time(_) => Cells::Time(Vec::new()),
            Cells::Timestamp(_) => Cells::Timestamp(Vec::new()),
            Cells::Struct(columns) => Cells::Struct(columns.iter().map(Self::emptied).collect()),
            Cells::Array { elements: all, .. } => Cells::Array {
                ends: Vec::new(),
                elements: elements(all),
            },
            Cells::Map { keys, values, .. } => Cells::Map {
                ends: Vec::new(),
                keys: elements(keys),
                values: elements(values),
            },
        })
    }

    /// Appends a value, or none, of a column of which this one is the [`emptied`](Self::emptied)
    /// form.
    pub(crate) fn push(&mut self, value: Value<'_>) {
        match (&mut self.cells, value) {
            (Cells::Boolean(values), Value::Boolean(value)) => values.push(value),
            (Cells::Long(values), Value::Long(value))
            | (Cells::Time(values), Value::Time(value)) => values.push(value),
            (Cells::Float(values), Value::Float(value)) => values.push(value),
            (Cells::Decimal { unscaled: all, .. }, Value::Decimal { unscaled, .. }) => {
                all.push(unscaled);
            }
            (Cells::Text(texts), Value::Text(text)) => texts.push(text),
            (Cells::Uuid(values), Value::Uuid(value)) => values.push(value),
            (Cells::Date(values), Value::Date(value)) => values.push(value.days()),
            (Cells::Timestamp(values), Value::Timestamp(value)) => values.push(value),
            (Cells::Struct(columns), Value::Struct(from)) => {
                columns
                    .iter_mut()
                    .zip(from.values())
                    .for_each(|(column, value)| column.push(value));
            }
            (Cells::Array { ends, elements }, Value::Array(from)) => {
                from.values().for_each(|value| elements.push(value));
                ends.push(elements.len());
            }
            (Cells::Map { ends, keys, values }, Value::Map(from)) => {
                for (key, value) in from.entries() {
                    keys.push(Value::Text(key));
                    values.push(value);
                }
                ends.push(keys.len());
            }
            (_, Value::Missing) => return self.push_none(Presence::Missing),
            _ => return self.push_none(Presence::Null),
        }
        if !self.presence.is_empty() {
            self.presence.push(Presence::Present);
        }
    }

    /// Appends a struct whose fields, an array whose elements, or a map whose values `push`
    /// appends; the keys of the map are there already.
    pub(crate) fn push_parts(&mut self, push: impl FnOnce(&mut [Self])) {
        match &mut self.cells {
            Cells::Struct(columns) => push(columns),
            Cells::Array { ends, elements } => {
                push(std::slice::from_mut(elements));
                ends.push(elements.len());
            }
            Cells::Map { ends, values, .. } => {
                push(std::slice::from_mut(values));
                ends.push(values.len());
            }
            _ => {}
        }
        if !self.presence.is_empty() {
            self.presence.push(Presence::Present);
        }
    }

    /// Appends a record without a value.
    fn push_none(&mut self, instead: Presence) {
        let before = self.len();
        match &mut self.cells {
            Cells::Boolean(values) => values.push(false),
            Cells::Long(values) | Cells::Time(values) => values.push(0),
            Cells::Float(values) => values.push(0.0),
            Cells::Decimal { unscaled, .. } => unscaled.push(0),
            Cells::Text(texts) => texts.end(),
            Cells::Word { positions, .. } => positions.push(0),
            Cells::Uuid(values) => values.push(Uuid::nil()),
            Cells::Date(days) => days.push(0),
            Cells::Timestamp(values) => values.push(Timestamp::EARLIEST),
            Cells::Struct(columns) => {
                columns
                    .iter_mut()
                    .for_each(|column| column.push_none(Presence::Null));
            }
            Cells::Array { ends, .. } | Cells::Map { ends, .. } => {
                ends.push(ends.last().copied().unwrap_or(0));
            }
        }
        self.presence.resize(before, Presence::Present);
        self.presence.push(instead);
    }
}
