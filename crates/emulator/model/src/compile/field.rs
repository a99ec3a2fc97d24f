//! From a field's node to its program.

use emulator_domain::record::Field;

use crate::error::{Faults, expected_one_of};
use crate::generator::{GeneratorKind, KINDS};
use crate::node::{Entry, Node, NodeValue};
use crate::program::{FieldProgram, Program, StreamKind};
use crate::random::Name;

/// Keys that every field may have beside its generator.
pub(crate) const BESIDE_ALL: [&str; 3] = ["null", "missing", "description"];

/// The context in which a generator is read.
pub(crate) struct Context<'a> {
    pub(crate) faults: &'a mut Faults,
    /// The streams that the current one may refer to.
    pub(crate) program: &'a Program,
    /// The name, the kind and the future position of the current stream.
    pub(crate) stream: &'a str,
    pub(crate) kind: &'a StreamKind,
    pub(crate) position: usize,
    /// Its fields before the current one.
    pub(crate) fields: &'a [FieldProgram],
    /// Whether the current node is part of another value: of a struct, a case or an array.
    pub(crate) is_part: bool,
    /// Whether it is an element of an array or a map, so that its point is not the index of a
    /// record.
    pub(crate) is_element: bool,
    /// The fields that the current field reads.
    pub(crate) reads: Vec<usize>,
}

impl Context<'_> {
    /// An earlier field of the same record, by its name.
    pub(crate) fn earlier(&mut self, node: &Node) -> Option<usize> {
        let name = self.faults.text(node, "the name of an earlier field")?;
        self.earlier_named(name, node)
    }

    /// The same for a name that occurs in `node`.
    pub(crate) fn earlier_named(&mut self, name: &str, node: &Node) -> Option<usize> {
        let found = self
            .fields
            .iter()
            .position(|field| field.field.name == name);
        if found.is_none() && !self.faults.is_unread_field(self.stream, name) {
            let names: Vec<&str> = self.fields.iter().map(|field| &*field.field.name).collect();
            let shown = NodeValue::Text(name.to_owned());
            let message = if names.is_empty() {
                format!("no field {shown} before this one; expected fields that stand above")
            } else {
                let expected = expected_one_of(name, &names);
                format!("no field {shown} before this one; {expected}")
            };
            self.faults.at(node.place, message);
        }
        let found = found?;
        if !self.reads.contains(&found) {
            self.reads.push(found);
        }
        Some(found)
    }

    /// The fields of a stream; of the current one, those before the current field.
    pub(crate) fn fields_of(&self, stream: usize) -> &[FieldProgram] {
        if stream == self.position {
            self.fields
        } else {
            &self.program.streams[stream].fields
        }
    }

    /// The name of a stream.
    pub(crate) fn name_of(&self, stream: usize) -> &str {
        if stream == self.position {
            self.stream
        } else {
            &self.program.streams[stream].name
        }
    }

    /// A field of a stream by its name.
    pub(crate) fn field_of(&mut self, stream: usize, name: &str, node: &Node) -> Option<usize> {
        let fields = self.fields_of(stream);
        let found = fields.iter().position(|field| field.field.name == name);
        if found.is_none() && !self.faults.is_unread_field(self.name_of(stream), name) {
            let names: Vec<&str> = fields.iter().map(|field| &*field.field.name).collect();
            let shown = NodeValue::Text(name.to_owned());
            let expected = expected_one_of(name, &names);
            let stream = self.name_of(stream).to_owned();
            self.faults.at(
                node.place,
                format!("{stream} has no field {shown}; {expected}"),
            );
        }
        found
    }

    /// Reads a part of the current field.
    pub(crate) fn part(
        &mut self,
        node: &Node,
        title: &str,
        name: Name,
        is_element: bool,
    ) -> Option<FieldProgram> {
        let (was_part, was_element) = (self.is_part, self.is_element);
        self.is_part = true;
        self.is_element |= is_element;
        self.faults.enter(title.to_owned());
        let field = read_field(self, node, title, name);
        self.faults.leave();
        (self.is_part, self.is_element) = (was_part, was_element);
        field
    }

    /// Reports that a generator needs the index of a record and cannot be used in elements.
    pub(crate) fn refuse_in_elements(&mut self, node: &Node, what: &str) -> Option<()> {
        if self.is_element {
            self.faults.at(
                node.place,
                format!("{what} follows the records; expected it as a field of its own, not inside an array or a map"),
            );
            return None;
        }
        Some(())
    }
}

