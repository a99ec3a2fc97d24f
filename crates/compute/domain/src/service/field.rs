//! An input or output file.

use super::ServiceError;
use crate::MediaType;

/// Python's reserved words.
const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
    "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while",
    "with", "yield",
];

/// An input or output file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name: a Python identifier that is not a keyword.
    pub name: String,
    /// The types that it accepts, at least one.
    pub types: Vec<MediaType>,
}

impl Field {
    /// A field with this name and these types.
    pub fn new(name: &str, types: &[MediaType]) -> Self {
        Self {
            name: name.to_owned(),
            types: types.to_vec(),
        }
    }

    pub(super) fn check(&self) -> Result<(), ServiceError> {
        let first = self.name.chars().next();
        let begins = first.is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if !begins || !self.name.chars().all(allowed) || KEYWORDS.contains(&&*self.name) {
            return Err(ServiceError::FieldName(self.name.clone()));
        }
        if self.types.is_empty() {
            return Err(ServiceError::NoType(self.name.clone()));
        }
        Ok(())
    }

    /// `image/png or image/jpeg`.
    pub fn types_in_words(&self) -> String {
        let names: Vec<_> = self.types.iter().map(|one| one.name()).collect();
        names.join(" or ")
    }
}
