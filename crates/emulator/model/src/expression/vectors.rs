//! Intermediate values of an expression, as one vector for several records.

use std::cmp::Ordering;

use emulator_domain::record::{Presence, TextCells, Value};

use super::check::{Arithmetic, Comparison, TimePart, Type};
use crate::generator::write_plain;
use crate::program::Points;

const DAY: i64 = 86_400_000_000;

/// The values of a step for some records.
#[derive(Clone, Debug)]
pub(super) struct Values {
    pub(super) cells: Vector,
    /// Which of them exist; all, if empty.
    pub(super) there: Vec<bool>,
}

#[derive(Clone, Debug)]
pub(super) enum Vector {
    Boolean(Vec<bool>),
    Int(Vec<i64>),
    Double(Vec<f64>),
    Text(TextCells),
    /// Microseconds since 1970.
    Timestamp(Vec<i64>),
}

impl Values {
    pub(super) const fn all(cells: Vector) -> Self {
        Self {
            cells,
            there: Vec::new(),
        }
    }

    pub(super) fn is_there(&self, i: usize) -> bool {
        self.there.get(i).is_none_or(|there| *there)
    }

    pub(super) fn booleans(&self) -> &[bool] {
        match &self.cells {
            Vector::Boolean(values) => values,
            other => unreachable!("checked to be booleans: {other:?}"),
        }
    }

    pub(super) fn texts(&self) -> &TextCells {
        match &self.cells {
            Vector::Text(texts) => texts,
            other => unreachable!("checked to be texts: {other:?}"),
        }
    }
}

/// The values that exist on both sides.
pub(super) fn both(one: &Values, other: &Values) -> Vec<bool> {
    match (one.there.as_slice(), other.there.as_slice()) {
        ([], there) | (there, []) => there.to_vec(),
        (one, other) => one
            .iter()
            .zip(other)
            .map(|(one, other)| *one && *other)
            .collect(),
    }
}

/// An earlier field.
pub(super) fn field(points: &Points<'_>, position: usize, result: Type) -> Values {
    let column = points.records.column(position);
    let rows = (0..points.len()).map(|i| points.row(i));
    let values = rows.clone().map(|row| column.get(row));
    let there: Vec<bool> = rows
        .map(|row| column.presence(row) == Presence::Present)
        .collect();
    let there = if there.contains(&false) {
        there
    } else {
        Vec::new()
    };
    let cells = match result {
        Type::Boolean => Vector::Boolean(
            values
                .map(|value| matches!(value, Value::Boolean(true)))
                .collect(),
        ),
        Type::Int => Vector::Int(
            values
                .map(|value| {
                    if let Value::Long(value) = value {
                        value
                    } else {
                        0
                    }
                })
                .collect(),
        ),
        Type::Double => Vector::Double(
            values
                .map(|value| match value {
                    Value::Float(value) => value,
                    Value::Decimal { unscaled, scale } => {
                        // Exact powers of ten, so the quotient is the double nearest to the
                        // decimal.
                        unscaled as f64 / const { powers_of_ten() }[usize::from(scale)]
                    }
                    _ => 0.0,
                })
                .collect(),
        ),
        Type::Text => {
            let mut texts = TextCells::default();
            for value in values {
                write_plain(texts.writer(), value);
                texts.end();
            }
            Vector::Text(texts)
        }
        Type::Timestamp => Vector::Timestamp(
            values
                .map(|value| match value {
                    Value::Timestamp(time) => time.micros(),
                    Value::Date(date) => i64::from(date.days()) * DAY,
                    _ => 0,
                })
                .collect(),
        ),
    };
    Values { cells, there }
}

const fn powers_of_ten() -> [f64; 19] {
    let mut powers = [1.0; 19];
    let mut i = 1;
    while i < 19 {
        powers[i] = powers[i - 1] * 10.0;
        i += 1;
    }
    powers
}

pub(super) fn arithmetic(operation: Arithmetic, one: &Values, other: &Values) -> Values {
    let there = both(one, other);
    match (&one.cells, &other.cells) {
        (Vector::Double(one), Vector::Double(other)) => {
            let pairs = one.iter().zip(other);
            let values = pairs.map(|(one, other)| match operation {
                Arithmetic::Add => one + other,
                Arithmetic::Subtract => one - other,
                Arithmetic::Multiply => one * other,
                Arithmetic::Divide | Arithmetic::Modulo => one / other,
            });
            Values {
                cells: Vector::Double(values.collect()),
                there,
            }
        }
        (Vector::Int(one), Vector::Int(other)) => {
            let pairs = one.iter().zip(other);
            let values = pairs.map(|(one, other)| match operation {
                Arithmetic::Add => one.checked_add(*other),
                Arithmetic::Subtract => one.checked_sub(*other),
                Arithmetic::Multiply => one.checked_mul(*other),
                Arithmetic::Divide => one.checked_div(*other),
                Arithmetic::Modulo => one.checked_rem(*other),
            });
            sifted(values, there, Vector::Int)
        }
        (one, other) => unreachable!("checked to be numbers of one kind: {one:?}, {other:?}"),
    }
}

