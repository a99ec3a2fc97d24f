//! JSON objects that deviate from their schema: drifted fields, values of a wrong type.

use emulator_domain::imperfection::Drift;
use emulator_domain::record::{Block, Cells, Column, Field, Presence};
use emulator_domain::text::ByteWriter;

use super::json::writer::{Alone, Name, Node, Object, Writer, close};
use super::value;

/// How objects are written once the schema has drifted.
pub(super) struct Drifted {
    from: u64,
    fields: Vec<DriftedField>,
    /// `"name":value,` for each added field.
    added: Box<[u8]>,
}

struct DriftedField {
    is_removed: bool,
    is_retyped: bool,
    name: Option<Name>,
}

impl Drifted {
    pub(super) fn new(drift: &Drift, fields: &[Field]) -> Self {
        let fields = fields.iter().map(|field| {
            let new = drift.rename.iter().find(|(old, _)| *old == field.name);
            DriftedField {
                is_removed: drift.remove.iter().any(|name| *name == field.name),
                is_retyped: drift.retype.iter().any(|name| *name == field.name),
                name: new.map(|(_, name)| Name::new::<Alone>(name)),
            }
        });
        let mut added = Vec::new();
        for (name, value) in &drift.add {
            let mut bytes = vec![0; 8 + 6 * name.len() + value.len() + ByteWriter::SLACK];
            let mut line = ByteWriter::new(&mut bytes, 0);
            Name::new::<Alone>(name).write(&mut line);
            line.slice(value.as_bytes());
            line.byte(b',');
            added.extend_from_slice(line.written(0));
        }
        Self {
            from: drift.from,
            fields: fields.collect(),
            added: added.into(),
        }
    }

    /// Upper bound of the bytes that drift adds to an object.
    pub(super) fn room(&self) -> usize {
        let names = self.fields.iter().flat_map(|field| &field.name);
        names.map(Name::len).sum::<usize>() + self.added.len()
    }
}

/// How one object deviates from its schema.
#[derive(Clone, Copy)]
pub(super) struct Deviations<'a> {
    drifted: Option<&'a Drifted>,
    /// Path to the value of a wrong type; empty if there is none.
    mistyped: &'a [usize],
}

impl<'a> Deviations<'a> {
    /// The deviations of the record in `row`, if it has any.
    #[inline(always)]
    pub(super) fn of(drifted: Option<&'a Drifted>, block: &'a Block, row: usize) -> Option<Self> {
        if drifted.is_none() && block.mistyped.is_empty() {
            return None;
        }
        let record = block.records.as_ref().map_or(0, |records| records[row]);
        let found = (block.mistyped).binary_search_by_key(&row, |(row, _)| *row);
        let deviations = Self {
            drifted: drifted.filter(|drifted| record >= drifted.from),
            mistyped: found.map_or(&[], |found| &block.mistyped[found].1),
        };
        (deviations.drifted.is_some() || !deviations.mistyped.is_empty()).then_some(deviations)
    }
}

impl Writer<'_> {
    /// An object that deviates from its schema.
    #[cold]
    pub(super) fn write_deviating(
        &mut self,
        line: &mut ByteWriter<'_>,
        object: &Object,
        columns: &[Column],
        row: usize,
        deviations: Deviations<'_>,
    ) {
        line.byte(b'{');
        let start = line.len();
        for (position, (member, column)) in object.0.iter().zip(columns).enumerate() {
            let drifted = deviations.drifted.map(|drifted| &drifted.fields[position]);
            let is_removed = drifted.is_some_and(|field| field.is_removed);
            if is_removed || column.presence(row) == Presence::Missing {
                continue;
            }
            let name = drifted.and_then(|field| field.name.as_ref());
            name.unwrap_or(&member.name).write(line);
            let inner = match deviations.mistyped.split_first() {
                Some((first, inner)) if *first == position => Some(inner),
                _ => None,
            };
            let is_mistyped = inner == Some(&[]) || drifted.is_some_and(|field| field.is_retyped);
            match (&member.node, &column.cells, inner) {
                _ if column.presence(row) == Presence::Null => line.chunk(b"null"),
                (node, cells, Some(mistyped @ [_, ..])) => {
                    self.partly(line, (node, cells, row), mistyped);
                }
                (node, cells, _) if is_mistyped => self.mistyped(line, node, cells, row),
                (node, cells, _) => self.present::<Alone>(line, node, cells, row),
            }
            line.byte(b',');
        }
        if let Some(drifted) = deviations.drifted {
            line.slice(&drifted.added);
        }
        if line.len() > start {
            line.pop();
        }
        line.byte(b'}');
    }

    /// A value with a part of a wrong type at the path `mistyped`.
    fn partly(
        &mut self,
        line: &mut ByteWriter<'_>,
        (node, cells, row): (&Node, &Cells, usize),
        mistyped: &[usize],
    ) {
        match (node, cells, mistyped) {
            (node, cells, []) => self.mistyped(line, node, cells, row),
            (Node::Struct(object), Cells::Struct(columns), mistyped) => {
                let deviations = Deviations {
                    drifted: None,
                    mistyped,
                };
                self.write_deviating(line, object, columns, row, deviations);
            }
            (
                Node::Array(node) | Node::Map(node),
                Cells::Array { ends, elements }
                | Cells::Map {
                    ends,
                    values: elements,
                    ..
                },
                [number, rest @ ..],
            ) => {
                let keys = match cells {
                    Cells::Map { keys, .. } => Some(keys),
                    _ => None,
                };
                let [open, shut] = if keys.is_some() { *b"{}" } else { *b"[]" };
                line.byte(open);
                let all = value::range(ends, row);
                for row in all.clone() {
                    if let Some(keys) = keys {
                        self.key::<Alone>(line, keys, row);
                    }
                    let is_it = row - all.start == number % all.len();
                    if is_it && elements.presence(row) == Presence::Present {
                        self.partly(line, (node, &elements.cells, row), rest);
                        line.byte(b',');
                    } else {
                        self.element::<Alone>(line, node, elements, row);
                    }
                }
                close(line, all.is_empty(), shut);
            }
            (node, cells, _) => self.present::<Alone>(line, node, cells, row),
        }
    }

    /// A number or boolean as a text, anything else wrapped in a list.
    fn mistyped(&mut self, line: &mut ByteWriter<'_>, node: &Node, cells: &Cells, row: usize) {
        let [open, close] = match cells {
            Cells::Boolean(_) | Cells::Long(_) | Cells::Float(_) | Cells::Decimal { .. } => {
                *b"\"\""
            }
            _ => *b"[]",
        };
        line.byte(open);
        self.present::<Alone>(line, node, cells, row);
        line.byte(close);
    }
}
