//! Nested values.

use std::sync::Arc;

use emulator_domain::record::{Cells, Column, LogicalType, TextCells};

use super::{GeneratorKind, Made};
use crate::compile::{Context, FieldNode};
use crate::distribution::Units;
use crate::node::Node;
use crate::program::{FieldProgram, Generator, Points};

/// The maximum number of elements of an array or a map.
const MOST_ELEMENTS: i64 = 1_000;
/// The maximum nesting depth.
const DEEPEST: usize = 8;

pub(super) const STRUCT: GeneratorKind = GeneratorKind {
    name: "struct",
    summary: "Nested fields.",
    parameter: r##"{"type":"object","minProperties":1,"additionalProperties":{"$ref":"#/$defs/field"}}"##,
    beside: &[],
    example: "ship_to: { struct: { street: { fake: address.street }, zip: { text: \"[0-9]{5}\" } } }",
    read: |context, field| {
        let entries = context
            .faults
            .map(field.parameter, "a map of fields by their names")?;
        if entries.is_empty() || entries.len() > 500 {
            let got = entries.len();
            context.faults.at(
                field.parameter.place,
                format!("{got} fields; expected 1 to 500"),
            );
            return None;
        }
        let mut fields = Vec::with_capacity(entries.len());
        for entry in entries {
            let named = context.faults.name(&entry.name, entry.place, "field");
            let part = context.part(
                &entry.node,
                &entry.name,
                field.name.then(&entry.name),
                false,
            );
            fields.push(part.filter(|_| named));
        }
        let fields: Vec<FieldProgram> = fields.into_iter().collect::<Option<_>>()?;
        let types = fields.iter().map(|field| field.field.clone()).collect();
        let logical_type = shallow(context, field.parameter, LogicalType::Struct(types))?;
        Some(Made::new(Struct(fields), logical_type))
    },
};

pub(super) const ARRAY: GeneratorKind = GeneratorKind {
    name: "array",
    summary: "Values of the field `of`; the distribution `length` determines how many (at most 1,000).",
    parameter: r##"{"type":"object","properties":{"of":{"$ref":"#/$defs/field"},"length":{"$ref":"#/$defs/distribution"}},"required":["of","length"],"additionalProperties":false}"##,
    beside: &[],
    example: "tags: { array: { of: { choice: [new, gift, bulk] }, length: { uniform: [0, 3] } } }",
    read: |context, field| {
        let (element, length) = elements(context, field, &["of", "length"])?;
        let logical_type = LogicalType::Array(Arc::new(element.field.clone()));
        let logical_type = shallow(context, field.parameter, logical_type)?;
        Some(Made::new(Array { element, length }, logical_type))
    },
};

pub(super) const MAP: GeneratorKind = GeneratorKind {
    name: "map",
    summary: "Some of the texts `keys`, each with a value of the field `of`; the distribution `length` determines how many.",
    parameter: r##"{"type":"object","properties":{"keys":{"type":"array","items":{"type":"string"},"minItems":1,"uniqueItems":true},"of":{"$ref":"#/$defs/field"},"length":{"$ref":"#/$defs/distribution"}},"required":["keys","of","length"],"additionalProperties":false}"##,
    beside: &[],
    example: "labels: { map: { keys: [team, cost, stage], of: { text: \"[a-z]{4}\" }, length: { uniform: [1, 3] } } }",
    read: |context, field| {
        let (element, length) = elements(context, field, &["keys", "of", "length"])?;
        let Some(keys) = field.parameter.get("keys") else {
            context
                .faults
                .missing(field.parameter, "keys", "a list of texts");
            return None;
        };
        let mut words: Vec<Box<str>> = Vec::new();
        for key in context.faults.list(keys, "a list of texts")? {
            let word = context.faults.text(key, "a text")?;
            if words.iter().any(|known| **known == *word) {
                context
                    .faults
                    .at(key.place, "this key comes twice; expected each once");
                return None;
            }
            words.push(word.into());
        }
        if length.max > words.len() as i64 {
            let got = words.len();
            context.faults.at(
                field.parameter.place,
                format!("up to {} entries of {got} keys; expected a length of at most {got} (give it a max)", length.max),
            );
            return None;
        }
        let logical_type = LogicalType::Map(Arc::new(element.field.clone()));
        let logical_type = shallow(context, field.parameter, logical_type)?;
        let keys = words.into();
        Some(Made::new(
            Map {
                keys,
                element,
                length,
            },
            logical_type,
        ))
    },
};

