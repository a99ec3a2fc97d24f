//! Which stream comes before which.

use crate::error::{Faults, expected_one_of};
use crate::node::{Entry, Node, NodeValue};

/// The positions of the streams, each after those that it refers to, otherwise as they stand.
pub(super) fn in_order(faults: &mut Faults, streams: &[Entry]) -> Option<Vec<usize>> {
    let names: Vec<&str> = streams.iter().map(|stream| stream.name.as_str()).collect();
    let by_name: std::collections::HashMap<&str, usize> = names
        .iter()
        .enumerate()
        .map(|(position, name)| (*name, position))
        .collect();
    let before = faults.count();
    let needs: Vec<Vec<(usize, &Node)>> = streams
        .iter()
        .enumerate()
        .map(|(position, stream)| {
            let mut found = Vec::new();
            references(&stream.node, &mut found);
            let mut needs = Vec::new();
            for (node, name) in found {
                match by_name.get(name) {
                    // Records of one stream may refer to each other.
                    Some(needed) if *needed == position => {}
                    Some(needed) => needs.push((*needed, node)),
                    None => faults.within(stream.name.clone(), |faults| {
                        let shown = NodeValue::Text(name.to_owned());
                        let expected = expected_one_of(name, &names);
                        faults.at(node.place, format!("unknown stream {shown}; {expected}"));
                    }),
                }
            }
            needs
        })
        .collect();
    if faults.count() > before {
        return None;
    }
    let mut order = Vec::with_capacity(streams.len());
    let mut states = vec![State::New; streams.len()];
    for start in 0..streams.len() {
        // Depth first, with a stack of its own: models may be deep.
        let mut stack = vec![(start, 0)];
        if states[start] != State::New {
            continue;
        }
        states[start] = State::Open;
        while let Some((position, next)) = stack.pop() {
            let Some(&(needed, node)) = needs[position].get(next) else {
                states[position] = State::Done;
                order.push(position);
                continue;
            };
            stack.push((position, next + 1));
            match states[needed] {
                State::Done => {}
                State::New => {
                    states[needed] = State::Open;
                    stack.push((needed, 0));
                }
                State::Open => {
                    let circle = stack.iter().map(|(position, _)| names[*position]);
                    let circle: Vec<&str> =
                        circle.skip_while(|name| *name != names[needed]).collect();
                    faults.within(names[position], |faults| {
                        faults.at(
                            node.place,
                            format!(
                                "streams refer to each other in a circle: {} -> {}; expected one of \
                                 them to do without",
                                circle.join(" -> "),
                                names[needed]
                            ),
                        );
                    });
                    return None;
                }
            }
        }
    }
    Some(order)
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    Open,
    Done,
}

/// Every mention of a stream in what describes another.
fn references<'n>(stream: &'n Node, found: &mut Vec<(&'n Node, &'n str)>) {
    for key in ["each", "changes_of"] {
        if let Some(node) = stream.get(key)
            && let NodeValue::Text(name) = &node.value
        {
            found.push((node, name));
        }
    }
    if let Some(fields) = stream.get("fields") {
        refs(fields, found);
    }
}

fn refs<'n>(node: &'n Node, found: &mut Vec<(&'n Node, &'n str)>) {
    match &node.value {
        NodeValue::Map(entries) => {
            for entry in entries {
                if entry.name == "ref"
                    && let NodeValue::Text(path) = &entry.node.value
                    && let Some((name, _)) = path.split_once('.')
                {
                    found.push((&entry.node, name));
                }
                refs(&entry.node, found);
            }
        }
        NodeValue::List(nodes) => nodes.iter().for_each(|node| refs(node, found)),
        _ => {}
    }
}
