//! From a stream's node to its program.

mod history;
mod identity;

use emulator_domain::imperfection::Imperfections;
use emulator_domain::record::{Envelope, Schema};

use self::history::{changes_of, read_changes};
use self::identity::id_fields;
pub(crate) use self::identity::{IdFields, IdKind};
use super::field::{Context, read_field};
use crate::error::{Faults, expected_one_of};
use crate::imperfections;
use crate::node::{Entry, Node, NodeValue};
use crate::program::{FieldProgram, Program, StreamKind, StreamProgram};
use crate::quotas::Quotas;
use crate::random::Name;

/// The maximum number of fields of a stream.
const MOST_FIELDS: usize = 2_000;
/// The maximum number of records of a bounded stream, and of children of a parent.
const MOST_ENTITIES: i64 = 1 << 48;
const MOST_CHILDREN: i64 = 100_000;

/// The externally visible properties of a stream.
#[derive(Debug)]
pub(crate) struct Surface {
    pub(crate) schema: Schema,
    pub(crate) envelope: Envelope,
    pub(crate) description: String,
    pub(crate) id: IdFields,
    pub(crate) imperfections: Option<Imperfections>,
}

/// Reads a stream and what later streams need to know of it.
pub(super) fn read_stream(
    faults: &mut Faults,
    model: &str,
    program: &Program,
    surfaces: &[Surface],
    entry: &Entry,
) -> Option<(StreamProgram, Surface)> {
    faults.within(entry.name.clone(), |faults| {
        read(faults, model, program, surfaces, entry)
    })
}

fn read(
    faults: &mut Faults,
    model: &str,
    program: &Program,
    surfaces: &[Surface],
    entry: &Entry,
) -> Option<(StreamProgram, Surface)> {
    let Entry { name, node, place } = entry;
    let named = faults.name(name, *place, "stream");
    let entries = faults.map(node, "a stream: a map with 'fields'")?;
    let path = Name::new(model).then(name);
    let description = match node.get("description") {
        None => "",
        Some(text) => faults
            .within("description", |faults| faults.text(text, "a text"))
            .unwrap_or_default(),
    };
    if let Some(of) = node.get("changes_of") {
        faults.only(
            entries,
            &[
                "changes_of",
                "update",
                "delete",
                "envelope",
                "description",
                "imperfections",
            ],
        );
        let imperfections = imperfections::of_stream(faults, node);
        let changes =
            faults.within("changes_of", |faults| changes_of(faults, program, of, path))?;
        let read = read_changes(faults, program, surfaces, node, changes, name, description);
        return read.map(|(stream, surface)| {
            let surface = Surface {
                imperfections,
                ..surface
            };
            (stream, surface)
        });
    }
    let mut allowed = vec![
        "fields",
        "key",
        "id",
        "envelope",
        "description",
        "imperfections",
    ];
    allowed.extend(match node.get("each") {
        Some(_) => &["each", "times"][..],
        None => &["count", "each", "times", "changes_of"][..],
    });
    faults.only(entries, &allowed);
    let kind = read_kind(faults, program, node, path)?;
    let envelope = read_envelope(faults, node);
    let imperfections = imperfections::of_stream(faults, node);
    let fields = read_fields(faults, program, &kind, node, name, path)?;
    let key = node
        .get("key")
        .and_then(|key| faults.within("key", |faults| own_field(faults, name, &fields, key)));
    let id = id_fields(faults, program, &kind, name, &fields, node);
    let title = |position: usize| &*fields[position].field.name;
    let id_position = match &id.kind {
        IdKind::Own(position) => Some(*position),
        _ => None,
    };
    let schema = Schema::new(
        fields.iter().map(|field| field.field.clone()).collect(),
        key.or(id_position).map(title),
        id_position.map(title),
    )
    .expect("names of fields are those of a map");
    let surface = Surface {
        schema,
        envelope,
        description: description.to_owned(),
        id,
        imperfections,
    };
    let stream = StreamProgram {
        name: name.clone(),
        kind,
        fields,
    };
    named.then_some((stream, surface))
}

fn read_envelope(faults: &mut Faults, node: &Node) -> Envelope {
    let Some(node) = node.get("envelope") else {
        return Envelope::None;
    };
    faults.within("envelope", |faults| match &node.value {
        NodeValue::Text(text) if text == "none" => Envelope::None,
        NodeValue::Text(text) if text == "emulation" => Envelope::Emulation,
        NodeValue::Text(text) if text == "debezium" => {
            faults.at(
                node.place,
                "'debezium' is for streams with 'changes_of'; expected none or emulation",
            );
            Envelope::None
        }
        _ => {
            faults.unexpected(node, "none or emulation");
            Envelope::None
        }
    })
}

