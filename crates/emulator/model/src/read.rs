//! Reads the values of nodes; reports errors and continues.

use crate::error::{Faults, expected_one_of};
use crate::node::{Entry, Node, NodeValue};

/// The maximum length of the name of a model, a stream or a field.
const LONGEST_NAME: usize = 63;

impl Faults {
    /// The entries of a map.
    pub fn map<'n>(&mut self, node: &'n Node, expected: &str) -> Option<&'n [Entry]> {
        match &node.value {
            NodeValue::Map(entries) => Some(entries),
            _ => {
                self.unexpected(node, expected);
                None
            }
        }
    }

    /// The nodes of a list.
    pub fn list<'n>(&mut self, node: &'n Node, expected: &str) -> Option<&'n [Node]> {
        match &node.value {
            NodeValue::List(nodes) => Some(nodes),
            _ => {
                self.unexpected(node, expected);
                None
            }
        }
    }

    /// Reports every name that is not allowed.
    pub fn only(&mut self, entries: &[Entry], allowed: &[&str]) {
        for Entry { name, place, .. } in entries {
            if !allowed.contains(&name.as_str()) {
                let shown = NodeValue::Text(name.clone());
                let expected = expected_one_of(name, allowed);
                self.at(*place, format!("unknown key {shown}; {expected}"));
            }
        }
    }

    /// A text.
    pub fn text<'n>(&mut self, node: &'n Node, expected: &str) -> Option<&'n str> {
        match &node.value {
            NodeValue::Text(text) => Some(text),
            _ => {
                self.unexpected(node, expected);
                None
            }
        }
    }

    /// A number, whole or not.
    pub fn number(&mut self, node: &Node, expected: &str) -> Option<f64> {
        match node.value {
            NodeValue::Integer(value) => Some(value as f64),
            NodeValue::Float(value) if value.is_finite() => Some(value),
            _ => {
                self.unexpected(node, expected);
                None
            }
        }
    }

    /// A number that satisfies `holds`.
    pub fn number_that(
        &mut self,
        node: &Node,
        expected: &str,
        holds: impl FnOnce(f64) -> bool,
    ) -> Option<f64> {
        let value = self.number(node, expected)?;
        if holds(value) {
            return Some(value);
        }
        self.unexpected(node, expected);
        None
    }

    /// A number above 0.
    pub fn positive(&mut self, node: &Node) -> Option<f64> {
        self.number_that(node, "a number above 0", |value| value > 0.0)
    }

    /// A probability.
    pub fn probability(&mut self, node: &Node) -> Option<f64> {
        let expected = "a probability from 0 to 1";
        self.number_that(node, expected, |value| (0.0..=1.0).contains(&value))
    }

    /// A whole number within bounds.
    pub fn integer(&mut self, node: &Node, bounds: std::ops::RangeInclusive<i64>) -> Option<i64> {
        match node.value {
            NodeValue::Integer(value) if bounds.contains(&value) => Some(value),
            _ => {
                let (from, to) = (bounds.start(), bounds.end());
                self.unexpected(node, format!("a whole number from {from} to {to}"));
                None
            }
        }
    }

    /// Two numbers in a list, in order.
    pub fn pair<'n>(&mut self, node: &'n Node, expected: &str) -> Option<[&'n Node; 2]> {
        match self.list(node, expected)? {
            [low, high] => Some([low, high]),
            _ => {
                self.unexpected(node, expected);
                None
            }
        }
    }

    /// Whether `name` is a valid name of a model, a stream or a field: one that SQL, Kafka, S3,
    /// Avro and Protobuf accept too.
    pub fn name(&mut self, name: &str, place: crate::Place, what: &str) -> bool {
        let mut letters = name.chars();
        let begins = letters.next().is_some_and(|c| c.is_ascii_alphabetic());
        let holds = begins
            && letters.all(|c| c.is_ascii_alphanumeric() || c == '_')
            && name.len() <= LONGEST_NAME;
        if !holds {
            let shown = NodeValue::Text(name.to_owned());
            self.at(
                place,
                format!(
                    "invalid name {shown} of a {what}; expected a letter, then letters, digits and \
                     underscores, at most {LONGEST_NAME} in all"
                ),
            );
        }
        holds
    }

    /// Reports that a required key is missing.
    pub fn missing(&mut self, node: &Node, key: &str, expected: &str) {
        self.at(
            node.place,
            format!("'{key}' is required; expected {expected}"),
        );
    }
}
