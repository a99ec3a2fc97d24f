//! Builds the tree of a model from a parser's events. Whatever no model may contain is rejected
//! here, for all syntaxes alike.

use std::collections::HashSet;

use emulator_model::{Entry, ModelError, Node, NodeValue, Place};

/// Maximum nesting depth of lists and maps.
pub const MAX_DEPTH: usize = 64;

/// Maximum number of values in a model.
pub const MAX_NODES: usize = 1_000_000;

/// The tree so far.
#[derive(Default)]
pub(crate) struct Tree {
    open: Vec<Open>,
    nodes: usize,
    root: Option<Node>,
}

/// A list or map that is not closed yet.
enum Open {
    List(Place, Vec<Node>),
    Map {
        place: Place,
        entries: Vec<Entry>,
        names: HashSet<String>,
        /// The key whose value comes next.
        name: Option<(String, Place)>,
    },
}

impl Tree {
    /// An error at `place`, inside the open list or map.
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

    /// Whether a key is expected next.
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
        // A map without braces begins with its first key; the YAML parser reports it after that
        // key.
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

    /// Closes the innermost list or map.
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

    /// The complete tree; an empty text is [`NodeValue::Null`].
    pub(crate) fn finish(self) -> Node {
        self.root.unwrap_or(Node {
            place: Place { line: 1, column: 1 },
            value: NodeValue::Null,
        })
    }
}
