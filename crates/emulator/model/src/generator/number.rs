//! Booleans and numbers.

use emulator_domain::record::{Cells, Column, LogicalType};

use super::{GeneratorKind, Made};
use crate::compile::{Context, FieldNode};
use crate::distribution::{Reals, Units};
use crate::node::{Node, NodeValue};
use crate::permutation::Permutation;
use crate::program::{Generator, Points, StreamKind};
use crate::random::Key;

/// A distribution with bounds, as JSON Schema.
const DISTRIBUTION: &str = r##"{"$ref":"#/$defs/distribution"}"##;

pub(super) const BOOLEAN: GeneratorKind = GeneratorKind {
    name: "boolean",
    summary: "True with the given probability.",
    parameter: r#"{"type":"number","minimum":0,"maximum":1}"#,
    beside: &[],
    example: "vip: { boolean: 0.03 }",
    read: |context, field| {
        let share = context.faults.probability(field.parameter)?;
        Some(Made::new(Bernoulli(share), LogicalType::Boolean))
    },
};

pub(super) const INTEGER: GeneratorKind = GeneratorKind {
    name: "integer",
    summary: "A whole number: a value of a distribution, rounded to the nearest, between the optional `min` and `max`. With `unique: true`, which requires `uniform`, no number occurs twice.",
    parameter: DISTRIBUTION,
    beside: &[("unique", r#"{"type":"boolean"}"#)],
    example: "quantity: { integer: { poisson: 2, min: 1 } }",
    read: |context, field| {
        let units = Units::read(context.faults, field.parameter, 0, &[])?;
        if !is_unique(context, field)? {
            return Some(Made::new(Whole(units), LogicalType::Long));
        }
        let Some(span) = units.even_span() else {
            let place = field.parameter.place;
            context.faults.at(
                place,
                "unique goes with uniform alone: other distributions repeat values",
            );
            return None;
        };
        let order = unique_order(context, field.parameter, u128::from(span))?;
        let unique = UniqueNumbers {
            first: units.min,
            order,
        };
        Some(Made::new(unique, LogicalType::Long).leading_back())
    },
};

pub(super) const DECIMAL: GeneratorKind = GeneratorKind {
    name: "decimal",
    summary: "A decimal number with `scale` digits after the point (default 2): a value of a distribution, rounded to the nearest.",
    parameter: r##"{"$ref":"#/$defs/decimal"}"##,
    beside: &[],
    example: "total: { decimal: { lognormal: { median: 30, sigma: 1.1 }, min: 0.01, max: 5000, scale: 2 } }",
    read: |context, field| {
        let scale = match field.parameter.get("scale") {
            None => 2,
            Some(node) => {
                let faults = &mut *context.faults;
                faults.within("scale", |faults| faults.integer(node, 0..=9))? as u8
            }
        };
        let units = Units::read(context.faults, field.parameter, scale, &["scale"])?;
        let largest = units.min.unsigned_abs().max(units.max.unsigned_abs());
        let precision = largest.checked_ilog10().map_or(1, |log| log + 1);
        let logical_type = LogicalType::Decimal {
            precision: (precision as u8).max(scale + 1),
            scale,
        };
        Some(Made::new(Decimal { units, scale }, logical_type))
    },
};

pub(super) const FLOAT: GeneratorKind = GeneratorKind {
    name: "float",
    summary: "A 64-bit floating-point number from a distribution, between the optional `min` and `max`.",
    parameter: DISTRIBUTION,
    beside: &[],
    example: "temperature: { float: { normal: { mean: 21.5, sd: 1.5 }, min: -40, max: 85 } }",
    read: |context, field| {
        let reals = Reals::read(context.faults, field.parameter, &[])?;
        Some(Made::new(Real(reals), LogicalType::Float))
    },
};

/// Whether the field has `unique: true`.
pub(super) fn is_unique(context: &mut Context<'_>, field: &FieldNode<'_>) -> Option<bool> {
    let Some(node) = field.beside("unique") else {
        return Some(false);
    };
    match node.value {
        NodeValue::Boolean(unique) => {
            if unique {
                context.refuse_in_elements(node, "unique")?;
            }
            Some(unique)
        }
        _ => {
            let faults = &mut *context.faults;
            faults.within("unique", |faults| faults.unexpected(node, "true or false"));
            None
        }
    }
}

/// A permutation of `values` different values, if there are enough for all records.
pub(super) fn unique_order(
    context: &mut Context<'_>,
    node: &Node,
    values: u128,
) -> Option<Permutation> {
    let StreamKind::Entities { count } = context.kind else {
        context.faults.at(
            node.place,
            "unique needs a stream with a 'count': one without end runs out of any values",
        );
        return None;
    };
    if u128::from(*count) > values {
        context.faults.at(
            node.place,
            format!("only {values} different values for {count} records; expected at least as many values as records"),
        );
        return None;
    }
    Some(Permutation::new(
        u64::try_from(values).unwrap_or(u64::MAX >> 1),
    ))
}

#[derive(Debug)]
struct Bernoulli(f64);

impl Generator for Bernoulli {
    fn fill(&self, points: &Points<'_>) -> Column {
        let indices = points.indices.iter();
        let values = indices.map(|index| points.key.at(*index).happens(self.0));
        Column::new(Cells::Boolean(values.collect()))
    }
}

#[derive(Debug)]
struct Whole(Units);

impl Generator for Whole {
    fn fill(&self, points: &Points<'_>) -> Column {
        let indices = points.indices.iter();
        let values = indices.map(|index| self.0.draw(&mut points.key.at(*index)));
        Column::new(Cells::Long(values.collect()))
    }
}

#[derive(Debug)]
struct UniqueNumbers {
    first: i64,
    order: Permutation,
}

impl Generator for UniqueNumbers {
    fn fill(&self, points: &Points<'_>) -> Column {
        let indices = points.indices.iter();
        let values = indices.map(|index| {
            let place = self.order.forward(points.key, *index);
            self.first.wrapping_add_unsigned(place)
        });
        Column::new(Cells::Long(values.collect()))
    }

    fn index_of(&self, key: Key, text: &str) -> Option<u64> {
        let place = i128::from(text.parse::<i64>().ok()?) - i128::from(self.first);
        self.order.backward(key, u64::try_from(place).ok()?)
    }
}

#[derive(Debug)]
struct Decimal {
    units: Units,
    scale: u8,
}

impl Generator for Decimal {
    fn fill(&self, points: &Points<'_>) -> Column {
        let indices = points.indices.iter();
        let values = indices.map(|index| self.units.draw(&mut points.key.at(*index)));
        Column::new(Cells::Decimal {
            unscaled: values.collect(),
            scale: self.scale,
        })
    }
}

#[derive(Debug)]
struct Real(Reals);

impl Generator for Real {
    fn fill(&self, points: &Points<'_>) -> Column {
        let indices = points.indices.iter();
        let values = indices.map(|index| self.0.draw(&mut points.key.at(*index)));
        Column::new(Cells::Float(values.collect()))
    }
}