/// Adds missing values to those that were missing before.
pub(super) fn sifted<T: Default>(
    values: impl Iterator<Item = Option<T>>,
    mut there: Vec<bool>,
    lane: fn(Vec<T>) -> Vector,
) -> Values {
    let mut found = Vec::with_capacity(values.size_hint().0);
    for (i, value) in values.enumerate() {
        if value.is_none() {
            if there.len() <= i {
                there.resize(i + 1, true);
            }
            there[i] = false;
        }
        found.push(value.unwrap_or_default());
    }
    if !there.is_empty() {
        there.resize(found.len(), true);
    }
    Values {
        cells: lane(found),
        there,
    }
}

pub(super) fn parsed<T: std::str::FromStr + Default>(
    texts: &TextCells,
    there: Vec<bool>,
    lane: fn(Vec<T>) -> Vector,
) -> Values {
    sifted(
        (0..texts.len()).map(|i| texts.get(i).parse().ok()),
        there,
        lane,
    )
}

pub(super) fn compare(comparison: Comparison, one: &Vector, other: &Vector, i: usize) -> bool {
    let order = match (one, other) {
        (Vector::Boolean(one), Vector::Boolean(other)) => one[i].partial_cmp(&other[i]),
        (Vector::Int(one), Vector::Int(other))
        | (Vector::Timestamp(one), Vector::Timestamp(other)) => one[i].partial_cmp(&other[i]),
        (Vector::Double(one), Vector::Double(other)) => one[i].partial_cmp(&other[i]),
        (Vector::Text(one), Vector::Text(other)) => one.get(i).partial_cmp(other.get(i)),
        (one, other) => unreachable!("checked to be of one type: {one:?}, {other:?}"),
    };
    match comparison {
        Comparison::Equal => order == Some(Ordering::Equal),
        Comparison::NotEqual => order != Some(Ordering::Equal),
        Comparison::Less => order == Some(Ordering::Less),
        Comparison::LessEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        Comparison::Greater => order == Some(Ordering::Greater),
        Comparison::GreaterEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
    }
}

/// Logical and, or: one side alone may decide, as in CEL.
pub(super) fn logic(all: bool, one: &Values, other: &Values, len: usize) -> Values {
    let (first, second) = (one.booleans(), other.booleans());
    let decided =
        |values: &Values, booleans: &[bool], i: usize| values.is_there(i) && booleans[i] != all;
    let values = (0..len).map(|i| {
        if decided(one, first, i) || decided(other, second, i) {
            Some(!all)
        } else {
            (one.is_there(i) && other.is_there(i)).then_some(all)
        }
    });
    sifted(values, Vec::new(), Vector::Boolean)
}

pub(super) fn conditional(test: &Values, one: &Values, other: &Values, len: usize) -> Values {
    let booleans = test.booleans();
    let chosen = |i: usize| if booleans[i] { one } else { other };
    let mut there: Vec<bool> = (0..len)
        .map(|i| test.is_there(i) && chosen(i).is_there(i))
        .collect();
    if !there.contains(&false) {
        there.clear();
    }
    let cells = match (&one.cells, &other.cells) {
        (Vector::Boolean(one), Vector::Boolean(other)) => {
            Vector::Boolean(merged(booleans, one, other))
        }
        (Vector::Int(one), Vector::Int(other)) => Vector::Int(merged(booleans, one, other)),
        (Vector::Double(one), Vector::Double(other)) => {
            Vector::Double(merged(booleans, one, other))
        }
        (Vector::Timestamp(one), Vector::Timestamp(other)) => {
            Vector::Timestamp(merged(booleans, one, other))
        }
        (Vector::Text(one), Vector::Text(other)) => {
            let mut texts = TextCells::default();
            for (i, first) in booleans.iter().enumerate() {
                texts.push(if *first { one.get(i) } else { other.get(i) });
            }
            Vector::Text(texts)
        }
        (one, other) => unreachable!("checked to be of one type: {one:?}, {other:?}"),
    };
    Values { cells, there }
}

fn merged<T: Copy>(first: &[bool], one: &[T], other: &[T]) -> Vec<T> {
    let pairs = one.iter().zip(other);
    let chosen = first.iter().zip(pairs);
    chosen
        .map(|(first, (one, other))| if *first { *one } else { *other })
        .collect()
}

/// As in CEL: months, days of the month and days of the week (from Sunday) count from 0, dates from
/// 1.
pub(super) fn time_part(part: TimePart, micros: i64) -> i64 {
    let (days, micros) = (micros.div_euclid(DAY), micros.rem_euclid(DAY));
    let date = emulator_domain::Date::from_days(days as i32);
    let seconds = micros / 1_000_000;
    match part {
        TimePart::Year => date.year().into(),
        TimePart::Month => i64::from(date.month()) - 1,
        TimePart::DayOfMonth => i64::from(date.day()) - 1,
        TimePart::Date => date.day().into(),
        TimePart::DayOfWeek => (days + 4).rem_euclid(7),
        TimePart::Hours => seconds / 3600,
        TimePart::Minutes => seconds / 60 % 60,
        TimePart::Seconds => seconds % 60,
    }
}
