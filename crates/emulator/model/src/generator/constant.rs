//! One value for all records.

use emulator_domain::record::{Cells, Column, LogicalType, TextCells};

use super::{GeneratorKind, Made};
use crate::node::NodeValue;
use crate::program::{Generator, Points};

pub(super) const CONSTANT: GeneratorKind = GeneratorKind {
    name: "constant",
    summary: "The same text, number or boolean in every record.",
    parameter: r#"{"type":["string","number","boolean"]}"#,
    beside: &[],
    example: "currency: { constant: EUR }",
    read: |context, field| {
        let (value, logical_type) = match &field.parameter.value {
            NodeValue::Text(text) => (Constant::Text(text.as_str().into()), LogicalType::Text),
            NodeValue::Integer(value) => (Constant::Long(*value), LogicalType::Long),
            NodeValue::Float(value) => (Constant::Float(*value), LogicalType::Float),
            NodeValue::Boolean(value) => (Constant::Boolean(*value), LogicalType::Boolean),
            NodeValue::Null | NodeValue::List(_) | NodeValue::Map(_) => {
                let faults = &mut *context.faults;
                faults.unexpected(field.parameter, "a text, a number or a boolean");
                return None;
            }
        };
        Some(Made::new(value, logical_type))
    },
};

#[derive(Debug)]
enum Constant {
    Text(Box<str>),
    Long(i64),
    Float(f64),
    Boolean(bool),
}

impl Generator for Constant {
    fn fill(&self, points: &Points<'_>) -> Column {
        let len = points.len();
        Column::new(match self {
            Self::Text(text) => {
                let mut cells = TextCells::default();
                (0..len).for_each(|_| cells.push(text));
                Cells::Text(cells)
            }
            Self::Long(value) => Cells::Long(vec![*value; len]),
            Self::Float(value) => Cells::Float(vec![*value; len]),
            Self::Boolean(value) => Cells::Boolean(vec![*value; len]),
        })
    }
}
