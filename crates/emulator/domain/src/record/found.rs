//! Values as other programs store them, converted to the column of their field.

use uuid::Uuid;

use super::column::{Cells, Column, Presence, TextCells};
use super::schema::{Field, LogicalType};
use crate::time::{Date, Timestamp};

/// A column of values that were read back, however they are stored: a number as text, a decimal as
/// a floating-point number, a time with or without a zone. What is no valid value of the field's
/// type becomes [`Presence::Missing`], which equals no value.
#[derive(Clone, Debug)]
pub struct FoundColumn {
    logical_type: LogicalType,
    column: Column,
}

impl FoundColumn {
    /// An empty column for `field`; `None` if its values are nested.
    pub fn new(field: &Field) -> Option<Self> {
        let cells = match &field.logical_type {
            LogicalType::Uuid => Cells::Uuid(Vec::new()),
            LogicalType::Integer | LogicalType::Long | LogicalType::Flag => Cells::Long(Vec::new()),
            LogicalType::Decimal { scale, .. } => Cells::Decimal {
                unscaled: Vec::new(),
                scale: *scale,
            },
            LogicalType::Text | LogicalType::Enum(_) | LogicalType::Ipv4 => {
                Cells::Text(TextCells::default())
            }
            LogicalType::Timestamp => Cells::Timestamp(Vec::new()),
            LogicalType::Date => Cells::Date(Vec::new()),
            LogicalType::Time => Cells::Time(Vec::new()),
            LogicalType::Float => Cells::Float(Vec::new()),
            LogicalType::Boolean => Cells::Boolean(Vec::new()),
            LogicalType::Struct(_) | LogicalType::Array(_) | LogicalType::Map(_) => return None,
        };
        Some(Self {
            logical_type: field.logical_type.clone(),
            column: Column::new(cells),
        })
    }

    /// The values found so far.
    pub const fn column(&self) -> &Column {
        &self.column
    }

    /// The column, once it is complete.
    pub fn into_column(self) -> Column {
        self.column
    }

    /// Removes all values.
    pub fn clear(&mut self) {
        self.column.clear();
    }

    /// No value.
    pub fn push_null(&mut self) {
        self.push_absent(Presence::Null);
    }

    /// A value that does not fit the field's type.
    pub fn push_misfit(&mut self) {
        self.push_absent(Presence::Missing);
    }

    fn push_absent(&mut self, presence: Presence) {
        match &mut self.column.cells {
            Cells::Boolean(values) => values.push(false),
            Cells::Long(values) | Cells::Time(values) => values.push(0),
            Cells::Float(values) => values.push(0.0),
            Cells::Decimal { unscaled, .. } => unscaled.push(0),
            Cells::Text(texts) => texts.end(),
            Cells::Uuid(values) => values.push(Uuid::nil()),
            Cells::Date(values) => values.push(0),
            Cells::Timestamp(values) => values.push(Timestamp::EARLIEST),
            _ => unreachable!("nested values are not found one by one"),
        }
        self.column.remove(self.column.len() - 1, presence);
    }

    /// A whole number: for a date, days; for a time, microseconds.
    pub fn push_long(&mut self, value: i64) {
        match &mut self.column.cells {
            Cells::Long(values) => values.push(value),
            Cells::Boolean(values) if value == 0 || value == 1 => values.push(value == 1),
            Cells::Float(values) => values.push(value as f64),
            Cells::Decimal { .. } => self.push_decimal(value.into(), 0),
            Cells::Date(days) if i32::try_from(value).is_ok() => days.push(value as i32),
            Cells::Time(values) => values.push(value),
            Cells::Timestamp(_) => self.push_timestamp(value),
            Cells::Text(texts) if self.logical_type == LogicalType::Text => {
                texts.push(&value.to_string());
            }
            _ => self.push_misfit(),
        }
    }

