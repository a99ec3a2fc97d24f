//! Errors in a model, reported so that its author can correct them.

use std::collections::HashSet;
use std::fmt;

use emulator_domain::nearest;

use crate::node::{Node, Place};

/// One error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ModelError {
    /// Its place in the text.
    pub place: Place,
    /// The path of the node: `streams.order.fields.total.decimal`.
    pub path: String,
    /// What was found, what is allowed, what to do.
    pub message: String,
}

/// `line 12, column 7: streams.order.fields.total: ...`
impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { line, column } = self.place;
        if line > 0 {
            write!(f, "line {line}, column {column}: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

/// All errors in a model; never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ModelErrors(Vec<ModelError>);

/// The number of errors that are shown; with more, these must be corrected first.
const TOLD: usize = 100;
/// The number of errors that are kept while a model is read, to bound memory.
const KEPT: usize = 10_000;

impl ModelErrors {
    /// Succeeds if there are no errors.
    ///
    /// # Errors
    /// The errors.
    pub fn none_of(mut errors: Vec<ModelError>) -> Result<(), Self> {
        if errors.is_empty() {
            return Ok(());
        }
        errors.sort_by_key(|error| (error.place.line, error.place.column));
        errors.dedup();
        errors.truncate(TOLD);
        Err(Self(errors))
    }

    /// The errors one by one, in the order of the text.
    pub fn iter(&self) -> impl Iterator<Item = &ModelError> {
        self.0.iter()
    }
}

impl From<ModelError> for ModelErrors {
    fn from(error: ModelError) -> Self {
        Self(vec![error])
    }
}

impl fmt::Display for ModelErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, error) in self.0.iter().enumerate() {
            let separator = if number == 0 { "" } else { "\n" };
            write!(f, "{separator}{error}")?;
        }
        Ok(())
    }
}

/// `expected ...; did you mean '...'?` for a word that is not among `names`.
pub(crate) fn expected_one_of(word: &str, names: &[&str]) -> String {
    let expected = format!("expected {}", emulator_domain::listed(names));
    match nearest(word, names, 3.min(word.chars().count() / 2)) {
        Some(name) => format!("{expected}; did you mean '{name}'?"),
        None => expected,
    }
}

/// The position while reading a model, and the errors found so far.
#[derive(Debug, Default)]
pub struct Faults {
    path: Vec<String>,
    errors: Vec<ModelError>,
    /// Streams, and fields as STREAM.FIELD, that could not be read.
    unread: HashSet<String>,
}

impl Faults {
    /// Reads the child `name` of the current node.
    pub fn within<T>(&mut self, name: impl Into<String>, read: impl FnOnce(&mut Self) -> T) -> T {
        self.enter(name.into());
        let read = read(self);
        self.leave();
        read
    }

    /// Enters the child `name` of the current node.
    pub fn enter(&mut self, name: String) {
        self.path.push(name);
    }

    /// Leaves the node that [`enter`](Self::enter) entered.
    pub fn leave(&mut self) {
        self.path.pop();
    }

    /// Reports an error in the current node, at `place`.
    pub fn at(&mut self, place: Place, message: impl Into<String>) {
        if self.errors.len() < KEPT {
            self.errors.push(ModelError {
                place,
                path: self.path.join("."),
                message: message.into(),
            });
        }
    }

    /// Notes that a stream could not be read. This was reported, so references to it are not
    /// reported again.
    pub(crate) fn unread_stream(&mut self, stream: &str) {
        self.unread.insert(stream.to_owned());
    }

    /// The same for a field.
    pub(crate) fn unread_field(&mut self, stream: &str, field: &str) {
        self.unread.insert(format!("{stream}.{field}"));
    }

    /// Whether a stream could not be read.
    pub(crate) fn is_unread_stream(&self, stream: &str) -> bool {
        self.unread.contains(stream)
    }

    /// Whether a field could not be read.
    pub(crate) fn is_unread_field(&self, stream: &str, field: &str) -> bool {
        self.unread.contains(&format!("{stream}.{field}"))
    }

    /// Reports that `node` is not what is expected.
    pub fn unexpected(&mut self, node: &Node, expected: impl fmt::Display) {
        self.at(
            node.place,
            format!("got {}; expected {expected}", node.value),
        );
    }

    /// All errors that were found.
    pub fn into_errors(self) -> Vec<ModelError> {
        self.errors
    }
}
