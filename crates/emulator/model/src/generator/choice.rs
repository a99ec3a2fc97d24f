//! Chooses one of several values.

use std::sync::Arc;

use emulator_domain::record::{Cells, Column, LogicalType, Word};

use super::{GeneratorKind, Made};
use crate::alias::AliasTable;
use crate::compile::{Context, FieldNode};
use crate::distribution::{weight_of, weights};
use crate::node::NodeValue;
use crate::program::{Generator, Points};

/// With more words than this the type is text, not an enum.
const MOST_SYMBOLS: usize = 256;
/// The maximum number of values.
const MOST_VALUES: usize = 100_000;

pub(super) const CHOICE: GeneratorKind = GeneratorKind {
    name: "choice",
    summary: "One of the values of a list, all equally likely; or of a map of values with weights; or of a list of `{value, weight}`, for values that are not texts. The values must be all texts, all numbers or all booleans.",
    parameter: r##"{"oneOf":[{"type":"array","minItems":1,"items":{"oneOf":[{"type":["string","number","boolean"]},{"type":"object","properties":{"value":{"type":["string","number","boolean"]},"weight":{"type":"number","minimum":0}},"required":["value","weight"],"additionalProperties":false}]}},{"type":"object","minProperties":1,"additionalProperties":{"type":"number","minimum":0}},{"type":"object","properties":{"csv":{"type":"string"},"value":{"type":"string"},"weight":{"type":"string"}},"required":["csv"],"additionalProperties":false}]}"##,
    beside: &[],
    example: "status: { choice: { paid: 90, open: 8, failed: 2 } }",
    read,
};

fn read(context: &mut Context<'_>, field: &FieldNode<'_>) -> Option<Made> {
    const EXPECTED: &str = "values, such as [a, b], or with weights, such as {a: 5, b: 1}";
    let node = field.parameter;
    let faults = &mut *context.faults;
    let mut values: Vec<(NodeValue, f64)> = Vec::new();
    match &node.value {
        NodeValue::List(nodes) => {
            for item in nodes {
                if !matches!(item.value, NodeValue::Map(_)) {
                    values.push((item.value.clone(), 1.0));
                    continue;
                }
                let entries = faults.map(item, EXPECTED)?;
                faults.only(entries, &["value", "weight"]);
                let (Some(value), Some(weight)) = (item.get("value"), item.get("weight")) else {
                    faults.missing(
                        item,
                        "value",
                        "a value with its weight: {value: 7, weight: 2}",
                    );
                    return None;
                };
                values.push((value.value.clone(), weight_of(faults, weight)?));
            }
        }
        NodeValue::Map(entries) => {
            for entry in entries {
                let weight =
                    faults.within(entry.name.clone(), |faults| weight_of(faults, &entry.node))?;
                values.push((NodeValue::Text(entry.name.clone()), weight));
            }
        }
        _ => {
            faults.unexpected(node, EXPECTED);
            return None;
        }
    }
    if values.is_empty() || values.len() > MOST_VALUES {
        let got = values.len();
        faults.at(
            node.place,
            format!("{got} values; expected 1 to {MOST_VALUES}"),
        );
        return None;
    }
    let table = weights(faults, node, values.iter().map(|value| value.1))?;
    let Some((options, logical_type)) = options(&values) else {
        faults.unexpected(
            node,
            "values of one kind: all texts, all numbers or all booleans",
        );
        return None;
    };
    Some(Made::new(Choice { table, options }, logical_type))
}

/// The values by type, if they have a common type.
fn options(values: &[(NodeValue, f64)]) -> Option<(Options, LogicalType)> {
    let all = |is: fn(&NodeValue) -> bool| values.iter().all(|(value, _)| is(value));
    let nodes = values.iter().map(|(value, _)| value);
    if all(|value| matches!(value, NodeValue::Text(_))) {
        let words = nodes.filter_map(|value| match value {
            NodeValue::Text(text) => Some(Word::from(text.as_str())),
            _ => None,
        });
        let words: Arc<[Word]> = words.collect();
        return Some((Options::Words(words.clone()), type_of_words(&words)));
    }
    if all(|value| matches!(value, NodeValue::Integer(_))) {
        let numbers = nodes.filter_map(|value| match value {
            NodeValue::Integer(value) => Some(*value),
            _ => None,
        });
        return Some((Options::Longs(numbers.collect()), LogicalType::Long));
    }
    if all(|value| matches!(value, NodeValue::Integer(_) | NodeValue::Float(_))) {
        let numbers = nodes.filter_map(|value| match value {
            NodeValue::Integer(value) => Some(*value as f64),
            NodeValue::Float(value) => Some(*value),
            _ => None,
        });
        return Some((Options::Floats(numbers.collect()), LogicalType::Float));
    }
    if all(|value| matches!(value, NodeValue::Boolean(_))) {
        let booleans = nodes.map(|value| matches!(value, NodeValue::Boolean(true)));
        return Some((Options::Booleans(booleans.collect()), LogicalType::Boolean));
    }
    None
}

/// An enum for a few words, a text for many.
fn type_of_words(words: &[Word]) -> LogicalType {
    let mut symbols: Vec<Box<str>> = Vec::new();
    for word in words {
        if symbols.len() > MOST_SYMBOLS {
            return LogicalType::Text;
        }
        if !symbols.iter().any(|symbol| **symbol == **word) {
            symbols.push((**word).into());
        }
    }
    LogicalType::Enum(symbols.into())
}

#[derive(Debug)]
struct Choice {
    table: AliasTable,
    options: Options,
}

#[derive(Debug)]
enum Options {
    Words(Arc<[Word]>),
    Longs(Box<[i64]>),
    Floats(Box<[f64]>),
    Booleans(Box<[bool]>),
}

impl Generator for Choice {
    fn fill(&self, points: &Points<'_>) -> Column {
        let indices = points.indices.iter();
        let positions = indices.map(|index| self.table.draw(&mut points.key.at(*index)));
        Column::new(match &self.options {
            Options::Words(words) => Cells::Word {
                positions: positions.collect(),
                words: words.clone(),
            },
            Options::Longs(values) => Cells::Long(positions.map(|p| values[p as usize]).collect()),
            Options::Floats(values) => {
                Cells::Float(positions.map(|p| values[p as usize]).collect())
            }
            Options::Booleans(values) => {
                Cells::Boolean(positions.map(|p| values[p as usize]).collect())
            }
        })
    }
}
