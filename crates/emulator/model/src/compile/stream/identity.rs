//! Which values of a record identify its index.

use emulator_domain::Seed;

use super::own_field;
use crate::error::Faults;
use crate::node::Node;
use crate::program::{FieldProgram, Program, StreamKind};

/// The fields that identify the index.
#[derive(Debug)]
pub(crate) struct IdFields {
    pub(crate) paths: Vec<String>,
    pub(crate) kind: IdKind,
}

#[derive(Debug)]
pub(crate) enum IdKind {
    /// None.
    Nothing,
    /// A single field.
    Own(usize),
    /// A field that identifies the parent, and the number of the child.
    Child { of: usize },
    /// The number of a change.
    Change,
}

/// The field named as `id`, or the first one with unique values, or the parent's with the ordinal.
pub(super) fn id_fields(
    faults: &mut Faults,
    program: &Program,
    kind: &StreamKind,
    stream: &str,
    fields: &[FieldProgram],
    node: &Node,
) -> IdFields {
    let title = |position: usize| fields[position].field.name.to_string();
    let own = |position: usize| IdFields {
        paths: vec![title(position)],
        kind: IdKind::Own(position),
    };
    if let Some(id) = node.get("id") {
        let position = faults.within("id", |faults| {
            let position = own_field(faults, stream, fields, id)?;
            if !fields[position].leads_back {
                faults.at(
                    id.place,
                    "the values of this field do not lead back to the record; expected a sequence, \
                     a uuid or a unique field that is always there",
                );
                return None;
            }
            Some(position)
        });
        return position.map_or_else(IdFields::none, own);
    }
    if let Some(position) = fields.iter().position(|field| field.leads_back) {
        return own(position);
    }
    if let StreamKind::Children { parent, .. } = kind {
        let ordinal = fields.iter().position(|field| field.generator.is_ordinal());
        let through = fields.iter().enumerate().find_map(|(position, field)| {
            let of = field.generator.of_parent()?;
            program.streams[*parent].fields[of]
                .leads_back
                .then_some((position, of))
        });
        if let (Some(ordinal), Some((position, of))) = (ordinal, through) {
            return IdFields {
                paths: vec![title(position), title(ordinal)],
                kind: IdKind::Child { of },
            };
        }
    }
    IdFields::none()
}

impl IdFields {
    const fn none() -> Self {
        Self {
            paths: Vec::new(),
            kind: IdKind::Nothing,
        }
    }

    /// The index of the record whose id fields have these values.
    pub(crate) fn index_of(
        &self,
        program: &Program,
        stream: usize,
        seed: Seed,
        values: &[&str],
    ) -> Option<u64> {
        let leads_back = |stream: usize, field: usize, text: &str| {
            let field = &program.streams[stream].fields[field];
            let key = crate::random::Key::new(seed, field.name);
            field.generator.index_of(key, text)
        };
        match (&self.kind, values) {
            (IdKind::Own(field), [text]) => leads_back(stream, *field, text),
            (IdKind::Child { of }, [parent_text, ordinal]) => {
                let (parent, mut reader) = program.streams[stream].kind.families(seed)?;
                let index = leads_back(parent, *of, parent_text)?;
                if index >= program.population(parent, seed) {
                    return None;
                }
                let ordinal: u64 = ordinal.parse().ok()?;
                let child = reader
                    .first_child(index)
                    .checked_add(ordinal.checked_sub(1)?)?;
                // A number beyond the parent's children would belong to a child of the next parent.
                (reader.family(child).parent == index).then_some(child)
            }
            (IdKind::Change, [lsn]) => lsn.parse().ok(),
            _ => None,
        }
    }
}
