//! The order of streams by their references.

use crate::error::{Faults, expected_one_of};
use crate::node::{Entry, Node, NodeValue};

/// The positions of the streams, each after those that it refers to, otherwise in the order of the
/// text. Reports unknown names and circular references.
pub(super) fn in_order(faults: &mut Faults, streams: &[Entry]) -> Vec<usize> {
    let names: Vec<&str> = streams.iter().map(|stream| stream.name.as_str()).collect();
    let by_name: std::collections::HashMap<&str, usize> = names
        .iter()
        .enumerate()
        .map(|(position, name)| (*name, position))
        .collect();
    let needs: Vec<Vec<(usize, Mention<'_>)>> = streams
        .iter()
        .enumerate()
        .map(|(position, stream)| {
            let mut needs = Vec::new();
            for mention in mentions(stream) {
                match by_name.get(mention.stream) {
                    // Records of one stream may refer to each other.
                    Some(needed) if *needed == position => {}
                    Some(needed) => needs.push((*needed, mention)),
                    None => {
                        let shown = NodeValue::Text(mention.stream.to_owned());
                        let expected = expected_one_of(mention.stream, &names);
                        mention.tell(faults, format!("unknown stream {shown}; {expected}"));
                        faults.unread_stream(mention.stream);
                    }
                }
            }
            needs
        })
        .collect();
    let mut order = Vec::with_capacity(streams.len());
    let mut states = vec![State::New; streams.len()];
    for start in 0..streams.len() {
        // Depth-first, with an explicit stack, because models may be deep.
        let mut stack = vec![(start, 0)];
        if states[start] != State::New {
            continue;
        }
        states[start] = State::Open;
        while let Some((position, next)) = stack.pop() {
            let Some((needed, mention)) = needs[position].get(next) else {
                states[position] = State::Done;
                order.push(position);
                continue;
            };
            stack.push((position, next + 1));
            match states[*needed] {
                State::Done => {}
                State::New => {
                    states[*needed] = State::Open;
                    stack.push((*needed, 0));
                }
                State::Open => {
                    let circle = stack.iter().map(|(position, _)| names[*position]);
                    let circle: Vec<&str> =
                        circle.skip_while(|name| *name != names[*needed]).collect();
                    mention.tell(
                        faults,
                        format!(
                            "streams refer to each other in a circle: {} -> {}; expected one of them \
                             to do without",
                            circle.join(" -> "),
                            names[*needed]
                        ),
                    );
                    faults.unread_stream(names[*needed]);
                }
            }
        }
    }
    order
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    Open,
    Done,
}

/// A mention of a stream in the description of another.
struct Mention<'n> {
    stream: &'n str,
    node: &'n Node,
    /// The path of names from that of the other stream on.
    path: Vec<&'n str>,
}

impl Mention<'_> {
    fn tell(&self, faults: &mut Faults, message: String) {
        faults.within(self.path.join("."), |faults| {
            faults.at(self.node.place, message)
        });
    }
}

/// All mentions of streams in the description of another.
fn mentions(entry: &Entry) -> Vec<Mention<'_>> {
    let mut found = Vec::new();
    for key in ["each", "changes_of"] {
        if let Some(node) = entry.node.get(key)
            && let NodeValue::Text(stream) = &node.value
        {
            let path = vec![entry.name.as_str(), key];
            found.push(Mention { stream, node, path });
        }
    }
    if let Some(fields) = entry.node.get("fields") {
        refs(fields, &mut vec![&entry.name, "fields"], &mut found);
    }
    found
}

fn refs<'n>(node: &'n Node, path: &mut Vec<&'n str>, found: &mut Vec<Mention<'n>>) {
    match &node.value {
        NodeValue::Map(entries) => {
            for Entry { name, node, .. } in entries {
                path.push(name);
                if name == "ref"
                    && let NodeValue::Text(target) = &node.value
                    && let Some((stream, _)) = target.split_once('.')
                {
                    let path = path.clone();
                    found.push(Mention { stream, node, path });
                }
                refs(node, path, found);
                path.pop();
            }
        }
        NodeValue::List(nodes) => nodes.iter().for_each(|node| refs(node, path, found)),
        _ => {}
    }
}
