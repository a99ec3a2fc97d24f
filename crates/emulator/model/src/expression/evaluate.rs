//! Steps over columns.

use std::cmp::Ordering;

use emulator_domain::record::{Cells, Column, Presence, TextCells, Value};

use super::Expression;
use super::check::{Arithmetic, Checked, Comparison, Step, TextFunction, TextTest, TimePart, Type};
use crate::generator::write_plain;
use crate::program::{Generator, Points};

const DAY: i64 = 86_400_000_000;

/// The values of a step for some records.
#[derive(Clone, Debug)]
struct Values {
    cells: Lane,
    /// Which of them there are; all, if empty.
    there: Vec<bool>,
}

#[derive(Clone, Debug)]
enum Lane {
    Boolean(Vec<bool>),
    Int(Vec<i64>),
    Double(Vec<f64>),
    Text(TextCells),
    /// Microseconds since 1970.
    Timestamp(Vec<i64>),
}

impl Generator for Expression {
    fn fill(&self, points: &Points<'_>) -> Column {
        let Values { cells, mut there } = self.step.evaluate(points);
        let mut lose = |i: usize| {
            there.resize(points.len(), true);
            there[i] = false;
        };
        let cells = match (cells, self.scale) {
            (Lane::Boolean(values), _) => Cells::Boolean(values),
            (Lane::Int(values), _) => Cells::Long(values),
            (Lane::Double(mut values), None) => {
                for (i, value) in values.iter_mut().enumerate() {
                    if !value.is_finite() {
                        *value = 0.0;
                        lose(i);
                    }
                }
                Cells::Float(values)
            }
            (Lane::Double(values), Some(scale)) => {
                let per_one = 10_f64.powi(scale.into());
                let unscaled = values.iter().enumerate().map(|(i, value)| {
                    let units = (value * per_one).round();
                    if units.abs() < 1e18 {
                        return units as i64;
                    }
                    lose(i);
                    0
                });
                Cells::Decimal {
                    unscaled: unscaled.collect(),
                    scale,
                }
            }
            (Lane::Text(texts), _) => Cells::Text(texts),
            (Lane::Timestamp(micros), _) => {
                let times = micros
                    .iter()
                    .map(|micros| emulator_domain::Timestamp::EARLIEST.moved(*micros));
                Cells::Timestamp(times.collect())
            }
        };
        let mut column = Column::new(cells);
        for (i, there) in there.iter().enumerate() {
            if !there {
                column.remove(i, Presence::Null);
            }
        }
        column
    }
}

impl Values {
    const fn all(cells: Lane) -> Self {
        Self {
            cells,
            there: Vec::new(),
        }
    }

    fn is_there(&self, i: usize) -> bool {
        self.there.get(i).is_none_or(|there| *there)
    }

    fn booleans(&self) -> &[bool] {
        match &self.cells {
            Lane::Boolean(values) => values,
            other => unreachable!("checked to be booleans: {other:?}"),
        }
    }

    fn texts(&self) -> &TextCells {
        match &self.cells {
            Lane::Text(texts) => texts,
            other => unreachable!("checked to be texts: {other:?}"),
        }
    }
}

/// Those that are there on both sides.
fn both(one: &Values, other: &Values) -> Vec<bool> {
    match (one.there.as_slice(), other.there.as_slice()) {
        ([], there) | (there, []) => there.to_vec(),
        (one, other) => one
            .iter()
            .zip(other)
            .map(|(one, other)| *one && *other)
            .collect(),
    }
}

