//! Fields of other streams.

use emulator_domain::record::LogicalType;
use rand_distr::Zipf;

use super::{GeneratorKind, Made};
use crate::compile::{Context, FieldNode};
use crate::distribution::exponent;
use crate::error::expected_one_of;
use crate::node::{Node, NodeValue};
use crate::permutation::Permutation;
use crate::program::{Pick, PickKind, StreamKind};
use crate::reference::{Of, Ordinal, RecordLookup};

pub(super) const REF: GeneratorKind = GeneratorKind {
    name: "ref",
    summary: "A key of an existing record of another stream, `STREAM.FIELD`. `pick` determines which: with `uniform` (default) all are equally likely, with `{zipf: s}` a few are chosen most of the time, and `{recent: n}` chooses one of the last n that have happened.",
    parameter: r#"{"type":"string","pattern":"^[^.]+\\.[^.]+$"}"#,
    beside: &[(
        "pick",
        r#"{"oneOf":[{"const":"uniform"},{"type":"object","properties":{"zipf":{"type":"number","minimum":0},"recent":{"type":"integer","minimum":1}},"minProperties":1,"maxProperties":1,"additionalProperties":false}]}"#,
    )],
    example: "customer_id: { ref: customer.customer_id, pick: { zipf: 1.1 } }",
    read: read_ref,
};

