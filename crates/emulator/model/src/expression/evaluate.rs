//! Evaluates steps column by column.

use emulator_domain::record::{Cells, Column, Presence, TextCells, Value};

use super::Expression;
use super::check::{Checked, Comparison, Step, TextFunction, TextTest};
use super::lanes::{
    Lane, Values, arithmetic, both, compare, conditional, field, logic, parsed, sifted, time_part,
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
                        // CEL rounds towards 0; a result beyond 64 bits is an error.
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
