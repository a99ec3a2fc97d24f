//! Includes choices from files beside a model, so that the model is self-contained: `choice: {csv:
//! FILE, value: COLUMN, weight: COLUMN}` is replaced by the list of values, or by the map of values
//! to weights.

use std::collections::HashSet;
use std::path::Path;

use emulator_domain::{listed, nearest};
use emulator_model::{Entry, ModelError, Node, NodeValue};

use crate::files::{MAX_BYTES, read_bytes};
use crate::scalar;

/// Replaces the choices that refer to files of `folder`.
///
/// # Errors
/// If there is no folder, or a file does not match its node.
pub(crate) fn put_in(root: &mut Node, folder: Option<&Path>) -> Result<(), ModelError> {
    let mut reading = Reading {
        folder,
        rest: MAX_BYTES,
        path: Vec::new(),
    };
    reading.visit(root)
}

struct Reading<'f> {
    folder: Option<&'f Path>,
    /// Bytes left of the limit for all files together.
    rest: usize,
    path: Vec<String>,
}

impl Reading<'_> {
    /// Recursive as deep as the tree, whose depth is bounded.
    fn visit(&mut self, node: &mut Node) -> Result<(), ModelError> {
        match &mut node.value {
            NodeValue::List(nodes) => {
                for (number, node) in nodes.iter_mut().enumerate() {
                    self.path.push(number.to_string());
                    self.visit(node)?;
                    self.path.pop();
                }
            }
            NodeValue::Map(entries) => {
                for entry in entries {
                    self.path.push(entry.name.clone());
                    if entry.name == "choice" {
                        self.read(&mut entry.node)?;
                    }
                    self.visit(&mut entry.node)?;
                    self.path.pop();
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn error(&self, node: &Node, message: impl Into<String>) -> ModelError {
        ModelError {
            place: node.place,
            path: self.path.join("."),
            message: message.into(),
        }
    }

    /// Reads the file, if `choice` names one. In a choice between words of which one is `csv`, that
    /// has a number as its value.
    fn read(&mut self, choice: &mut Node) -> Result<(), ModelError> {
        let Some(NodeValue::Text(name)) = choice.get("csv").map(|node| &node.value) else {
            return Ok(());
        };
        let value = self.option(choice, "value")?;
        let value = value.ok_or_else(|| {
            self.error(
                choice,
                "`value` is missing; it names the column with the choices",
            )
        })?;
        let weight = self.option(choice, "weight")?;
        if let NodeValue::Map(entries) = &choice.value {
            let known = ["csv", "value", "weight"];
            let other = entries.iter().find(|e| !known.contains(&&*e.name));
            if let Some(Entry { name, .. }) = other {
                let message = format!("got `{name}`; expected {}", listed(&known));
                return Err(self.error(choice, message));
            }
        }
        let Some(folder) = self.folder else {
            let message = "choices can come from a file only if the model is in a file, too; write \
                           the choices into the model";
            return Err(self.error(choice, message));
        };
        let path = folder.join(name);
        let wrong = |message: String| self.error(choice, format!("{}: {message}", path.display()));
        let bytes = read_bytes(&path, self.rest).map_err(|error| wrong(error.to_string()))?;
        let values = column(&bytes, value, weight).map_err(wrong)?;
        self.rest -= bytes.len();
        choice.value = with_places(values, choice);
        Ok(())
    }

    fn option<'n>(&self, choice: &'n Node, name: &str) -> Result<Option<&'n str>, ModelError> {
        match choice.get(name).map(|node| &node.value) {
            None => Ok(None),
            Some(NodeValue::Text(text)) => Ok(Some(text)),
            Some(other) => {
                let message = format!("{name}: got {other}; expected the name of a column");
                Err(self.error(choice, message))
            }
        }
    }
}

/// Each value, with its weight if there are weights.
fn column(
    bytes: &[u8],
    value: &str,
    weight: Option<&str>,
) -> Result<Vec<(String, Option<NodeValue>)>, String> {
    let mut reader = csv::Reader::from_reader(bytes);
    let header = reader.headers().map_err(|error| error.to_string())?.clone();
    let position = |name: &str| {
        let names: Vec<&str> = header.iter().collect();
        header
            .iter()
            .position(|column| column == name)
            .ok_or_else(|| {
                let expected = listed(&names);
                match nearest(name, &names, 3) {
                    Some(near) => {
                        format!("no column '{name}'; expected {expected}; did you mean '{near}'?")
                    }
                    None => format!("no column '{name}'; expected {expected}"),
                }
            })
    };
    let value = position(value)?;
    let weight = weight.map(position).transpose()?;
    let mut values = Vec::new();
    let mut seen = HashSet::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let line = record.position().map_or(0, csv::Position::line);
        let text = &record[value];
        if !seen.insert(text.to_owned()) {
            return Err(format!("line {line}: '{text}' stands there a second time"));
        }
        let weight = weight.map(|column| {
            let word = record[column].trim();
            match scalar::yaml(word) {
                Ok(number @ (NodeValue::Integer(_) | NodeValue::Float(_))) => Ok(number),
                Ok(_) => Err(format!(
                    "line {line}: got '{word}'; expected a weight, a number"
                )),
                Err(message) => Err(format!("line {line}: {message}")),
            }
        });
        values.push((text.to_owned(), weight.transpose()?));
    }
    if values.is_empty() {
        return Err("there are no rows; expected at least one choice".to_owned());
    }
    Ok(values)
}

/// The values as they would appear in the model; all take the position of the node that named the
/// file.
fn with_places(values: Vec<(String, Option<NodeValue>)>, choice: &Node) -> NodeValue {
    let place = choice.place;
    if values.iter().all(|(_, weight)| weight.is_none()) {
        let nodes = values.into_iter().map(|(text, _)| Node {
            place,
            value: NodeValue::Text(text),
        });
        return NodeValue::List(nodes.collect());
    }
    let entries = values.into_iter().map(|(name, weight)| Entry {
        name,
        place,
        node: Node {
            place,
            value: weight.unwrap_or(NodeValue::Integer(1)),
        },
    });
    NodeValue::Map(entries.collect())
}
