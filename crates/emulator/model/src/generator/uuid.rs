//! Identifiers.

use emulator_domain::RecordIds;
use emulator_domain::record::{Cells, Column, LogicalType};

use super::{GeneratorKind, Made};
use crate::program::{Generator, Points};
use crate::random::Key;

pub(super) const UUID: GeneratorKind = GeneratorKind {
    name: "uuid",
    summary: "A unique UUID of version 4. Identifies the record.",
    parameter: r#"{"type":"object","additionalProperties":false}"#,
    beside: &[],
    example: "order_id: { uuid: {} }",
    read: |context, field| {
        let entries = context.faults.map(field.parameter, "an empty map: {}")?;
        context.faults.only(entries, &[]);
        let made = Made::new(Identifiers, LogicalType::Uuid);
        Some(if context.is_element {
            made
        } else {
            made.leading_back()
        })
    },
};

#[derive(Debug)]
struct Identifiers;

fn ids(key: Key) -> RecordIds {
    RecordIds::with_keys(key.part(3).get(), key.part(4).get())
}

impl Generator for Identifiers {
    fn fill(&self, points: &Points<'_>) -> Column {
        let ids = ids(points.key);
        let indices = points.indices.iter();
        let uuids = indices.map(|index| ids.id(*index, points.key.at(*index).word()));
        Column::new(Cells::Uuid(uuids.collect()))
    }

    fn index_of(&self, key: Key, text: &str) -> Option<u64> {
        ids(key).index_of(::uuid::Uuid::try_parse(text).ok()?)
    }
}