    /// A floating-point number; for a point in time, seconds.
    pub fn push_float(&mut self, value: f64) {
        match &mut self.column.cells {
            Cells::Float(values) => values.push(value),
            Cells::Long(values) if value.fract() == 0.0 && value.abs() < 9.0e15 => {
                values.push(value as i64);
            }
            Cells::Decimal { unscaled, scale } => {
                // The decimal nearest to the number, if the conversion is unambiguous.
                let found = value * 10_f64.powi((*scale).into());
                let rounded = found.round();
                match (found - rounded).abs() <= rounded.abs().max(1.0) * 1e-9 {
                    true if rounded.abs() < 9.0e18 => unscaled.push(rounded as i64),
                    _ => self.push_misfit(),
                }
            }
            Cells::Timestamp(_) if value.abs() < 1.0e12 => {
                self.push_timestamp((value * 1e6).round() as i64);
            }
            _ => self.push_misfit(),
        }
    }

    /// True or false.
    pub fn push_boolean(&mut self, value: bool) {
        match &mut self.column.cells {
            Cells::Boolean(values) => values.push(value),
            Cells::Long(values) if self.logical_type == LogicalType::Flag => {
                values.push(value.into());
            }
            _ => self.push_misfit(),
        }
    }

    /// `unscaled` / 10^`digits`.
    pub fn push_decimal(&mut self, unscaled: i128, digits: u32) {
        let scale = match &self.column.cells {
            Cells::Decimal { scale, .. } => u32::from(*scale),
            _ => 0,
        };
        let Some(unscaled) = rescaled(unscaled, digits, scale) else {
            return match &mut self.column.cells {
                Cells::Float(values) => {
                    values.push(unscaled as f64 / 10_f64.powi(digits.cast_signed()));
                }
                _ => self.push_misfit(),
            };
        };
        match &mut self.column.cells {
            Cells::Decimal { unscaled: all, .. } => all.push(unscaled),
            Cells::Long(values) => values.push(unscaled),
            Cells::Float(values) => values.push(unscaled as f64),
            _ => self.push_misfit(),
        }
    }

    /// Microseconds since 1970, in UTC.
    pub fn push_timestamp(&mut self, micros: i64) {
        match (&mut self.column.cells, Timestamp::from_micros(micros)) {
            (Cells::Timestamp(values), Some(value)) => values.push(value),
            (Cells::Date(days), Some(value)) if value.micros_of_day() == 0 => {
                days.push(value.date().days());
            }
            _ => self.push_misfit(),
        }
    }

    /// Days since 1970.
    pub fn push_date(&mut self, days: i32) {
        match &mut self.column.cells {
            Cells::Date(all) => all.push(days),
            _ => self.push_misfit(),
        }
    }

    /// Bytes of a UUID or of a text.
    pub fn push_bytes(&mut self, bytes: &[u8]) {
        match (&mut self.column.cells, <[u8; 16]>::try_from(bytes)) {
            (Cells::Uuid(values), Ok(bytes)) => values.push(Uuid::from_bytes(bytes)),
            _ => match std::str::from_utf8(bytes) {
                Ok(text) => self.push_text(text),
                Err(_) => self.push_misfit(),
            },
        }
    }

    /// A text, in any of the usual notations of the field's values.
    pub fn push_text(&mut self, text: &str) {
        match &mut self.column.cells {
            Cells::Text(texts) => texts.push(text),
            Cells::Uuid(values) => match Uuid::try_parse(text) {
                Ok(id) => values.push(id),
                Err(_) => self.push_misfit(),
            },
            Cells::Timestamp(_) => match micros(text) {
                Some(micros) => self.push_timestamp(micros),
                None => self.push_misfit(),
            },
            Cells::Date(days) => match Date::parse(text.get(..10).unwrap_or(text)) {
                Some(date) if text.len() == 10 || is_midnight(&text[10..]) => {
                    days.push(date.days());
                }
                _ => self.push_misfit(),
            },
            Cells::Time(values) => match time_of_day(text) {
                Some(micros) => values.push(micros),
                None => self.push_misfit(),
            },
            Cells::Boolean(_) | Cells::Long(_)
                if matches!(text, "t" | "true" | "True" | "TRUE") =>
            {
                self.push_boolean(true);
            }
            Cells::Boolean(_) | Cells::Long(_)
                if matches!(text, "f" | "false" | "False" | "FALSE") =>
            {
                self.push_boolean(false);
            }
            Cells::Boolean(_) | Cells::Long(_) => match text.parse() {
                Ok(value) => self.push_long(value),
                Err(_) => self.push_number(text),
            },
            Cells::Float(values) => match text.parse() {
                Ok(value) => values.push(value),
                Err(_) => self.push_misfit(),
            },
            _ => self.push_number(text),
        }
    }

