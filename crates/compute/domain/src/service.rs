//! What an engine is told about a processor.

mod field;
mod tag;
#[cfg(test)]
mod tests;

pub use field::Field;
pub use tag::Tag;

use crate::{MediaType, ObjectKey};

/// A processor's description before validation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceDraft {
    /// A readable name, such as "Image thumbnail".
    pub name: String,
    /// The unique name of the service in an engine: 1 to 64 of `a-z`, `0-9` and `-`.
    pub slug: String,
    /// What it does, in one sentence.
    pub summary: String,
    /// What it does, in more detail; Markdown.
    pub description: String,
    /// Its inputs, one file per field.
    pub data_in: Vec<Field>,
    /// Its outputs, one file per field.
    pub data_out: Vec<Field>,
    /// Its subjects.
    pub tags: Vec<Tag>,
    /// Whether it uses a machine-learning model.
    pub has_ai: bool,
}

/// A validated description, with which an engine can display the service and route tasks to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceDescription(ServiceDraft);

impl ServiceDescription {
    /// Validates a description.
    ///
    /// # Errors
    /// If an engine would reject it, or if it would break the engine for all services.
    pub fn parse(draft: ServiceDraft) -> Result<Self, ServiceError> {
        if !is_slug(&draft.slug) {
            return Err(ServiceError::Slug(draft.slug));
        }
        for (name, text) in [("name", &draft.name), ("summary", &draft.summary)] {
            if text.trim().is_empty() {
                return Err(ServiceError::Empty(name));
            }
        }
        for (list, fields) in [("data_in", &draft.data_in), ("data_out", &draft.data_out)] {
            if fields.is_empty() {
                return Err(ServiceError::Empty(list));
            }
            for (position, field) in fields.iter().enumerate() {
                field.check()?;
                if fields[..position]
                    .iter()
                    .any(|other| other.name == field.name)
                {
                    return Err(ServiceError::Repeated(field.name.clone()));
                }
            }
        }
        Ok(Self(draft))
    }

    /// The validated contents.
    pub fn draft(&self) -> &ServiceDraft {
        &self.0
    }

    /// The unique name of the service in an engine.
    pub fn slug(&self) -> &str {
        &self.0.slug
    }

    /// The types of a task's inputs, inferred from the extensions of their names: one input per
    /// field, each of a type that its field accepts.
    ///
    /// # Errors
    /// If there are too few or too many inputs, or one is of another type.
    pub fn match_inputs(&self, keys: &[ObjectKey]) -> Result<Vec<MediaType>, InputError> {
        let fields = &self.0.data_in;
        if keys.len() != fields.len() {
            let names = fields.iter().map(|field| field.name.as_str());
            return Err(InputError::Count {
                got: keys.len(),
                expected: fields.len(),
                names: names.collect::<Vec<_>>().join(", "),
            });
        }
        let pairs = fields.iter().zip(keys);
        pairs
            .map(|(field, key)| {
                let found = MediaType::of_name(key.as_str());
                match found.filter(|found| field.types.contains(found)) {
                    Some(media_type) => Ok(media_type),
                    None => Err(InputError::Type {
                        field: field.name.clone(),
                        got: found.map_or("a file of unknown type", MediaType::name),
                        expected: field.types_in_words(),
                    }),
                }
            })
            .collect()
    }
}

/// Whether the text is a valid slug: 1 to 64 of `a-z`, `0-9` and `-`, with no `-` at either end.
pub fn is_slug(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=64).contains(&text.len())
        && text.chars().all(allowed)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// Why an engine cannot accept a description.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServiceError {
    /// Invalid [`ServiceDraft::slug`].
    #[error(
        "invalid slug {0:?}; expected 1 to 64 lowercase letters, digits and '-', beginning and \
         ending with a letter or digit"
    )]
    Slug(String),
    /// A required member is empty.
    #[error("{0} is empty; every service needs one")]
    Empty(&'static str),
    /// An invalid field name, which would break the engine's generated code.
    #[error(
        "invalid field name {0:?}; expected a Python identifier (ASCII letters, digits and '_', \
         not beginning with a digit) that is no keyword"
    )]
    FieldName(String),
    /// Two fields have the same name.
    #[error("the field name {0:?} is used more than once; each field needs its own")]
    Repeated(String),
    /// A field that accepts no type.
    #[error("the field {0:?} has no media type; at least one is needed")]
    NoType(String),
}

/// Why the files of a task do not suit the service.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// Too few or too many.
    #[error("got {got} input files, expected {expected} ({names})")]
    Count {
        /// How many there are.
        got: usize,
        /// How many fields there are.
        expected: usize,
        /// The names of the fields.
        names: String,
    },
    /// One has another type.
    #[error(
        "invalid input for '{field}': got {got}, expected {expected}; the ending of the file's name tells its type"
    )]
    Type {
        /// The field.
        field: String,
        /// The type that its name indicates.
        got: &'static str,
        /// The types that the field accepts.
        expected: String,
    },
}
