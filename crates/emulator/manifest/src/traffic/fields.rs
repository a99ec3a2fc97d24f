//! Reads the fields of a shape into their types.

use emulator_domain::{InvalidValue, Level, Span, Step, listed};
use serde_json::{Map, Value};

/// The fields of an object, and its place.
pub(super) struct Fields<'f> {
    pub(super) at: String,
    pub(super) fields: &'f Map<String, Value>,
}

impl Fields<'_> {
    pub(super) fn given(&self, name: &str) -> Option<&Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    fn wrong(&self, name: &str, expected: impl Into<String>) -> InvalidValue {
        let at = format!("{}{name}", self.at);
        match self.given(name) {
            None => InvalidValue::shown(
                format!("without {at}"),
                format!("{at}: {}", expected.into()),
            ),
            Some(value) => InvalidValue::json(format!("{at} {value}"), expected),
        }
    }

    pub(super) fn number<T>(
        &self,
        name: &str,
        expected: String,
        read: impl FnOnce(f64) -> Result<T, InvalidValue>,
    ) -> Result<T, InvalidValue> {
        let number = self.given(name).and_then(Value::as_f64);
        let read = number.and_then(|number| read(number).ok());
        read.ok_or_else(|| self.wrong(name, expected))
    }

    pub(super) fn level(&self, name: &str) -> Result<Level, InvalidValue> {
        self.number(name, Level::expected(), Level::new)
    }

    pub(super) fn step(&self) -> Result<Step, InvalidValue> {
        Ok(Step {
            rate: self.level("rate")?,
            lasting: self.number("for", Span::expected(), Span::seconds)?,
        })
    }

    pub(super) fn flag(&self, name: &str) -> Result<bool, InvalidValue> {
        match self.given(name) {
            None => Ok(false),
            Some(value) => value
                .as_bool()
                .ok_or_else(|| self.wrong(name, "true or false")),
        }
    }

    fn list(&self, name: &str, of: &str) -> Result<&Vec<Value>, InvalidValue> {
        let list = self.given(name).and_then(Value::as_array);
        list.ok_or_else(|| self.wrong(name, format!("a list of {of}")))
    }

    pub(super) fn each<T>(
        &self,
        name: &str,
        read: impl Fn(&Fields<'_>) -> Result<T, InvalidValue>,
    ) -> Result<Vec<T>, InvalidValue> {
        let of = "objects with rate and for";
        let each = self
            .list(name, of)?
            .iter()
            .enumerate()
            .map(|(number, value)| {
                let at = format!("{name}[{number}]");
                let fields = value.as_object();
                let fields =
                    fields.ok_or_else(|| InvalidValue::json(format!("{at} {value}"), of))?;
                let known = ["rate", "for", "at"];
                if let Some(other) = fields.keys().find(|field| !known.contains(&field.as_str())) {
                    return Err(InvalidValue::text(&format!("{at}.{other}"), listed(&known)));
                }
                read(&Fields {
                    at: format!("{at}."),
                    fields,
                })
            });
        each.collect()
    }

    pub(super) fn shares(&self, name: &str, count: usize) -> Result<Vec<f64>, InvalidValue> {
        if self.given(name).is_none() {
            return Ok(vec![1.0; count]);
        }
        let numbers = self.list(name, "numbers")?.iter().map(Value::as_f64);
        let numbers: Option<_> = numbers.collect();
        numbers.ok_or_else(|| self.wrong(name, format!("a list of {count} numbers")))
    }

    pub(super) fn counts(&self) -> Result<Vec<u32>, InvalidValue> {
        let counts = self.list("counts", "whole numbers")?.iter().enumerate();
        let counts = counts.map(|(number, count)| {
            let whole = count.as_u64().and_then(|count| u32::try_from(count).ok());
            whole.ok_or_else(|| {
                let expected = format!("a whole number from 0 to {}", u32::MAX);
                InvalidValue::json(format!("counts[{number}] {count}"), expected)
            })
        });
        counts.collect()
    }

    pub(super) fn offset(&self) -> Result<i16, InvalidValue> {
        const EXPECTED: &str = "an offset from UTC such as +02:00";
        let Some(value) = self.given("utc_offset") else {
            return Ok(0);
        };
        let read = |text: &str| {
            let (sign, digits) = match text.as_bytes().first()? {
                b'+' => (1, &text[1..]),
                b'-' => (-1, &text[1..]),
                _ => return None,
            };
            let (hours, minutes) = digits.split_once(':')?;
            let two =
                |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
            let minutes = (two(hours) && two(minutes))
                .then(|| Some((hours.parse::<i16>().ok()?, minutes.parse::<i16>().ok()?)));
            let (hours, minutes) = minutes??;
            (minutes < 60).then_some(sign * (60 * hours + minutes))
        };
        let minutes = value.as_str().and_then(read);
        minutes.ok_or_else(|| self.wrong("utc_offset", EXPECTED))
    }
}