/// Another stream by its name.
fn other_stream(faults: &mut Faults, program: &Program, node: &Node) -> Option<usize> {
    let name = faults.text(node, "the name of a stream")?;
    let found = program
        .streams
        .iter()
        .position(|stream| stream.name == name);
    if found.is_none() && !faults.is_unread_stream(name) {
        let names: Vec<&str> = program
            .streams
            .iter()
            .map(|stream| stream.name.as_str())
            .collect();
        let shown = NodeValue::Text(name.to_owned());
        let expected = if names.is_empty() {
            "expected another stream of the model".to_owned()
        } else {
            expected_one_of(name, &names)
        };
        faults.at(
            node.place,
            format!("{shown} cannot be used here; {expected}"),
        );
    }
    found
}

fn read_kind(
    faults: &mut Faults,
    program: &Program,
    node: &Node,
    path: Name,
) -> Option<StreamKind> {
    if let Some(each) = node.get("each") {
        let parent = faults.within("each", |faults| {
            let parent = other_stream(faults, program, each)?;
            if let StreamKind::Changes(_) = program.streams[parent].kind {
                faults.at(
                    each.place,
                    "changes have no children; expected a stream with fields of its own",
                );
                return None;
            }
            Some(parent)
        })?;
        let quotas = match node.get("times") {
            None => {
                let expected = "how many children each parent has, such as {1: 60, 2: 40}";
                faults.missing(node, "times", expected);
                None
            }
            Some(times) => faults.within("times", |faults| read_times(faults, times)),
        };
        // The fields can be checked with any number of children.
        let quotas = quotas.unwrap_or_else(|| Quotas::new(&[(1, 1.0)]));
        return Some(StreamKind::Children {
            parent,
            quotas,
            name: path.then("times"),
        });
    }
    match node.get("count") {
        None => Some(StreamKind::Events),
        Some(count) => {
            let count = faults.within("count", |faults| faults.integer(count, 1..=MOST_ENTITIES));
            // With one record, the number causes no further errors in the fields.
            Some(StreamKind::Entities {
                count: count.unwrap_or(1) as u64,
            })
        }
    }
}

fn read_times(faults: &mut Faults, node: &Node) -> Option<Quotas> {
    let expected = "a number of children, or numbers with their weights, such as {1: 60, 2: 40}";
    let weights = match &node.value {
        NodeValue::Integer(_) => vec![(faults.integer(node, 1..=MOST_CHILDREN)? as u32, 1.0)],
        _ => {
            let mut weights = Vec::new();
            for entry in faults.map(node, expected)? {
                let children = entry
                    .name
                    .parse()
                    .ok()
                    .filter(|n| *n <= MOST_CHILDREN as u32);
                let Some(children) = children else {
                    let shown = NodeValue::Text(entry.name.clone());
                    faults.at(entry.place, format!("got {shown}; expected {expected}"));
                    return None;
                };
                let weight =
                    faults.within(entry.name.clone(), |faults| faults.positive(&entry.node))?;
                weights.push((children, weight));
            }
            weights
        }
    };
    let quotas = Quotas::new(&weights);
    if weights.is_empty() || quotas.is_barren() {
        faults.at(
            node.place,
            format!("no parent has a child; expected {expected}"),
        );
        return None;
    }
    Some(quotas)
}

fn read_fields(
    faults: &mut Faults,
    program: &Program,
    kind: &StreamKind,
    node: &Node,
    stream: &str,
    path: Name,
) -> Option<Vec<FieldProgram>> {
    let Some(node) = node.get("fields") else {
        faults.missing(node, "fields", "a map of fields by their names");
        return None;
    };
    faults.enter("fields".to_owned());
    let fields = (|| {
        let entries = faults.map(node, "a map of fields by their names")?;
        if entries.is_empty() || entries.len() > MOST_FIELDS {
            let got = entries.len();
            faults.at(
                node.place,
                format!("{got} fields; expected 1 to {MOST_FIELDS}"),
            );
            return None;
        }
        let mut fields: Vec<FieldProgram> = Vec::with_capacity(entries.len());
        for Entry { name, place, node } in entries {
            faults.enter(name.clone());
            let named = faults.name(name, *place, "field");
            let mut context = Context {
                faults,
                program,
                stream,
                kind,
                position: program.streams.len(),
                fields: &fields,
                is_part: false,
                is_element: false,
                reads: Vec::new(),
            };
            let field = read_field(&mut context, node, name, path.then(name));
            faults.leave();
            match field.filter(|_| named) {
                Some(field) => fields.push(field),
                None => faults.unread_field(stream, name),
            }
        }
        Some(fields)
    })();
    faults.leave();
    fields
}

fn own_field(
    faults: &mut Faults,
    stream: &str,
    fields: &[FieldProgram],
    node: &Node,
) -> Option<usize> {
    let name = faults.text(node, "the name of a field")?;
    let found = fields.iter().position(|field| field.field.name == name);
    if found.is_none() && !faults.is_unread_field(stream, name) {
        let names: Vec<&str> = fields.iter().map(|field| &*field.field.name).collect();
        let shown = NodeValue::Text(name.to_owned());
        let expected = expected_one_of(name, &names);
        faults.at(node.place, format!("unknown field {shown}; {expected}"));
    }
    found
}
