//! Evaluates steps column by column.

use emulator_domain::record::{Cells, Column, Presence, TextCells, Value};

use super::Expression;
use super::check::{Checked, Comparison, Step, TextFunction, TextTest};
use super::vectors::{
    Values, Vector, arithmetic, both, compare, conditional, field, logic, parsed, sifted, time_part,
};
use crate::generator::write_plain;
use crate::program::{Generator, Points};

impl Generator for Expression {
    fn fill(&self, points: &Points<'_>) -> Column {
        let Values { cells, mut there } = self.step.evaluate(points);
        let mut lose = |i: usize| {
            there.resize(points.len(), true);
            there[i] = false;
        };
        let cells = match (cells, self.scale) {
            (Vector::Boolean(values), _) => Cells::Boolean(values),
            (Vector::Int(values), _) => Cells::Long(values),
            (Vector::Double(mut values), None) => {
                for (i, value) in values.iter_mut().enumerate() {
                    if !value.is_finite() {
                        *value = 0.0;
                        lose(i);
                    }
                }
                Cells::Float(values)
            }
            (Vector::Double(values), Some(scale)) => {
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
            (Vector::Text(texts), _) => Cells::Text(texts),
            (Vector::Timestamp(micros), _) => {
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

impl Checked {
    fn evaluate(&self, points: &Points<'_>) -> Values {
        let len = points.len();
        match &self.step {
            Step::Field(position) => field(points, *position, self.result),
            Step::Boolean(value) => Values::all(Vector::Boolean(vec![*value; len])),
            Step::Int(value) => Values::all(Vector::Int(vec![*value; len])),
            Step::Double(value) => Values::all(Vector::Double(vec![*value; len])),
            Step::Text(text) => {
                let mut texts = TextCells::default();
                (0..len).for_each(|_| texts.push(text));
                Values::all(Vector::Text(texts))
            }
            Step::Arithmetic(operation, sides) => {
                let [one, other] = sides.each_ref().map(|side| side.evaluate(points));
                arithmetic(*operation, &one, &other)
            }
            Step::Negate(step) => {
                let Values { cells, mut there } = step.evaluate(points);
                let cells = match cells {
                    Vector::Double(values) => {
                        Vector::Double(values.iter().map(|value| -value).collect())
                    }
                    Vector::Int(values) => {
                        if values.contains(&i64::MIN) {
                            there.resize(len, true);
                        }
                        for (value, there) in values.iter().zip(&mut there) {
                            *there &= *value != i64::MIN;
                        }
                        Vector::Int(values.iter().map(|value| value.wrapping_neg()).collect())
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
                    cells: Vector::Text(texts),
                }
            }
            Step::Compare(comparison, sides) => {
                let [one, other] = sides.each_ref().map(|side| side.evaluate(points));
                let found = (0..len).map(|i| compare(*comparison, &one.cells, &other.cells, i));
                Values {
                    there: both(&one, &other),
                    cells: Vector::Boolean(found.collect()),
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
                    cells: Vector::Boolean(negated),
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
                Values::all(Vector::Boolean(found.collect()))
            }
            Step::In(value, among) => {
                let value = value.evaluate(points);
                let among: Vec<Values> = among.iter().map(|step| step.evaluate(points)).collect();
                let found = (0..len).map(|i| {
                    let equals =
                        |other: &Values| compare(Comparison::Equal, &value.cells, &other.cells, i);
                    among.iter().any(equals)
                });
                let cells = Vector::Boolean(found.collect());
                let there = among.iter().fold(value.there.clone(), |there, other| {
                    both(
                        &Values {
                            cells: Vector::Boolean(Vec::new()),
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
                    Vector::Int(values) => Values {
                        cells: Vector::Double(values.iter().map(|value| *value as f64).collect()),
                        there,
                    },
                    Vector::Text(texts) => parsed(&texts, there, Vector::Double),
                    cells => Values { cells, there },
                }
            }
            Step::ToInt(step) => {
                let Values { cells, there } = step.evaluate(points);
                match cells {
                    Vector::Double(values) => {
                        // CEL rounds towards 0; a result beyond 64 bits is an error.
                        let whole =
                            |value: &f64| (value.abs() < 9.2e18).then(|| value.trunc() as i64);
                        sifted(values.iter().map(whole), there, Vector::Int)
                    }
                    Vector::Text(texts) => parsed(&texts, there, Vector::Int),
                    cells => Values { cells, there },
                }
            }
            Step::ToText(step) => {
                let values = step.evaluate(points);
                let mut texts = TextCells::default();
                for i in 0..len {
                    let value = match &values.cells {
                        Vector::Boolean(values) => Value::Boolean(values[i]),
                        Vector::Int(values) => Value::Long(values[i]),
                        Vector::Double(values) => Value::Float(values[i]),
                        Vector::Text(texts) => Value::Text(texts.get(i)),
                        Vector::Timestamp(micros) => {
                            Value::Timestamp(emulator_domain::Timestamp::EARLIEST.moved(micros[i]))
                        }
                    };
                    write_plain(texts.writer(), value);
                    texts.end();
                }
                Values {
                    cells: Vector::Text(texts),
                    there: values.there,
                }
            }
            Step::Text1(function, step) => {
                let values = step.evaluate(points);
                let texts = values.texts();
                let cells = match function {
                    TextFunction::Size => Vector::Int(
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
                        Vector::Text(changed)
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
                    cells: Vector::Boolean(found.collect()),
                }
            }
            Step::TimePart(part, step) => {
                let Values { cells, there } = step.evaluate(points);
                let Vector::Timestamp(micros) = cells else {
                    unreachable!("checked to be timestamps")
                };
                let parts = micros.iter().map(|micros| time_part(*part, *micros));
                Values {
                    cells: Vector::Int(parts.collect()),
                    there,
                }
            }
        }
    }
}
