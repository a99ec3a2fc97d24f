//! Rows of JSON: an array of objects, or a sequence of objects.

use std::fmt;
use std::io::Read;

use compute_ports::ProcessError;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::rows::{Cell, Rows};

pub(crate) fn read<F: FnMut(&Rows) -> Result<(), ProcessError>>(
    reader: impl Read,
    rows: &mut Rows,
    each: &mut F,
) -> Result<(), ProcessError> {
    let mut json = serde_json::Deserializer::from_reader(reader);
    let mut state = Reading {
        rows,
        each,
        stopped: None,
    };
    let mut seen = false;
    while json.end().is_err() {
        seen = true;
        if let Err(error) = Table(&mut state).deserialize(&mut json) {
            return Err(state.failure(error));
        }
    }
    if !seen {
        return Err(ProcessError::data(
            "the file is empty; expected a JSON array of objects",
        ));
    }
    Ok(())
}

struct Reading<'t, F> {
    rows: &'t mut Rows,
    each: &'t mut F,
    /// Why reading stopped, unless the JSON itself was invalid.
    stopped: Option<ProcessError>,
}

impl<F> Reading<'_, F> {
    fn stop<E: Error>(&mut self, error: ProcessError) -> E {
        self.stopped = Some(error);
        E::custom("stopped")
    }

    fn failure(&mut self, error: serde_json::Error) -> ProcessError {
        if let Some(stopped) = self.stopped.take() {
            return stopped;
        }
        if error.is_io() {
            return ProcessError::Io(error.into());
        }
        ProcessError::data(format!(
            "the JSON cannot be used ({error}); expected an array of objects, or objects one \
             after the other"
        ))
    }
}

/// The whole file: an array of rows, or one row of several.
struct Table<'a, 't, F>(&'a mut Reading<'t, F>);

impl<'de, F: FnMut(&Rows) -> Result<(), ProcessError>> DeserializeSeed<'de> for Table<'_, '_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, F: FnMut(&Rows) -> Result<(), ProcessError>> Visitor<'de> for Table<'_, '_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of objects, or an object")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        while rows.next_element_seed(Row(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<(), A::Error> {
        Row(self.0).visit_map(members)
    }
}

struct Row<'a, 't, F>(&'a mut Reading<'t, F>);

impl<'de, F: FnMut(&Rows) -> Result<(), ProcessError>> DeserializeSeed<'de> for Row<'_, '_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, F: FnMut(&Rows) -> Result<(), ProcessError>> Visitor<'de> for Row<'_, '_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object for each row")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<(), A::Error> {
        let reading = self.0;
        reading.rows.begin_row();
        let mut name = String::new();
        members_of(members, reading, &mut name)?;
        (reading.each)(reading.rows).map_err(|error| reading.stop(error))
    }
}

fn members_of<'de, A: MapAccess<'de>, F>(
    mut members: A,
    reading: &mut Reading<'_, F>,
    name: &mut String,
) -> Result<(), A::Error> {
    let prefix = name.len();
    while let Some(()) = members.next_key_seed(Name(name))? {
        members.next_value_seed(Value { reading, name })?;
        name.truncate(prefix);
    }
    Ok(())
}

/// The key of a member, appended to those of the enclosing objects.
struct Name<'a>(&'a mut String);

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<(), E> {
        if !self.0.is_empty() {
            self.0.push('.');
        }
        self.0.push_str(name);
        Ok(())
    }
}

struct Value<'a, 't, F> {
    reading: &'a mut Reading<'t, F>,
    name: &'a mut String,
}

impl<F> Value<'_, '_, F> {
    fn set<E: Error>(self, set: impl FnOnce(&mut Rows, usize)) -> Result<(), E> {
        match self.reading.rows.column(self.name) {
            Ok(position) => set(self.reading.rows, position),
            Err(error) => return Err(self.reading.stop(error)),
        }
        Ok(())
    }
}

impl<'de, F> DeserializeSeed<'de> for Value<'_, '_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, F> Visitor<'de> for Value<'_, '_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.set(|rows, at| rows.set(at, Cell::Missing))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.set(|rows, at| rows.set_shown(at, value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.set(|rows, at| rows.set_shown(at, value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.set(|rows, at| rows.set_shown(at, value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        // An integer that fits into no other type; of its digits only the first are known.
        if value.abs() >= i64::MAX as f64 {
            return self.set(|rows, at| rows.set_shown(at, format_args!("{value:e}")));
        }
        self.set(|rows, at| rows.set_shown(at, value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.set(|rows, at| rows.set(at, Cell::Text(value)))
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<(), A::Error> {
        members_of(members, self.reading, self.name)
    }

    /// A list is a single value, shown as JSON.
    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element::<serde_json::Value>()? {
            list.push(element);
        }
        let text = serde_json::Value::Array(list).to_string();
        self.set(|rows, at| rows.set(at, Cell::Text(&text)))
    }
}
