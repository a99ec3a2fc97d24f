//! What is wrong with a model, told so that whoever wrote it can mend it.

use std::collections::HashSet;
use std::fmt;

use emulator_domain::nearest;

use crate::node::{Node, Place};

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ModelError {
    /// Where it stands in the text.
    pub place: Place,
    /// Which node: `streams.order.fields.total.decimal`.
    pub path: String,
    /// What came, what is allowed, what to do.
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

/// Everything that is wrong with a model; never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ModelErrors(Vec<ModelError>);

/// So many errors are told; who has made more mends these first.
const TOLD: usize = 100;
/// So many are kept while a model is read: no text makes more memory of them.
const KEPT: usize = 10_000;

impl ModelErrors {
    /// Those of `errors`, unless there are none.
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

    /// One by one, in the order of the text.
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

/// Where the reading of a model stands, and what was found wrong so far.
#[derive(Debug, Default)]
pub struct Faults {
    path: Vec<String>,
    errors: Vec<ModelError>,
    /// Streams, and fields as STREAM.FIELD.
    unread: HashSet<String>,
}

impl Faults {
    /// Reads what has the name `name` below the node that is being read.
    pub fn within<T>(&mut self, name: impl Into<String>, read: impl FnOnce(&mut Self) -> T) -> T {
        self.enter(name.into());
        let read = read(self);
        self.leave();
        read
    }

    /// Begins to read what has the name `name` below the node that is being read.
    pub fn enter(&mut self, name: String) {
        self.path.push(name);
    }

    /// Ends what [`enter`](Self::enter) began.
    pub fn leave(&mut self) {
        self.path.pop();
    }

    /// Notes that something is wrong at `place`, with what is being read.
    pub fn at(&mut self, place: Place, message: impl Into<String>) {
        if self.errors.len() < KEPT {
            self.errors.push(ModelError {
                place,
                path: self.path.join("."),
                message: message.into(),
            });
        }
    }

    /// Notes that a stream could not be read, which was told: who refers to it would only be told
    /// what follows from that.
    pub(crate) fn unread_stream(&mut self, stream: &str) {
        self.unread.insert(stream.to_owned());
    }

    /// The same of a field.
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

    /// Notes that `node` is not what is expected.
    pub fn unexpected(&mut self, node: &Node, expected: impl fmt::Display) {
        self.at(
            node.place,
            format!("got {}; expected {expected}", node.value),
        );
    }

    /// All that was found.
    pub fn into_errors(self) -> Vec<ModelError> {
        self.errors
    }
}
