//! Texts composed of other fields.

use emulator_domain::record::{Cells, Column, LogicalType, Presence, TextCells, Value};

use super::{GeneratorKind, Made};
use crate::program::{Generator, Points};

pub(super) const TEMPLATE: GeneratorKind = GeneratorKind {
    name: "template",
    summary: "A text that contains the values of earlier fields, each by its name in braces; `{{` and `}}` stand for braces. If one of the fields has no value, there is no text.",
    parameter: r#"{"type":"string"}"#,
    beside: &[],
    example: "label: { template: \"{country}-{customer_id}\" }",
    read: |context, field| {
        let node = field.parameter;
        let text = context
            .faults
            .text(node, "a text with names of fields in braces")?;
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut letters = text.chars().peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '{' | '}' if letters.peek() == Some(&letter) => {
                    letters.next();
                    literal.push(letter);
                }
                '{' => {
                    let mut ended = false;
                    let name: String = letters
                        .by_ref()
                        .take_while(|letter| {
                            ended = *letter == '}';
                            !ended
                        })
                        .collect();
                    if !ended {
                        context.faults.at(
                            node.place,
                            "a '{' without its '}'; expected '{{' for a brace in the text",
                        );
                        return None;
                    }
                    let position = context.earlier_named(name.trim(), node)?;
                    if !is_plain(&context.fields[position].field.logical_type) {
                        context.faults.at(
                            node.place,
                            format!("'{name}' has parts; expected a field with a plain value"),
                        );
                        return None;
                    }
                    pieces.push(Piece::Literal(std::mem::take(&mut literal).into()));
                    pieces.push(Piece::Field(position));
                }
                '}' => {
                    context.faults.at(
                        node.place,
                        "a '}' without its '{'; expected '}}' for a brace in the text",
                    );
                    return None;
                }
                letter => literal.push(letter),
            }
        }
        pieces.push(Piece::Literal(literal.into()));
        let nullable = pieces.iter().any(|piece| match piece {
            Piece::Literal(_) => false,
            Piece::Field(position) => context.fields[*position].field.nullable,
        });
        Some(Made::new(Template(pieces.into()), LogicalType::Text).nullable(nullable))
    },
};

fn is_plain(logical_type: &LogicalType) -> bool {
    !matches!(
        logical_type,
        LogicalType::Struct(_) | LogicalType::Array(_) | LogicalType::Map(_)
    )
}

#[derive(Debug)]
struct Template(Box<[Piece]>);

#[derive(Debug)]
enum Piece {
    Literal(Box<str>),
    Field(usize),
}

impl Generator for Template {
    fn fill(&self, points: &Points<'_>) -> Column {
        let mut cells = TextCells::default();
        let mut without = Vec::new();
        for i in 0..points.len() {
            let row = points.row(i);
            for piece in &self.0 {
                match piece {
                    Piece::Literal(text) => cells.writer().push_str(text),
                    Piece::Field(position) => {
                        let value = points.records.column(*position).get(row);
                        if matches!(value, Value::Null | Value::Missing) {
                            without.push(i);
                        } else {
                            write_plain(cells.writer(), value);
                        }
                    }
                }
            }
            cells.end();
        }
        let mut column = Column::new(Cells::Text(cells));
        for i in without {
            column.remove(i, Presence::Null);
        }
        column
    }
}

/// A plain value as text, as in JSON but without quotation marks.
pub(crate) fn write_plain(text: &mut String, value: Value<'_>) {
    use std::fmt::Write;
    let written = match value {
        Value::Boolean(value) => write!(text, "{value}"),
        Value::Long(value) => write!(text, "{value}"),
        Value::Float(value) => write!(text, "{value}"),
        Value::Decimal { unscaled, scale } => write_decimal(text, unscaled, scale),
        Value::Text(value) => text.write_str(value),
        Value::Uuid(value) => write!(text, "{value}"),
        Value::Date(value) => write!(text, "{value}"),
        Value::Time(micros) => {
            let seconds = micros / 1_000_000;
            let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
            write!(text, "{h:02}:{m:02}:{s:02}")
        }
        Value::Timestamp(value) => write!(text, "{value}"),
        Value::Null | Value::Missing | Value::Struct(_) | Value::Array(_) | Value::Map(_) => Ok(()),
    };
    written.expect("a String takes any text");
}

fn write_decimal(text: &mut String, unscaled: i64, scale: u8) -> std::fmt::Result {
    use std::fmt::Write;
    if scale == 0 {
        return write!(text, "{unscaled}");
    }
    let per_one = 10_u64.pow(scale.into());
    let (sign, magnitude) = (if unscaled < 0 { "-" } else { "" }, unscaled.unsigned_abs());
    let width = usize::from(scale);
    write!(
        text,
        "{sign}{}.{:0width$}",
        magnitude / per_one,
        magnitude % per_one
    )
}
