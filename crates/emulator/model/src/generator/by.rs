//! Chooses a generator by the value of another field.

use emulator_domain::record::{Column, LogicalType, Value};

use super::template::write_plain;
use super::{GeneratorKind, Made, append, plain_column};
use crate::compile::{Context, FieldNode};
use crate::error::expected_one_of;
use crate::node::NodeValue;
use crate::program::{FieldProgram, Generator, Points};

pub(super) const BY: GeneratorKind = GeneratorKind {
    name: "by",
    summary: "Made as the entry of `cases` for the value of an earlier field says, or as `else` says. All of them make values of one type.",
    parameter: r#"{"type":"string"}"#,
    beside: &[
        (
            "cases",
            r##"{"type":"object","minProperties":1,"additionalProperties":{"$ref":"#/$defs/field"}}"##,
        ),
        ("else", r##"{"$ref":"#/$defs/field"}"##),
    ],
    example: "city: { by: country, cases: { DE: { choice: [Berlin, Hamburg] }, FR: { choice: [Paris, Lyon] } }, else: { fake: address.city } }",
    read,
};

fn read(context: &mut Context<'_>, field: &FieldNode<'_>) -> Option<Made> {
    let by = context.earlier(field.parameter)?;
    let deciding = context.fields[by].field.clone();
    let symbols = match &deciding.logical_type {
        LogicalType::Enum(symbols) => Some(symbols.clone()),
        LogicalType::Text | LogicalType::Boolean | LogicalType::Long => None,
        _ => {
            let message = format!(
                "'{}' cannot decide; expected a field of texts, whole numbers or booleans",
                deciding.name
            );
            context.faults.at(field.parameter.place, message);
            return None;
        }
    };
    let Some(cases) = field.beside("cases") else {
        context
            .faults
            .missing(field.node, "cases", "a map of values with fields");
        return None;
    };
    context.faults.enter("cases".to_owned());
    let read_cases = read_cases(context, field, cases, symbols.as_deref());
    context.faults.leave();
    let (names, mut fields) = read_cases?;
    let otherwise = match field.beside("else") {
        Some(node) => {
            fields.push(context.part(node, "else", field.name.then("else"), false)?);
            true
        }
        None => false,
    };
    let covered =
        symbols.is_some_and(|symbols| symbols.iter().all(|symbol| names.contains(symbol)));
    if !otherwise && (!covered || deciding.nullable) {
        let message = format!(
            "'else' is required, because '{}' may have other values than those of the cases",
            deciding.name
        );
        context.faults.at(field.node.place, message);
        return None;
    }
    let logical_type = common_type(&fields);
    let column = logical_type.as_ref().and_then(plain_column);
    let (Some(logical_type), Some(column)) = (logical_type, column) else {
        context.faults.at(
            cases.place,
            "the cases make values of different types, or values with parts; expected plain values of one type",
        );
        return None;
    };
    let nullable = fields.iter().any(|field| field.field.nullable);
    let cases = Cases {
        by,
        names,
        fields,
        column,
    };
    Some(Made::new(cases, logical_type).nullable(nullable))
}

type Read = (Vec<Box<str>>, Vec<FieldProgram>);

fn read_cases(
    context: &mut Context<'_>,
    field: &FieldNode<'_>,
    cases: &crate::Node,
    symbols: Option<&[Box<str>]>,
) -> Option<Read> {
    let (mut names, mut fields): Read = (Vec::new(), Vec::new());
    for entry in context.faults.map(cases, "a map of values with fields")? {
        if let Some(symbols) = symbols
            && !symbols.contains(&entry.name.as_str().into())
        {
            let known: Vec<&str> = symbols.iter().map(|symbol| &**symbol).collect();
            let shown = NodeValue::Text(entry.name.clone());
            let expected = expected_one_of(&entry.name, &known);
            context.faults.at(
                entry.place,
                format!("the field never has the value {shown}; {expected}"),
            );
            return None;
        }
        let name = field.name.then(&entry.name);
        fields.push(context.part(&entry.node, &entry.name, name, false)?);
        names.push(entry.name.as_str().into());
    }
    Some((names, fields))
}

/// The common type of all cases: words of different lists become texts, and decimals must have one
/// scale.
fn common_type(fields: &[FieldProgram]) -> Option<LogicalType> {
    let mut types = fields.iter().map(|field| &field.field.logical_type);
    let first = types.next()?.clone();
    types.try_fold(first, |common, other| match (&common, other) {
        (LogicalType::Enum(_) | LogicalType::Text, LogicalType::Enum(_) | LogicalType::Text) => {
            Some(if common == *other {
                common
            } else {
                LogicalType::Text
            })
        }
        (
            LogicalType::Decimal { precision, scale },
            LogicalType::Decimal {
                precision: other,
                scale: same,
            },
        ) if scale == same => Some(LogicalType::Decimal {
            precision: *precision.max(other),
            scale: *scale,
        }),
        _ => (common == *other).then_some(common),
    })
}

#[derive(Debug)]
struct Cases {
    by: usize,
    names: Vec<Box<str>>,
    /// One field per named case, and one for all others.
    fields: Vec<FieldProgram>,
    /// An empty column of the common type.
    column: Column,
}

impl Generator for Cases {
    fn fill(&self, points: &Points<'_>) -> Column {
        let deciding = points.records.column(self.by);
        let mut text = String::new();
        let cases: Vec<usize> = (0..points.len())
            .map(|i| {
                let value = deciding.get(points.row(i));
                let name = match value {
                    Value::Text(text) => text,
                    value => {
                        text.clear();
                        write_plain(&mut text, value);
                        text.as_str()
                    }
                };
                let found = self.names.iter().position(|known| **known == *name);
                found.unwrap_or(self.names.len())
            })
            .collect();
        // Each case is generated only for its own records.
        let mut made: Vec<(Column, usize)> = Vec::with_capacity(self.fields.len());
        for (case, field) in self.fields.iter().enumerate() {
            let own = (0..points.len()).filter(|i| cases[*i] == case);
            let (indices, rows): (Vec<u64>, Vec<u32>) = own
                .map(|i| (points.indices[i], points.row(i) as u32))
                .unzip();
            let column = field.fill(&Points {
                indices: &indices,
                rows: Some(&rows),
                ..*points
            });
            made.push((column, 0));
        }
        let mut column = self.column.clone();
        for case in cases {
            let (values, next) = &mut made[case];
            append(&mut column, values.get(*next));
            *next += 1;
        }
        column
    }
}
