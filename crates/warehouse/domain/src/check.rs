//! Validates input as the cells of a row.

use crate::batch::{RowBatch, Value};
use crate::dictionary::{Field, Kind, Table};
use crate::moment;
use crate::reason::{Fault, Reason};

/// The input for a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Given<'a> {
    /// No value.
    Nothing,
    /// A text form of a value of any kind, as in CSV.
    Written(&'a str),
    /// A text.
    Text(&'a str),
    /// An integer.
    Integer(i64),
    /// Anything else, in its original form.
    Other(&'a str),
}

impl Given<'_> {
    fn text(&self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Written(text) | Self::Text(text) | Self::Other(text) => (*text).to_owned(),
            Self::Integer(number) => number.to_string(),
        }
    }
}

impl Table {
    /// Appends a row to `batch`, with its cells given in the order of the fields; or appends its
    /// faults to `faults`, at most one per cell. Returns whether the row was added.
    ///
    /// # Panics
    /// If there are fewer or more cells than fields.
    pub fn read_row<'a>(
        &self,
        cells: impl IntoIterator<Item = Given<'a>>,
        batch: &mut RowBatch,
        faults: &mut Vec<Fault>,
    ) -> bool {
        let (before, mut count, mut written) = (faults.len(), 0, 0);
        for (given, field) in cells.into_iter().zip(self.fields()) {
            count += 1;
            match field.push(given, batch) {
                Ok(()) => written += 1,
                Err(reason) => {
                    faults.push(Fault::of_cell(field.name.as_str(), &given.text(), reason));
                }
            }
        }
        assert_eq!(count, self.fields().len(), "a row has a cell a field");
        let fits = faults.len() == before;
        if !fits {
            batch.abandon_row(written);
        }
        fits
    }
}

impl Field {
    fn push(&self, given: Given<'_>, batch: &mut RowBatch) -> Result<(), Reason> {
        match (given, self.kind) {
            (Given::Nothing, _) => return self.push_nothing(batch),
            (Given::Written(""), _) if self.nullable => return self.push_nothing(batch),
            (Given::Written(text), Kind::Integer { min, max }) => {
                batch.push(Value::Integer(read_integer(text, min, max)?));
            }
            (Given::Integer(number), Kind::Integer { min, max }) => {
                batch.push(Value::Integer(limited(Some(number), min, max)?));
            }
            (_, Kind::Integer { .. }) => return Err(Reason::NotAnInteger),
            (Given::Written(text) | Given::Text(text), Kind::Text { limit }) => {
                check_text(text, limit)?;
                batch.push(Value::Text(text));
            }
            (Given::Written(text) | Given::Text(text), Kind::DateTime) => {
                if is_blank(text) {
                    return Err(Reason::Empty);
                }
                let moment = moment::canonical(text).ok_or(Reason::NotADateTime)?;
                batch.push(Value::Text(&moment));
            }
            (Given::Integer(_) | Given::Other(_), _) => return Err(Reason::NotAString),
        }
        Ok(())
    }

    fn push_nothing(&self, batch: &mut RowBatch) -> Result<(), Reason> {
        if !self.nullable {
            return Err(Reason::Empty);
        }
        batch.push(Value::Null);
        Ok(())
    }
}

fn read_integer(text: &str, min: i32, max: i32) -> Result<i32, Reason> {
    if is_blank(text) {
        return Err(Reason::Empty);
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Reason::NotAnInteger);
    }
    // Digits that do not parse are a number out of range.
    limited(text.parse().ok(), min, max)
}

fn limited(number: Option<i64>, min: i32, max: i32) -> Result<i32, Reason> {
    number
        .and_then(|number| i32::try_from(number).ok())
        .filter(|number| (min..=max).contains(number))
        .ok_or(Reason::OutOfRange { min, max })
}

fn check_text(text: &str, limit: u32) -> Result<(), Reason> {
    if is_blank(text) {
        return Err(Reason::Empty);
    }
    // Byte checks decide most cases: a character has at least one byte, and ASCII is the rule.
    let plain = text.bytes().all(|byte| (b' '..0x7f).contains(&byte));
    if !plain && text.chars().any(char::is_control) {
        return Err(Reason::ControlCharacter);
    }
    if text.len() > limit as usize && text.chars().count() > limit as usize {
        return Err(Reason::TooLong { limit });
    }
    Ok(())
}

fn is_blank(text: &str) -> bool {
    // Fast path: most texts begin with a letter or digit.
    !text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text
            .chars()
            .all(|it| it == ' ' || (it.is_whitespace() && !it.is_control()))
}

#[cfg(test)]
mod tests;