/// What arrays and maps have in common.
fn elements(
    context: &mut Context<'_>,
    field: &FieldNode<'_>,
    allowed: &[&str],
) -> Option<(FieldProgram, Units)> {
    let node = field.parameter;
    let entries = context.faults.map(node, "a map with 'of' and 'length'")?;
    context.faults.only(entries, allowed);
    let (Some(of), Some(length)) = (node.get("of"), node.get("length")) else {
        let absent = if node.get("of").is_none() {
            "of"
        } else {
            "length"
        };
        context.faults.missing(
            node,
            absent,
            "a field, and a distribution of the number of elements",
        );
        return None;
    };
    let faults = &mut *context.faults;
    let length = faults.within("length", |faults| {
        let units = Units::read(faults, length, 0, &[])?.within(0, MOST_ELEMENTS);
        if units.is_none() {
            faults.unexpected(length, format!("lengths from 0 to {MOST_ELEMENTS}"));
        }
        units
    })?;
    let element = context.part(of, "of", field.name.then("of"), true)?;
    Some((element, length))
}

/// The type, unless it is nested too deeply.
fn shallow(
    context: &mut Context<'_>,
    node: &Node,
    logical_type: LogicalType,
) -> Option<LogicalType> {
    fn depth(logical_type: &LogicalType) -> usize {
        1 + match logical_type {
            LogicalType::Struct(fields) => fields
                .iter()
                .map(|field| depth(&field.logical_type))
                .max()
                .unwrap_or(0),
            LogicalType::Array(field) | LogicalType::Map(field) => depth(&field.logical_type),
            _ => 0,
        }
    }
    if depth(&logical_type) > DEEPEST {
        context.faults.at(
            node.place,
            format!("values nest deeper than {DEEPEST}; expected flatter ones"),
        );
        return None;
    }
    Some(logical_type)
}

#[derive(Debug)]
struct Struct(Vec<FieldProgram>);

impl Generator for Struct {
    fn fill(&self, points: &Points<'_>) -> Column {
        let columns = self.0.iter().map(|field| field.fill(points));
        Column::new(Cells::Struct(columns.collect()))
    }
}

/// Purposes that divide the field's key.
const LENGTH: u64 = 21;
const ELEMENT: u64 = 22;
const KEYS: u64 = 23;

/// The points of the elements of all records, the record of each element, and the end of each
/// record's elements.
fn spread(points: &Points<'_>, length: &Units) -> (Vec<u64>, Vec<u32>, Vec<usize>) {
    let (lengths, elements) = (points.key.part(LENGTH), points.key.part(ELEMENT));
    let (mut indices, mut rows) = (Vec::new(), Vec::new());
    let ends = points.indices.iter().enumerate().map(|(i, index)| {
        let mut words = elements.at(*index);
        for _ in 0..length.draw(&mut lengths.at(*index)) {
            indices.push(words.word());
            rows.push(points.row(i) as u32);
        }
        indices.len()
    });
    let ends = ends.collect();
    (indices, rows, ends)
}

#[derive(Debug)]
struct Array {
    element: FieldProgram,
    length: Units,
}

impl Generator for Array {
    fn fill(&self, points: &Points<'_>) -> Column {
        let (indices, rows, ends) = spread(points, &self.length);
        let elements = self.element.fill(&Points {
            indices: &indices,
            rows: Some(&rows),
            ..*points
        });
        Column::new(Cells::Array {
            ends,
            elements: Box::new(elements),
        })
    }
}

#[derive(Debug)]
struct Map {
    keys: Box<[Box<str>]>,
    element: FieldProgram,
    length: Units,
}

impl Generator for Map {
    fn fill(&self, points: &Points<'_>) -> Column {
        let (indices, rows, ends) = spread(points, &self.length);
        let values = self.element.fill(&Points {
            indices: &indices,
            rows: Some(&rows),
            ..*points
        });
        let order = points.key.part(KEYS);
        let mut cells = TextCells::default();
        let mut start = 0;
        for (end, index) in ends.iter().zip(points.indices) {
            // The first steps of a Fisher–Yates shuffle.
            let mut random = order.at(*index);
            let mut positions: Vec<usize> = (0..self.keys.len()).collect();
            for place in 0..end - start {
                let other = place + random.below((positions.len() - place) as u64) as usize;
                positions.swap(place, other);
                cells.push(&self.keys[positions[place]]);
            }
            start = *end;
        }
        Column::new(Cells::Map {
            ends,
            keys: Box::new(Column::new(Cells::Text(cells))),
            values: Box::new(values),
        })
    }
}
