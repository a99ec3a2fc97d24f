//! Expressions over earlier fields.

use emulator_domain::record::LogicalType;

use super::{GeneratorKind, Made};
use crate::expression::{Expression, Type};

pub(super) const EXPR: GeneratorKind = GeneratorKind {
    name: "expr",
    summary: "A CEL expression over earlier fields of the record. Decimals and floats are doubles, whole numbers are ints (an int combined with a double becomes a double), and texts are strings; `scale` turns a double into a decimal. The expression has no value if a field that it needs has none, or if CEL reports an error (division by zero, a number beyond 64 bits).",
    parameter: r#"{"type":"string"}"#,
    beside: &[("scale", r#"{"type":"integer","minimum":0,"maximum":9}"#)],
    example: "gross: { expr: \"total * 1.19\", scale: 2 }",
    read: |context, field| {
        let text = context
            .faults
            .text(field.parameter, "an expression, such as \"total * 1.19\"")?;
        let expression = match Expression::parse(text, context, field.parameter) {
            Ok(expression) => expression,
            Err(message) => {
                if !message.is_empty() {
                    context.faults.at(field.parameter.place, message);
                }
                return None;
            }
        };
        let faults = &mut *context.faults;
        let scale = match field.beside("scale") {
            None => None,
            Some(node) => {
                let scale = faults.within("scale", |faults| faults.integer(node, 0..=9))? as u8;
                if expression.result() != Type::Double {
                    faults.at(node.place, "only doubles have a scale; expected the expression to make one, as double(...) does");
                    return None;
                }
                Some(scale)
            }
        };
        let logical_type = match (expression.result(), scale) {
            (Type::Boolean, _) => LogicalType::Boolean,
            (Type::Int, _) => LogicalType::Long,
            (Type::Double, None) => LogicalType::Float,
            (Type::Double, Some(scale)) => LogicalType::Decimal {
                precision: 18,
                scale,
            },
            (Type::Text, _) => LogicalType::Text,
            (Type::Timestamp, _) => LogicalType::Timestamp,
        };
        let nullable = expression.may_fail();
        Some(Made::new(expression.scaled(scale), logical_type).nullable(nullable))
    },
};
