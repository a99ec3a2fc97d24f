//! From a stream's node to its program.

use emulator_domain::Seed;
use emulator_domain::record::{Envelope, Schema};

use super::field::{Context, read_field};
use crate::changes::{self, Changes};
use crate::error::{Faults, expected_one_of};
use crate::node::{Entry, Node, NodeValue};
use crate::program::{FieldProgram, Program, StreamKind, StreamProgram};
use crate::quotas::Quotas;
use crate::random::Name;

/// The most fields of a stream.
const MOST_FIELDS: usize = 2_000;
/// The most records of a bounded stream, and children of a parent.
const MOST_ENTITIES: i64 = 1 << 48;
const MOST_CHILDREN: i64 = 100_000;

/// What of a stream shows from outside.
#[derive(Debug)]
pub(crate) struct Surface {
    pub(crate) schema: Schema,
    pub(crate) envelope: Envelope,
    pub(crate) description: String,
    pub(crate) id: IdFields,
}

/// Which values lead back to the index.
#[derive(Debug)]
pub(crate) struct IdFields {
    pub(crate) paths: Vec<String>,
    pub(crate) kind: IdKind,
}

#[derive(Debug)]
pub(crate) enum IdKind {
    /// None.
    Nothing,
    /// That of one field.
    Own(usize),
    /// A field of the parent that leads back to it, and the number among its children.
    Child { of: usize },
    /// The number of a change.
    Change,
}

/// Reads a stream, and what follows from it for those that come after.
pub(super) fn read_stream(
    faults: &mut Faults,
    model: &str,
    program: &Program,
    surfaces: &[Surface],
    entry: &Entry,
) -> Option<(StreamProgram, Surface)> {
    faults.enter(entry.name.clone());
    let before = faults.count();
    let read = read(faults, model, program, surfaces, entry);
    let read = read.filter(|_| faults.count() == before);
    faults.leave();
    read
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
        Some(text) => faults.within("description", |faults| faults.text(text, "a text"))?,
    };
    if let Some(of) = node.get("changes_of") {
        faults.only(
            entries,
            &["changes_of", "update", "delete", "envelope", "description"],
        );
        let changes =
            faults.within("changes_of", |faults| changes_of(faults, program, of, path))?;
        return read_changes(faults, program, surfaces, node, changes, name, description);
    }
    let mut allowed = vec!["fields", "key", "id", "envelope", "description"];
    allowed.extend(match node.get("each") {
        Some(_) => &["each", "times"][..],
        None => &["count", "each", "times", "changes_of"][..],
    });
    faults.only(entries, &allowed);
    let kind = read_kind(faults, program, node, path)?;
    let envelope = read_envelope(faults, node);
    let fields = read_fields(faults, program, &kind, node, name, path)?;
    let key = match node.get("key") {
        None => None,
        Some(key) => Some(faults.within("key", |faults| own_field(faults, &fields, key))?),
    };
    let id = id_fields(faults, program, &kind, &fields, node)?;
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
    if found.is_none() {
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
        let Some(times) = node.get("times") else {
            faults.missing(
                node,
                "times",
                "how many children each parent has, such as {1: 60, 2: 40}",
            );
            return None;
        };
        let quotas = faults.within("times", |faults| read_times(faults, times))?;
        return Some(StreamKind::Children {
            parent,
            quotas,
            name: path.then("times"),
        });
    }
    match node.get("count") {
        None => Some(StreamKind::Events),
        Some(count) => {
            let count =
                faults.within("count", |faults| faults.integer(count, 1..=MOST_ENTITIES))?;
            Some(StreamKind::Entities {
                count: count as u64,
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
            // Fields that read one that could not be read would only be told what follows.
            fields.push(field.filter(|_| named)?);
        }
        Some(fields)
    })();
    faults.leave();
    fields
}

fn own_field(faults: &mut Faults, fields: &[FieldProgram], node: &Node) -> Option<usize> {
    let name = faults.text(node, "the name of a field")?;
    let found = fields.iter().position(|field| field.field.name == name);
    if found.is_none() {
        let names: Vec<&str> = fields.iter().map(|field| &*field.field.name).collect();
        let shown = NodeValue::Text(name.to_owned());
        let expected = expected_one_of(name, &names);
        faults.at(node.place, format!("unknown field {shown}; {expected}"));
    }
    found
}

/// The field named as `id`, or the first that leads back, or the parent's with the ordinal.
fn id_fields(
    faults: &mut Faults,
    program: &Program,
    kind: &StreamKind,
    fields: &[FieldProgram],
    node: &Node,
) -> Option<IdFields> {
    let title = |position: usize| fields[position].field.name.to_string();
    if let Some(id) = node.get("id") {
        let position = faults.within("id", |faults| {
            let position = own_field(faults, fields, id)?;
            if !fields[position].leads_back {
                faults.at(
                    id.place,
                    "the values of this field do not lead back to the record; expected a sequence, \
                     a uuid or a unique field that is always there",
                );
                return None;
            }
            Some(position)
        })?;
        return Some(IdFields {
            paths: vec![title(position)],
            kind: IdKind::Own(position),
        });
    }
    if let Some(position) = fields.iter().position(|field| field.leads_back) {
        return Some(IdFields {
            paths: vec![title(position)],
            kind: IdKind::Own(position),
        });
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
            return Some(IdFields {
                paths: vec![title(position), title(ordinal)],
                kind: IdKind::Child { of },
            });
        }
    }
    Some(IdFields {
        paths: Vec::new(),
        kind: IdKind::Nothing,
    })
}

fn changes_of(faults: &mut Faults, program: &Program, node: &Node, path: Name) -> Option<Changes> {
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

fn read_changes(
    faults: &mut Faults,
    program: &Program,
    surfaces: &[Surface],
    node: &Node,
    mut changes: Changes,
    name: &str,
    description: &str,
) -> Option<(StreamProgram, Surface)> {
    let fields = &program.streams[changes.of].fields;
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
    let updates = (|| {
        let expected =
            "fields with the probability that an update changes them, such as {city: 0.5}";
        for entry in faults.map(update, expected)? {
            let title = Node {
                place: entry.place,
                value: NodeValue::Text(entry.name.clone()),
            };
            let position = own_field(faults, fields, &title)?;
            if fields[position].leads_back || Some(position) == surfaces[changes.of].schema.key() {
                faults.at(
                    entry.place,
                    "the key of a table does not change; expected another field",
                );
                return None;
            }
            let share =
                faults.within(entry.name.clone(), |faults| faults.probability(&entry.node))?;
            changes.updates.push((position, share));
        }
        if changes.updates.iter().all(|(_, share)| *share == 0.0) {
            faults.at(
                update.place,
                format!("no update changes anything; expected {expected}"),
            );
            return None;
        }
        Some(())
    })();
    faults.leave();
    updates?;
    if let Some(delete) = node.get("delete") {
        let expected = "a probability from 0 to 0.5";
        changes.delete = faults.within("delete", |faults| {
            faults.number_that(delete, expected, |share| (0.0..=0.5).contains(&share))
        })?;
    }
    let schema = changes::schema(&surfaces[changes.of].schema);
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
    };
    Some((stream, surface))
}

impl IdFields {
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
                // A number beyond the parent's children would be a child of the next.
                (reader.family(child).parent == index).then_some(child)
            }
            (IdKind::Change, [lsn]) => lsn.parse().ok(),
            _ => None,
        }
    }
}
