//! Dates and times.

use emulator_domain::record::{Cells, Column, LogicalType, Presence, Value};
use emulator_domain::{Date, Timestamp};

use super::{GeneratorKind, Made};
use crate::compile::{Context, FieldNode};
use crate::distribution::Reals;
use crate::error::{Faults, expected_one_of};
use crate::node::{Node, NodeValue};
use crate::program::{Generator, Points};

const DAY_MICROS: i64 = 86_400_000_000;

pub(super) const DATE: GeneratorKind = GeneratorKind {
    name: "date",
    summary: "A date from `from` to `to`, inclusive, all equally likely.",
    parameter: r#"{"type":"object","properties":{"from":{"type":"string","format":"date"},"to":{"type":"string","format":"date"}},"required":["from","to"],"additionalProperties":false}"#,
    beside: &[],
    example: "signed_up: { date: { from: 2020-01-01, to: 2025-12-31 } }",
    read: |context, field| {
        let expected = "a date of the years 0001 to 9999, such as 2026-01-31";
        let [from, to] = between(context.faults, field.parameter, expected, |text| {
            Date::parse(text)
                .filter(|date| date.year() > 0)
                .map(|date| date.days().into())
        })?;
        let made = Between {
            from,
            to,
            kind: Kind::Date,
        };
        Some(Made::new(made, LogicalType::Date))
    },
};

pub(super) const TIME: GeneratorKind = GeneratorKind {
    name: "time",
    summary: "A time of day from `from` to `to`, inclusive, in whole seconds.",
    parameter: r#"{"type":"object","properties":{"from":{"type":"string"},"to":{"type":"string"}},"required":["from","to"],"additionalProperties":false}"#,
    beside: &[],
    example: "opens_at: { time: { from: \"07:00\", to: \"10:30:00\" } }",
    read: |context, field| {
        let expected = "a time, such as \"08:00\" or \"23:59:59\"";
        let [from, to] = between(context.faults, field.parameter, expected, seconds_of_day)?;
        let made = Between {
            from,
            to,
            kind: Kind::Time,
        };
        Some(Made::new(made, LogicalType::Time))
    },
};

pub(super) const TIMESTAMP: GeneratorKind = GeneratorKind {
    name: "timestamp",
    summary: "A point in time from `from` to `to` (UTC), inclusive, in whole milliseconds, independent of the record's place on the timeline.",
    parameter: r#"{"type":"object","properties":{"from":{"type":"string"},"to":{"type":"string"}},"required":["from","to"],"additionalProperties":false}"#,
    beside: &[],
    example: "last_seen: { timestamp: { from: \"2025-01-01T00:00:00Z\", to: \"2025-12-31T23:59:59Z\" } }",
    read: |context, field| {
        let expected =
            "a time in UTC of the years 1970 to 9999, such as 2026-01-31T08:00:00Z, or a date";
        let [from, to] = between(context.faults, field.parameter, expected, |text| {
            moment(text).map(Timestamp::millis)
        })?;
        let made = Between {
            from,
            to,
            kind: Kind::Timestamp,
        };
        Some(Made::new(made, LogicalType::Timestamp))
    },
};

pub(super) const EVENT_TIME: GeneratorKind = GeneratorKind {
    name: "event_time",
    summary: "When the record happens on the run's timeline; for a child, when its parent happens.",
    parameter: r#"{"type":"object","additionalProperties":false}"#,
    beside: &[],
    example: "ordered_at: { event_time: {} }",
    read: |context, field| {
        let entries = context.faults.map(field.parameter, "an empty map: {}")?;
        context.faults.only(entries, &[]);
        Some(Made::new(EventTime, LogicalType::Timestamp))
    },
};