pub(super) const OF: GeneratorKind = GeneratorKind {
    name: "of",
    summary: "Another field (`field`) of the record that an earlier `ref` or `parent` field refers to.",
    parameter: r#"{"type":"string"}"#,
    beside: &[("field", r#"{"type":"string"}"#)],
    example: "country: { of: customer_id, field: country }",
    read: |context, field| {
        let through = context.earlier(field.parameter)?;
        let earlier = &context.fields[through];
        let (lookup, stream) = match (&earlier.pick, earlier.generator.of_parent(), context.kind) {
            (Some(pick), _, _) => (RecordLookup::Field(through), pick.stream),
            (None, Some(_), StreamKind::Children { parent, .. }) => (RecordLookup::Parent, *parent),
            _ => {
                let name = &earlier.field.name;
                let message = format!(
                    "'{name}' refers to no record; expected a field with 'ref' or 'parent'"
                );
                context.faults.at(field.parameter.place, message);
                return None;
            }
        };
        let nullable = earlier.field.nullable && lookup != RecordLookup::Parent;
        let Some(of) = field.beside("field") else {
            context
                .faults
                .missing(field.node, "field", "the name of a field of that record");
            return None;
        };
        context.faults.enter("field".to_owned());
        let target = match context.faults.text(of, "the name of a field") {
            Some(name) => context.field_of(stream, name, of),
            None => None,
        };
        context.faults.leave();
        let target = target?;
        let described = &context.fields_of(stream)[target].field;
        let (logical_type, nullable) = (
            described.logical_type.clone(),
            nullable || described.nullable,
        );
        let generator = Of {
            lookup,
            stream,
            field: target,
        };
        Some(Made::new(generator, logical_type).nullable(nullable))
    },
};

pub(super) const PARENT: GeneratorKind = GeneratorKind {
    name: "parent",
    summary: "A field of the parent, in a stream with `each`.",
    parameter: r#"{"type":"string"}"#,
    beside: &[],
    example: "order_id: { parent: order_id }",
    read: |context, field| {
        let StreamKind::Children { parent, .. } = context.kind else {
            context.faults.at(
                field.parameter.place,
                "this stream has no parent; expected a stream with 'each'",
            );
            return None;
        };
        let parent = *parent;
        let name = context
            .faults
            .text(field.parameter, "the name of a field of the parent")?;
        let target = context.field_of(parent, name, field.parameter)?;
        let described = &context.fields_of(parent)[target].field;
        let (logical_type, nullable) = (described.logical_type.clone(), described.nullable);
        let generator = Of {
            lookup: RecordLookup::Parent,
            stream: parent,
            field: target,
        };
        Some(Made::new(generator, logical_type).nullable(nullable))
    },
};

pub(super) const ORDINAL: GeneratorKind = GeneratorKind {
    name: "ordinal",
    summary: "The number of a child among its siblings, from 1, in a stream with `each`.",
    parameter: r#"{"type":"object","additionalProperties":false}"#,
    beside: &[],
    example: "line: { ordinal: {} }",
    read: |context, field| {
        let entries = context.faults.map(field.parameter, "an empty map: {}")?;
        context.faults.only(entries, &[]);
        let StreamKind::Children { .. } = context.kind else {
            context.faults.at(
                field.parameter.place,
                "this stream has no parent; expected a stream with 'each'",
            );
            return None;
        };
        Some(Made::new(Ordinal, LogicalType::Long))
    },
};

fn read_ref(context: &mut Context<'_>, field: &FieldNode<'_>) -> Option<Made> {
    let node = field.parameter;
    if context.is_part {
        context.faults.at(
            node.place,
            "a reference is a field of its own; expected it beside the struct, the array or the cases, and 'of' inside",
        );
        return None;
    }
    let path = context.faults.text(node, "STREAM.FIELD")?;
    let Some((name, target)) = path.split_once('.') else {
        context
            .faults
            .unexpected(node, "STREAM.FIELD, such as customer.customer_id");
        return None;
    };
    let stream = stream_of(context, name, node)?;
    let target = context.field_of(stream, target, node)?;
    let targets = context.fields_of(stream);
    if !targets[target].leads_back {
        let keys: Vec<&str> = targets
            .iter()
            .filter(|field| field.leads_back)
            .map(|field| &*field.field.name)
            .collect();
        let expected = match keys.as_slice() {
            [] => "expected a stream with a sequence, a uuid or a unique field".to_owned(),
            keys => format!("expected {}", emulator_domain::listed(keys)),
        };
        let message =
            format!("'{path}' is no key: several records may have the same value; {expected}");
        context.faults.at(node.place, message);
        return None;
    }
    let logical_type = targets[target].field.logical_type.clone();
    let how = read_pick(context, field, stream)?;
    let own = context.fields.len();
    let generator = Of {
        lookup: RecordLookup::Itself(own),
        stream,
        field: target,
    };
    let mut made = Made::new(generator, logical_type);
    made.pick = Some(Pick { stream, how });
    Some(made)
}

/// A stream that may be referred to, by its name.
fn stream_of(context: &mut Context<'_>, name: &str, node: &Node) -> Option<usize> {
    if name == context.stream {
        return Some(context.position);
    }
    let streams = &context.program.streams;
    let found = streams.iter().position(|stream| stream.name == name);
    if found.is_none() && !context.faults.is_unread_stream(name) {
        let names: Vec<&str> = streams.iter().map(|stream| stream.name.as_str()).collect();
        let shown = NodeValue::Text(name.to_owned());
        let expected = expected_one_of(name, &names);
        context
            .faults
            .at(node.place, format!("unknown stream {shown}; {expected}"));
    }
    found
}

fn read_pick(context: &mut Context<'_>, field: &FieldNode<'_>, stream: usize) -> Option<PickKind> {
    const EXPECTED: &str = "uniform, {zipf: s} or {recent: n}";
    let kind = if stream == context.position {
        context.kind
    } else {
        &context.program.streams[stream].kind
    };
    let count = match kind {
        StreamKind::Entities { count } => Some(*count),
        StreamKind::Events | StreamKind::Children { .. } | StreamKind::Changes(_) => None,
    };
    let faults = &mut *context.faults;
    faults.enter("pick".to_owned());
    let node = field.beside("pick");
    let place = node.unwrap_or(field.parameter).place;
    let how = match node.map(|node| (node, &node.value)) {
        None => Some(PickKind::Uniform),
        Some((_, NodeValue::Text(text))) if text == "uniform" => Some(PickKind::Uniform),
        Some((_, NodeValue::Map(entries))) if entries.len() == 1 => {
            let value = &entries[0].node;
            match entries[0].name.as_str() {
                "zipf" => exponent(faults, value).and_then(|s| {
                    let count = count.unwrap_or(1);
                    let ranks = Zipf::new(count as f64, s).ok()?;
                    let order = Permutation::new(count);
                    Some(PickKind::Zipf { ranks, order })
                }),
                "recent" => {
                    faults
                        .integer(value, 1..=1_000_000_000)
                        .map(|window| PickKind::Recent {
                            window: window as u64,
                        })
                }
                _ => {
                    faults.only(entries, &["zipf", "recent"]);
                    None
                }
            }
        }
        Some((node, _)) => {
            faults.unexpected(node, EXPECTED);
            None
        }
    };
    let needs_count = !matches!(how, None | Some(PickKind::Recent { .. }));
    let how = if needs_count && count.is_none() {
        faults.at(
            place,
            "that stream has no end, so that not all of it can be picked from; expected {recent: n}, \
             one of the last n records that have happened",
        );
        None
    } else {
        how
    };
    faults.leave();
    how
}