impl Checked {
    fn evaluate(&self, points: &Points<'_>) -> Values {
        let len = points.len();
        match &self.step {
            Step::Field(position) => field(points, *position, self.result),
            Step::Boolean(value) => Values::all(Lane::Boolean(vec![*value; len])),
            Step::Int(value) => Values::all(Lane::Int(vec![*value; len])),
            Step::Double(value) => Values::all(Lane::Double(vec![*value; len])),
            Step::Text(text) => {
                let mut texts = TextCells::default();
                (0..len).for_each(|_| texts.push(text));
                Values::all(Lane::Text(texts))
            }
            Step::Arithmetic(operation, sides) => {
                let [one, other] = sides.each_ref().map(|side| side.evaluate(points));
                arithmetic(*operation, &one, &other)
            }
            Step::Negate(step) => {
                let Values { cells, mut there } = step.evaluate(points);
                let cells = match cells {
                    Lane::Double(values) => {
                        Lane::Double(values.iter().map(|value| -value).collect())
                    }
                    Lane::Int(values) => {
                        if values.contains(&i64::MIN) {
                            there.resize(len, true);
                        }
                        for (value, there) in values.iter().zip(&mut there) {
                            *there &= *value != i64::MIN;
                        }
                        Lane::Int(values.iter().map(|value| value.wrapping_neg()).collect())
                    }
                    other => other,
                };
                Values { cells, there }
            }
            Step::Concatenate(sides) => {
                let [one, other] = sides.each_ref().map(|side| side.evaluate(points));
                let mut texts = TextCells::default();
                for i in 0..len {
                    texts.writer().push_str(one.texts().get(i));
                    texts.push(other.texts().get(i));
                }
                Values {
                    there: both(&one, &other),
                    cells: Lane::Text(texts),
                }
            }
            Step::Compare(comparison, sides) => {
                let [one, other] = sides.each_ref().map(|side| side.evaluate(points));
                let found = (0..len).map(|i| compare(*comparison, &one.cells, &other.cells, i));
                Values {
                    there: both(&one, &other),
                    cells: Lane::Boolean(found.collect()),
                }
            }
            Step::Logic { all, sides } => {
                let [one, other] = sides.each_ref().map(|side| side.evaluate(points));
                logic(*all, &one, &other, len)
            }
            Step::Not(step) => {
                let values = step.evaluate(points);
                let negated = values.booleans().iter().map(|value| !value).collect();
                Values {
                    cells: Lane::Boolean(negated),
                    ..values
                }
            }
            Step::Conditional(steps) => {
                let [test, one, other] = steps.each_ref().map(|step| step.evaluate(points));
                conditional(&test, &one, &other, len)
            }
            Step::IsNull { step, negated } => {
                let values = step.evaluate(points);
                let found = (0..len).map(|i| values.is_there(i) == *negated);
                Values::all(Lane::Boolean(found.collect()))
            }
            Step::In(value, among) => {
                let value = value.evaluate(points);
                let among: Vec<Values> = among.iter().map(|step| step.evaluate(points)).collect();
                let found = (0..len).map(|i| {
                    let equals =
                        |other: &Values| compare(Comparison::Equal, &value.cells, &other.cells, i);
                    among.iter().any(equals)
                });
                let cells = Lane::Boolean(found.collect());
                let there = among.iter().fold(value.there.clone(), |there, other| {
                    both(
                        &Values {
                            cells: Lane::Boolean(Vec::new()),
                            there,
                        },
                        other,
                    )
                });
                Values { cells, there }
            }
            Step::ToDouble(step) => {
                let Values { cells, there } = step.evaluate(points);
                match cells {
                    Lane::Int(values) => Values {
                        cells: Lane::Double(values.iter().map(|value| *value as f64).collect()),
                        there,
                    },
                    Lane::Text(texts) => parsed(&texts, there, Lane::Double),
                    cells => Values { cells, there },
                }
            }
            Step::ToInt(step) => {
                let Values { cells, there } = step.evaluate(points);
                match cells {
                    Lane::Double(values) => {
                        // CEL rounds towards 0, and has an error beyond 64 bits.
                        let whole =
                            |value: &f64| (value.abs() < 9.2e18).then(|| value.trunc() as i64);
                        sifted(values.iter().map(whole), there, Lane::Int)
                    }
                    Lane::Text(texts) => parsed(&texts, there, Lane::Int),
                    cells => Values { cells, there },
                }
            }
            Step::ToText(step) => {
                let values = step.evaluate(points);
                let mut texts = TextCells::default();
                for i in 0..len {
                    let value = match &values.cells {
                        Lane::Boolean(values) => Value::Boolean(values[i]),
                        Lane::Int(values) => Value::Long(values[i]),
                        Lane::Double(values) => Value::Float(values[i]),
                        Lane::Text(texts) => Value::Text(texts.get(i)),
                        Lane::Timestamp(micros) => {
                            Value::Timestamp(emulator_domain::Timestamp::EARLIEST.moved(micros[i]))
                        }
                    };
                    write_plain(texts.writer(), value);
                    texts.end();
                }
                Values {
                    cells: Lane::Text(texts),
                    there: values.there,
                }
            }
            Step::Text1(function, step) => {
                let values = step.evaluate(points);
                let texts = values.texts();
                let cells = match function {
                    TextFunction::Size => Lane::Int(
                        (0..len)
                            .map(|i| texts.get(i).chars().count() as i64)
                            .collect(),
                    ),
                    TextFunction::Lower | TextFunction::Upper => {
                        let mut changed = TextCells::default();
                        for i in 0..len {
                            let letters = texts.get(i).chars();
                            changed
                                .writer()
                                .extend(letters.map(|letter| match function {
                                    TextFunction::Lower => letter.to_ascii_lowercase(),
                                    _ => letter.to_ascii_uppercase(),
                                }));
                            changed.end();
                        }
                        Lane::Text(changed)
                    }
                };
                Values {
                    cells,
                    there: values.there,
                }
            }
            Step::Text2(test, sides) => {
                let [one, other] = sides.each_ref().map(|side| side.evaluate(points));
                let found = (0..len).map(|i| {
                    let (text, part) = (one.texts().get(i), other.texts().get(i));
                    match test {
                        TextTest::StartsWith => text.starts_with(part),
                        TextTest::EndsWith => text.ends_with(part),
                        TextTest::Contains => text.contains(part),
                    }
                });
                Values {
                    there: both(&one, &other),
                    cells: Lane::Boolean(found.collect()),
                }
            }
            Step::TimePart(part, step) => {
                let Values { cells, there } = step.evaluate(points);
                let Lane::Timestamp(micros) = cells else {
                    unreachable!("checked to be timestamps")
                };
                let parts = micros.iter().map(|micros| time_part(*part, *micros));
                Values {
                    cells: Lane::Int(parts.collect()),
                    there,
                }
            }
        }
    }
}