/// The node of a field.
pub(crate) struct FieldNode<'n> {
    /// The whole node.
    pub(crate) node: &'n Node,
    /// The value of the generator's key.
    pub(crate) parameter: &'n Node,
    /// The name that keys its random words.
    pub(crate) name: Name,
}

impl<'n> FieldNode<'n> {
    /// The value of this key beside the generator.
    pub(crate) fn beside(&self, key: &str) -> Option<&'n Node> {
        self.node.get(key)
    }
}

/// Reads a field: its generator, the keys beside it, and how often there is no value.
pub(crate) fn read_field(
    context: &mut Context<'_>,
    node: &Node,
    title: &str,
    name: Name,
) -> Option<FieldProgram> {
    let expected = "a generator, such as {uuid: {}} or {choice: [a, b]}";
    let entries = context.faults.map(node, expected)?;
    let (kind, parameter) = generator(context.faults, node, entries)?;
    let beside = kind.beside.iter().map(|(key, _)| *key);
    let allowed: Vec<&str> = [kind.name]
        .into_iter()
        .chain(beside)
        .chain(BESIDE_ALL)
        .collect();
    context.faults.only(entries, &allowed);
    let mut share = |key: &str| match node.get(key) {
        None => Some(0.0),
        Some(share) => {
            let faults = &mut *context.faults;
            faults.within(key, |faults| faults.probability(share))
        }
    };
    let (null, missing) = (share("null"), share("missing"));
    let description = match node.get("description") {
        None => Some(""),
        Some(text) => {
            let faults = &mut *context.faults;
            faults.within("description", |faults| faults.text(text, "a text"))
        }
    };
    let outer = std::mem::take(&mut context.reads);
    let field = FieldNode {
        node,
        parameter,
        name,
    };
    let path = kind.name.to_owned();
    context.faults.enter(path);
    let made = (kind.read)(context, &field);
    context.faults.leave();
    let reads = std::mem::replace(&mut context.reads, outer);
    for read in &reads {
        if !context.reads.contains(read) {
            context.reads.push(*read);
        }
    }
    let (made, null, missing) = (made?, null?, missing?);
    let is_always_there = null == 0.0 && missing == 0.0;
    Some(FieldProgram {
        field: Field {
            name: title.to_owned().into(),
            logical_type: made.logical_type,
            nullable: made.nullable || !is_always_there,
            meaning: description?.to_owned().into(),
        },
        name,
        generator: made.generator,
        null,
        missing,
        reads,
        pick: made.pick,
        leads_back: made.leads_back && is_always_there,
    })
}

/// The single generator among the keys of a field.
fn generator<'n>(
    faults: &mut Faults,
    node: &'n Node,
    entries: &'n [Entry],
) -> Option<(&'static GeneratorKind, &'n Node)> {
    let kind_of = |name: &str| KINDS.iter().find(|kind| kind.name == name);
    let found: Vec<_> = entries
        .iter()
        .filter_map(|entry| Some((kind_of(&entry.name)?, entry)))
        .collect();
    match found.as_slice() {
        [(kind, entry)] => Some((kind, &entry.node)),
        [] => {
            let names: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
            // The first key was probably meant to be a generator.
            let first = entries.first().map_or("", |entry| entry.name.as_str());
            let place = entries.first().map_or(node.place, |entry| entry.place);
            let shown = NodeValue::Text(first.to_owned());
            let expected = expected_one_of(first, &names);
            faults.at(place, format!("no generator (got {shown}); {expected}"));
            None
        }
        [(first, _), (second, entry), ..] => {
            let (first, second) = (first.name, second.name);
            faults.at(
                entry.place,
                format!("two generators, '{first}' and '{second}'; expected one"),
            );
            None
        }
    }
}
