//! The tree of a model while a parser tells what is in the text; what no model may have is refused
//! here, for all syntaxes alike.

use std::collections::HashSet;

use emulator_model::{Entry, ModelError, Node, NodeValue, Place};

/// How many lists and maps may be within each other.
pub const MAX_DEPTH: usize = 64;

/// How many values a model may have.
pub const MAX_NODES: usize = 1_000_000;

/// What was told so far.
#[derive(Default)]
pub(crate) struct Tree {
    open: Vec<Open>,
    nodes: usize,
    root: Option<Node>,
}

/// A list or map that has not ended.
enum Open {
    List(Place, Vec<Node>),
    Map {
        place: Place,
        entries: Vec<Entry>,
        names: HashSet<String>,
        /// The name whose value comes next.
        name: Option<(String, Place)>,
    },
}

impl Tree {
    /// What is wrong at `place`, within the list or map that is open.
    pub(crate) fn error(&self, place: Place, message: impl Into<String>) -> ModelError {
        let steps = self.open.iter().filter_map(|open| match open {
            Open::List(_, nodes) => Some(nodes.len().to_string()),
            Open::Map { name, .. } => name.as_ref().map(|(name, _)| name.clone()),
        });
        ModelError {
            place,
            path: steps.collect::<Vec<_>>().join("."),
            message: message.into(),
        }
    }

    /// Whether the next thing is the name of an entry.
    pub(crate) fn expects_name(&self) -> bool {
        matches!(self.open.last(), Some(Open::Map { name: None, .. }))
    }

    pub(crate) fn name(&mut self, text: String, place: Place) -> Result<(), ModelError> {
        let Some(Open::Map {
            names,
            name,
            place: map,
            ..
        }) = self.open.last_mut()
        else {
            return Err(self.error(place, "got a name; expected a value"));
        };
        // A map without braces begins with its first name; the parser of YAML says: after it.
        if names.is_empty() && (place.line, place.column) < (map.line, map.column) {
            *map = place;
        }
        let repeated = !names.insert(text.clone());
        *name = Some((text, place));
        if repeated {
            return Err(self.error(
                place,
                "the name stands here a second time; each is allowed once in a map",
            ));
        }
        Ok(())
    }

    pub(crate) fn open_list(&mut self, place: Place) -> Result<(), ModelError> {
        self.deepen(place, Open::List(place, Vec::new()))
    }

    pub(crate) fn open_map(&mut self, place: Place) -> Result<(), ModelError> {
        let map = Open::Map {
            place,
            entries: Vec::new(),
            names: HashSet::new(),
            name: None,
        };
        self.deepen(place, map)
    }

    fn deepen(&mut self, place: Place, open: Open) -> Result<(), ModelError> {
        if self.open.len() == MAX_DEPTH {
            let message = format!("lists and maps are nested more than {MAX_DEPTH} deep");
            return Err(self.error(place, message));
        }
        self.count(place)?;
        self.open.push(open);
        Ok(())
    }

    /// Ends the list or map that was opened last.
    pub(crate) fn close(&mut self) {
        let node = match self.open.pop() {
            Some(Open::List(place, nodes)) => Node {
                place,
                value: NodeValue::List(nodes),
            },
            Some(Open::Map { place, entries, .. }) => Node {
                place,
                value: NodeValue::Map(entries),
            },
            None => return,
        };
        self.add(node);
    }

    pub(crate) fn value(&mut self, place: Place, value: NodeValue) -> Result<(), ModelError> {
        self.count(place)?;
        self.add(Node { place, value });
        Ok(())
    }

    fn count(&mut self, place: Place) -> Result<(), ModelError> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            let message = format!(
                "the model has more than {MAX_NODES} values; divide it into several models"
            );
            return Err(self.error(place, message));
        }
        Ok(())
    }

    fn add(&mut self, node: Node) {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List(_, nodes)) => nodes.push(node),
            Some(Open::Map { entries, name, .. }) => {
                if let Some((name, place)) = name.take() {
                    entries.push(Entry { name, place, node });
                }
            }
        }
    }

    /// The whole tree; nothing at all is [`NodeValue::Null`].
    pub(crate) fn finish(self) -> Node {
        self.root.unwrap_or(Node {
            place: Place { line: 1, column: 1 },
            value: NodeValue::Null,
        })
    }
}