    fn push_number(&mut self, text: &str) {
        match decimal(text) {
            Some((unscaled, digits)) => self.push_decimal(unscaled, digits),
            None => self.push_misfit(),
        }
    }
}

/// `unscaled` / 10^`from`, with `to` digits after the point, if the conversion is exact.
fn rescaled(unscaled: i128, from: u32, to: u32) -> Option<i64> {
    let moved = if from <= to {
        unscaled.checked_mul(10_i128.checked_pow(to - from)?)?
    } else {
        let by = 10_i128.checked_pow(from - to)?;
        Some(unscaled / by).filter(|_| unscaled % by == 0)?
    };
    i64::try_from(moved).ok()
}

/// The digits of a decimal number, and the number of those after the point.
fn decimal(text: &str) -> Option<(i128, u32)> {
    let (whole, after) = text.split_once('.').unwrap_or((text, ""));
    let unsigned = whole.strip_prefix(['-', '+']).unwrap_or(whole);
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if unsigned.len() + after.len() == 0 || !digits(unsigned) || !digits(after) {
        return None;
    }
    let mut number: i128 = 0;
    for digit in unsigned.bytes().chain(after.bytes()) {
        number = number.checked_mul(10)?.checked_add((digit - b'0').into())?;
    }
    let sign = if whole.starts_with('-') { -1 } else { 1 };
    Some((sign * number, u32::try_from(after.len()).ok()?))
}

/// `01:02:03.000004`, or `01:02`, in microseconds.
fn time_of_day(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, ':');
    let minutes = minutes(parts.next()?, parts.next()?)?;
    let seconds = parts.next().map_or(Some(0), seconds)?;
    Some(minutes * 60_000_000 + seconds)
}

/// Two digits each, in minutes.
fn minutes(hours: &str, minutes: &str) -> Option<i64> {
    let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

/// `03.000004` in microseconds.
fn seconds(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_at_checked(2)?;
    let whole = two_digits(whole).filter(|seconds| *seconds < 60)?;
    let fraction = match fraction {
        "" => 0,
        _ if fraction.starts_with('.') => {
            let (number, digits) = decimal(fraction)?;
            rescaled(number, digits, 6)?
        }
        _ => return None,
    };
    Some(whole * 1_000_000 + fraction)
}

fn two_digits(text: &str) -> Option<i64> {
    let is_number = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

fn is_midnight(rest: &str) -> bool {
    rest.strip_prefix(['T', ' ']).and_then(time_of_day) == Some(0)
}

/// `2026-01-01T00:00:00.000001Z`, also with a space for the T, with another offset, or with none,
/// which means UTC; or seconds since 1970.
fn micros(text: &str) -> Option<i64> {
    let Some(date) = text.get(..10).and_then(Date::parse) else {
        let (unscaled, digits) = decimal(text)?;
        return rescaled(unscaled, digits, 6);
    };
    let rest = &text[10..];
    if rest.is_empty() {
        return Some(i64::from(date.days()) * 86_400_000_000);
    }
    let rest = rest.strip_prefix(['T', ' '])?;
    let end = rest.find(['Z', '+', '-']).unwrap_or(rest.len());
    let (time, zone) = rest.split_at(end);
    let offset = match zone {
        "" | "Z" => 0,
        _ => minutes_ahead(zone)?,
    };
    let day = i64::from(date.days()) * 86_400_000_000;
    Some(day + time_of_day(time.trim_end())? - offset * 60_000_000)
}

/// `+02:00`, `-0130` or `+02`.
fn minutes_ahead(zone: &str) -> Option<i64> {
    let sign = match zone.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let (hours, rest) = zone[1..].split_at_checked(2)?;
    let rest = match rest.strip_prefix(':').unwrap_or(rest) {
        "" => "00",
        rest => rest,
    };
    Some(sign * minutes(hours, rest)?)
}

#[cfg(test)]
mod tests;
