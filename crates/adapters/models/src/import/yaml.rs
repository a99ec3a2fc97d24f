//! Writes a model as YAML for people to edit: a line per field in flow style, and a comment
//! wherever something was guessed.

use emulator_model::{Entry, Node, NodeValue};

use crate::scalar;

pub(super) fn map<'n>(entries: impl IntoIterator<Item = (&'n str, Node)>) -> Node {
    let entries = entries.into_iter().map(|(name, node)| entry(name, node));
    Node::new(NodeValue::Map(entries.collect()))
}

pub(super) fn entry(name: &str, node: Node) -> Entry {
    Entry {
        name: name.to_owned(),
        place: emulator_model::Place::default(),
        node,
    }
}

pub(super) fn text(text: impl Into<String>) -> Node {
    Node::new(NodeValue::Text(text.into()))
}

pub(super) const fn whole(number: i64) -> Node {
    Node::new(NodeValue::Integer(number))
}

/// Without a decimal point if it is an integer.
pub(super) fn number(number: f64) -> Node {
    let is_whole = number.fract() == 0.0 && number.abs() < 1e15;
    Node::new(match is_whole {
        true => NodeValue::Integer(number as i64),
        false => NodeValue::Float(number),
    })
}

pub(super) fn list(nodes: impl IntoIterator<Item = Node>) -> Node {
    Node::new(NodeValue::List(nodes.into_iter().collect()))
}

/// A value on one line.
pub(super) fn flow(node: &Node) -> String {
    match &node.value {
        NodeValue::List(nodes) => {
            let nodes: Vec<_> = nodes.iter().map(flow).collect();
            format!("[{}]", nodes.join(", "))
        }
        NodeValue::Map(entries) if entries.is_empty() => "{}".to_owned(),
        NodeValue::Map(entries) => {
            let entries = entries
                .iter()
                .map(|Entry { name, node, .. }| format!("{}: {}", key(name), flow(node)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
        NodeValue::Text(text) => word(text),
        _ => node.to_json(),
    }
}

/// Unquoted, if that has the same meaning.
pub(super) fn word(text: &str) -> String {
    if is_simple(text) && scalar::yaml(text) == Ok(NodeValue::Text(text.to_owned())) {
        return text.to_owned();
    }
    let quoted = text_in_quotes(text);
    quoted.unwrap_or_else(|| Node::new(NodeValue::Text(text.to_owned())).to_json())
}

/// A key is always a string, whatever it looks like.
pub(super) fn key(name: &str) -> String {
    if is_simple(name) {
        name.to_owned()
    } else {
        word(name)
    }
}

fn is_simple(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    text.starts_with(|letter: char| letter.is_ascii_alphanumeric()) && text.bytes().all(is_plain)
}

/// In single quotes, which leave the backslashes of patterns alone.
fn text_in_quotes(text: &str) -> Option<String> {
    let is_simple = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    (is_simple && text.contains('\\')).then(|| format!("'{}'", text.replace('\'', "''")))
}

/// Two spaces per level; a field that is too long for a line takes several.
pub(super) fn write_field(
    out: &mut String,
    indent: usize,
    name: &str,
    node: &Node,
    notes: &[String],
) {
    const WIDTH: usize = 100;
    let comment = match notes {
        [] => String::new(),
        notes => format!("  # guessed: {}", one_line(&notes.join("; "))),
    };
    let short = format!("{:indent$}{}: {}", "", key(name), flow(node));
    let NodeValue::Map(entries) = &node.value else {
        *out += &format!("{short}{comment}\n");
        return;
    };
    if short.len() <= WIDTH || entries.is_empty() {
        *out += &format!("{short}{comment}\n");
        return;
    }
    *out += &format!("{:indent$}{}:{comment}\n", "", key(name));
    for Entry { name, node, .. } in entries {
        write_field(out, indent + 2, name, node, &[]);
    }
}

/// Makes a text fit for a comment.
pub(super) fn one_line(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect()
}