pub(super) const OFFSET: GeneratorKind = GeneratorKind {
    name: "offset",
    summary: "An earlier date or time of the record, moved by a value of the distribution `plus`, in units of `unit` (default seconds; a date moves by whole days).",
    parameter: r#"{"type":"string"}"#,
    beside: &[
        ("plus", r##"{"$ref":"#/$defs/distribution"}"##),
        (
            "unit",
            r#"{"enum":["milliseconds","seconds","minutes","hours","days"]}"#,
        ),
    ],
    example: "shipped_at: { offset: ordered_at, plus: { exponential: { mean: 36 } }, unit: hours }",
    read: read_offset,
};

fn read_offset(context: &mut Context<'_>, field: &FieldNode<'_>) -> Option<Made> {
    const UNITS: [(&str, i64); 5] = [
        ("milliseconds", 1_000),
        ("seconds", 1_000_000),
        ("minutes", 60_000_000),
        ("hours", 3_600_000_000),
        ("days", DAY_MICROS),
    ];
    let base = context.earlier(field.parameter)?;
    let base_field = &context.fields[base].field;
    let is_date = match base_field.logical_type {
        LogicalType::Date => true,
        LogicalType::Timestamp => false,
        _ => {
            let message = format!(
                "'{}' is no date and no time; expected one that is",
                base_field.name
            );
            context.faults.at(field.parameter.place, message);
            return None;
        }
    };
    let nullable = base_field.nullable;
    let Some(plus) = field.beside("plus") else {
        let expected = "a distribution, such as {exponential: {mean: 36}}";
        context.faults.missing(field.node, "plus", expected);
        return None;
    };
    let faults = &mut *context.faults;
    let by = faults.within("plus", |faults| Reals::read(faults, plus, &[]))?;
    let unit = match field.beside("unit") {
        None => {
            if is_date {
                DAY_MICROS
            } else {
                1_000_000
            }
        }
        Some(node) => {
            let text = faults.within("unit", |faults| faults.text(node, "a unit of time"))?;
            let found = UNITS.iter().find(|(name, _)| *name == text);
            if found.is_none() {
                let shown = NodeValue::Text(text.to_owned());
                let expected = expected_one_of(text, &UNITS.map(|(name, _)| name));
                faults.at(node.place, format!("unknown unit {shown}; {expected}"));
            }
            let (name, micros) = found?;
            if is_date && *micros != DAY_MICROS {
                faults.at(
                    node.place,
                    format!("a date cannot move by {name}; expected days"),
                );
                return None;
            }
            *micros
        }
    };
    let logical_type = if is_date {
        LogicalType::Date
    } else {
        LogicalType::Timestamp
    };
    let offset = Offset {
        base,
        by,
        unit,
        is_date,
    };
    Some(Made::new(offset, logical_type).nullable(nullable))
}

/// The two bounds of a range, both read by `parse`.
fn between(
    faults: &mut Faults,
    node: &Node,
    expected: &str,
    parse: impl Fn(&str) -> Option<i64>,
) -> Option<[i64; 2]> {
    let entries = faults.map(node, "a map of from and to")?;
    faults.only(entries, &["from", "to"]);
    let mut end = |name: &str| {
        let Some(end) = node.get(name) else {
            faults.missing(node, name, expected);
            return None;
        };
        let parsed = match &end.value {
            NodeValue::Text(text) => parse(text),
            _ => None,
        };
        if parsed.is_none() {
            faults.within(name, |faults| faults.unexpected(end, expected));
        }
        parsed
    };
    let (from, to) = (end("from"), end("to"));
    let (from, to) = (from?, to?);
    if from > to {
        faults.at(
            node.place,
            "'from' is after 'to'; expected the earlier first",
        );
        return None;
    }
    Some([from, to])
}

/// `08:00` or `08:00:00`.
fn seconds_of_day(text: &str) -> Option<i64> {
    let mut parts = text.split(':').map(|part| match part.len() {
        2 if part.bytes().all(|byte| byte.is_ascii_digit()) => part.parse::<i64>().ok(),
        _ => None,
    });
    let (hours, minutes) = (parts.next()??, parts.next()??);
    let seconds = parts.next().unwrap_or(Some(0))?;
    let is_time = hours < 24 && minutes < 60 && seconds < 60 && parts.next().is_none();
    is_time.then_some(hours * 3600 + minutes * 60 + seconds)
}

/// A date, or a date and a time in UTC with up to six decimal places of seconds.
fn moment(text: &str) -> Option<Timestamp> {
    let date = Date::parse(text.get(..10)?)?;
    let midnight = i64::from(date.days()) * DAY_MICROS;
    let rest = &text[10..];
    if rest.is_empty() {
        return Timestamp::from_micros(midnight);
    }
    let time = rest.strip_prefix(['T', ' '])?.strip_suffix('Z')?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let digits = fraction.len();
    if digits == 0 || digits > 6 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let micros = fraction.parse::<i64>().ok()? * 10_i64.pow(6 - digits as u32);
    Timestamp::from_micros(midnight + seconds_of_day(time)? * 1_000_000 + micros)
}

/// Units of `kind` since its origin.
#[derive(Debug)]
struct Between {
    from: i64,
    to: i64,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Date,
    Time,
    Timestamp,
}

impl Generator for Between {
    fn fill(&self, points: &Points<'_>) -> Column {
        let span = self.to.abs_diff(self.from) + 1;
        let values = points
            .indices
            .iter()
            .map(|index| self.from + points.key.at(*index).below(span) as i64);
        Column::new(match self.kind {
            Kind::Date => Cells::Date(values.map(|days| days as i32).collect()),
            Kind::Time => Cells::Time(values.map(|seconds| seconds * 1_000_000).collect()),
            Kind::Timestamp => Cells::Timestamp(
                values
                    .map(|millis| Timestamp::EARLIEST.moved(millis * 1000))
                    .collect(),
            ),
        })
    }
}

#[derive(Debug)]
struct EventTime;

impl Generator for EventTime {
    fn fill(&self, points: &Points<'_>) -> Column {
        let times = points.records.times();
        Column::new(Cells::Timestamp(
            (0..points.len()).map(|i| times[points.row(i)]).collect(),
        ))
    }
}

#[derive(Debug)]
struct Offset {
    base: usize,
    by: Reals,
    /// In microseconds.
    unit: i64,
    is_date: bool,
}

impl Generator for Offset {
    fn fill(&self, points: &Points<'_>) -> Column {
        let base = points.records.column(self.base);
        let values = points.indices.iter().enumerate().map(|(i, index)| {
            let by = self.by.draw(&mut points.key.at(*index));
            (base.get(points.row(i)), by)
        });
        let mut column = if self.is_date {
            const LAST: i32 = 2_932_896;
            const FIRST: i32 = -719_162;
            let moved = values.map(|(value, by)| match value {
                Value::Date(date) => {
                    (f64::from(date.days()) + by.round()).clamp(FIRST.into(), LAST.into()) as i32
                }
                _ => 0,
            });
            Column::new(Cells::Date(moved.collect()))
        } else {
            let moved = values.map(|(value, by)| match value {
                Value::Timestamp(time) => time.moved((by * self.unit as f64).round() as i64),
                _ => Timestamp::EARLIEST,
            });
            Column::new(Cells::Timestamp(moved.collect()))
        };
        for i in 0..points.len() {
            if base.presence(points.row(i)) != Presence::Present {
                column.remove(i, Presence::Null);
            }
        }
        column
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_to_the_microsecond_and_nothing_else_is() {
        let read = |text| moment(text).map(Timestamp::micros);
        assert_eq!(read("1970-01-02"), Some(DAY_MICROS));
        assert_eq!(read("1970-01-01T00:00:01.5Z"), Some(1_500_000));
        assert_eq!(
            read("1970-01-01 23:59:59.000001Z"),
            Some(DAY_MICROS - 999_999)
        );
        for text in [
            "",
            "1970",
            "1969-12-31",
            "1970-01-01T24:00:00Z",
            "1970-01-01T00:00:00",
            "1970-01-01T00:00:60Z",
            "1970-01-01T00:00:00.Z",
            "1970-01-01T1:00:00Z",
            "ä970-01-01",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
