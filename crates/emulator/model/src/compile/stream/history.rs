//! Streams of changes.

use emulator_domain::record::Envelope;

use super::{IdFields, IdKind, Surface, other_stream, own_field};
use crate::changes::Changes;
use crate::error::Faults;
use crate::history;
use crate::node::{Node, NodeValue};
use crate::program::{Program, StreamKind, StreamProgram};
use crate::random::Name;

pub(super) fn changes_of(
    faults: &mut Faults,
    program: &Program,
    node: &Node,
    path: Name,
) -> Option<Changes> {
    let of = other_stream(faults, program, node)?;
    let StreamKind::Entities { count } = program.streams[of].kind else {
        faults.at(
            node.place,
            "changes are of a table; expected a stream with a 'count'",
        );
        return None;
    };
    Some(Changes::new(of, count, path))
}

pub(super) fn read_changes(
    faults: &mut Faults,
    program: &Program,
    surfaces: &[Surface],
    node: &Node,
    mut changes: Changes,
    name: &str,
    description: &str,
) -> Option<(StreamProgram, Surface)> {
    let StreamProgram {
        name: table,
        fields,
        ..
    } = &program.streams[changes.of];
    if let Some(envelope) = node.get("envelope") {
        faults.within("envelope", |faults| match &envelope.value {
            NodeValue::Text(text) if text == "debezium" => {}
            _ => faults.unexpected(envelope, "debezium (the default of changes)"),
        });
    }
    let Some(update) = node.get("update") else {
        faults.missing(
            node,
            "update",
            "fields with the probability that an update changes them",
        );
        return None;
    };
    faults.enter("update".to_owned());
    let expected = "fields with the probability that an update changes them, such as {city: 0.5}";
    let entries = faults.map(update, expected).unwrap_or_default();
    for entry in entries {
        let title = Node {
            place: entry.place,
            value: NodeValue::Text(entry.name.clone()),
        };
        let position = own_field(faults, table, fields, &title);
        let key = surfaces[changes.of].schema.key();
        if position.is_some_and(|field| fields[field].leads_back || Some(field) == key) {
            faults.at(
                entry.place,
                "the key of a table does not change; expected another field",
            );
        }
        let share = faults.within(entry.name.clone(), |faults| faults.probability(&entry.node));
        changes.updates.extend(position.zip(share));
    }
    let is_known = changes.updates.len() == entries.len();
    if is_known && changes.updates.iter().all(|(_, share)| *share == 0.0) {
        faults.at(
            update.place,
            format!("no update changes anything; expected {expected}"),
        );
    }
    faults.leave();
    if let Some(delete) = node.get("delete") {
        let expected = "a probability from 0 to 0.5";
        changes.delete = faults.within("delete", |faults| {
            faults.number_that(delete, expected, |share| (0.0..=0.5).contains(&share))
        })?;
    }
    let schema = history::schema(&surfaces[changes.of].schema);
    changes.key = surfaces[changes.of].schema.key();
    let stream = StreamProgram {
        name: name.to_owned(),
        kind: StreamKind::Changes(changes),
        fields: Vec::new(),
    };
    let surface = Surface {
        schema,
        envelope: Envelope::None,
        description: description.to_owned(),
        id: IdFields {
            paths: vec!["source.lsn".to_owned()],
            kind: IdKind::Change,
        },
        imperfections: None,
    };
    Some((stream, surface))
}