/// An earlier field.
fn field(points: &Points<'_>, position: usize, result: Type) -> Values {
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
        Type::Boolean => Lane::Boolean(
            values
                .map(|value| matches!(value, Value::Boolean(true)))
                .collect(),
        ),
        Type::Int => Lane::Int(
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
        Type::Double => Lane::Double(
            values
                .map(|value| match value {
                    Value::Float(value) => value,
                    Value::Decimal { unscaled, scale } => {
                        // Exact powers of ten: the quotient is the double nearest to the decimal.
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
            Lane::Text(texts)
        }
        Type::Timestamp => Lane::Timestamp(
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

fn arithmetic(operation: Arithmetic, one: &Values, other: &Values) -> Values {
    let there = both(one, other);
    match (&one.cells, &other.cells) {
        (Lane::Double(one), Lane::Double(other)) => {
            let pairs = one.iter().zip(other);
            let values = pairs.map(|(one, other)| match operation {
                Arithmetic::Add => one + other,
                Arithmetic::Subtract => one - other,
                Arithmetic::Multiply => one * other,
                Arithmetic::Divide | Arithmetic::Modulo => one / other,
            });
            Values {
                cells: Lane::Double(values.collect()),
                there,
            }
        }
        (Lane::Int(one), Lane::Int(other)) => {
            let pairs = one.iter().zip(other);
            let values = pairs.map(|(one, other)| match operation {
                Arithmetic::Add => one.checked_add(*other),
                Arithmetic::Subtract => one.checked_sub(*other),
                Arithmetic::Multiply => one.checked_mul(*other),
                Arithmetic::Divide => one.checked_div(*other),
                Arithmetic::Modulo => one.checked_rem(*other),
            });
            sifted(values, there, Lane::Int)
        }
        (one, other) => unreachable!("checked to be numbers of one kind: {one:?}, {other:?}"),
    }
}

/// Values of which some are not there, besides those that were not before.
fn sifted<T: Default>(
    values: impl Iterator<Item = Option<T>>,
    mut there: Vec<bool>,
    lane: fn(Vec<T>) -> Lane,
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

fn parsed<T: std::str::FromStr + Default>(
    texts: &TextCells,
    there: Vec<bool>,
    lane: fn(Vec<T>) -> Lane,
) -> Values {
    sifted(
        (0..texts.len()).map(|i| texts.get(i).parse().ok()),
        there,
        lane,
    )
}

fn compare(comparison: Comparison, one: &Lane, other: &Lane, i: usize) -> bool {
    let order = match (one, other) {
        (Lane::Boolean(one), Lane::Boolean(other)) => one[i].partial_cmp(&other[i]),
        (Lane::Int(one), Lane::Int(other)) | (Lane::Timestamp(one), Lane::Timestamp(other)) => {
            one[i].partial_cmp(&other[i])
        }
        (Lane::Double(one), Lane::Double(other)) => one[i].partial_cmp(&other[i]),
        (Lane::Text(one), Lane::Text(other)) => one.get(i).partial_cmp(other.get(i)),
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

/// And, or: one side may decide alone, as in CEL.
fn logic(all: bool, one: &Values, other: &Values, len: usize) -> Values {
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
    sifted(values, Vec::new(), Lane::Boolean)
}

fn conditional(test: &Values, one: &Values, other: &Values, len: usize) -> Values {
    let booleans = test.booleans();
    let chosen = |i: usize| if booleans[i] { one } else { other };
    let mut there: Vec<bool> = (0..len)
        .map(|i| test.is_there(i) && chosen(i).is_there(i))
        .collect();
    if !there.contains(&false) {
        there.clear();
    }
    let cells = match (&one.cells, &other.cells) {
        (Lane::Boolean(one), Lane::Boolean(other)) => Lane::Boolean(merged(booleans, one, other)),
        (Lane::Int(one), Lane::Int(other)) => Lane::Int(merged(booleans, one, other)),
        (Lane::Double(one), Lane::Double(other)) => Lane::Double(merged(booleans, one, other)),
        (Lane::Timestamp(one), Lane::Timestamp(other)) => {
            Lane::Timestamp(merged(booleans, one, other))
        }
        (Lane::Text(one), Lane::Text(other)) => {
            let mut texts = TextCells::default();
            for (i, first) in booleans.iter().enumerate() {
                texts.push(if *first { one.get(i) } else { other.get(i) });
            }
            Lane::Text(texts)
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

/// As CEL counts: months, days of the month and days of the week (from Sunday) from 0, dates from 1.
fn time_part(part: TimePart, micros: i64) -> i64 {
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
