//! What an engine is told of a processor.

mod field;
mod tag;
#[cfg(test)]
mod tests;

pub use field::Field;
pub use tag::Tag;

use crate::{MediaType, ObjectKey};

/// What a processor says of itself, before it is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceDraft {
    /// For people: "Image thumbnail".
    pub name: String,
    /// Names the service in an engine: 1 to 64 of `a-z`, `0-9` and `-`, unlike any other's.
    pub slug: String,
    /// What it does, in a sentence.
    pub summary: String,
    /// What it does, in more sentences; Markdown.
    pub description: String,
    /// What goes in, one file a field.
    pub data_in: Vec<Field>,
    /// What comes out, one file a field.
    pub data_out: Vec<Field>,
    /// What it is about.
    pub tags: Vec<Tag>,
    /// Whether a learned model does the work.
    pub has_ai: bool,
}

/// What an engine is told of a processor: an engine can show it and route tasks to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceDescription(ServiceDraft);

impl ServiceDescription {
    /// Checks what a processor says of itself.
    ///
    /// # Errors
    /// If an engine would refuse it, or break over it for all services.
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

    /// What was checked.
    pub fn draft(&self) -> &ServiceDraft {
        &self.0
    }

    /// Names the service in an engine.
    pub fn slug(&self) -> &str {
        &self.0.slug
    }

    /// The types of a task's inputs, told by the endings of their names: as many as there are
    /// fields, each of a type of its field.
    ///
    /// # Errors
    /// If they are too few, too many or of another type.
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

/// Whether the text can name a service: 1 to 64 of `a-z`, `0-9` and `-`, with no `-` at its ends.
pub fn is_slug(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=64).contains(&text.len())
        && text.chars().all(allowed)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// A processor says of itself what an engine cannot take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServiceError {
    /// [`ServiceDraft::slug`].
    #[error(
        "invalid slug {0:?}; expected 1 to 64 lowercase letters, digits and '-', beginning and \
         ending with a letter or digit"
    )]
    Slug(String),
    /// A member that must hold something is empty.
    #[error("{0} is empty; every service needs one")]
    Empty(&'static str),
    /// A field's name breaks the engine's generated code.
    #[error(
        "invalid field name {0:?}; expected a Python identifier (ASCII letters, digits and '_', \
         not beginning with a digit) that is no keyword"
    )]
    FieldName(String),
    /// Two fields have the same name.
    #[error("the field name {0:?} is used more than once; each field needs its own")]
    Repeated(String),
    /// A field that nothing fits.
    #[error("the field {0:?} has no media type; at least one is needed")]
    NoType(String),
}

/// The files of a task are not those that the service takes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// Too few or too many.
    #[error("got {got} input files, expected {expected} ({names})")]
    Count {
        /// How many there are.
        got: usize,
        /// How many fields there are.
        expected: usize,
        /// Their names.
        names: String,
    },
    /// One is of another type.
    #[error(
        "invalid input for '{field}': got {got}, expected {expected}; the ending of the file's name tells its type"
    )]
    Type {
        /// The field.
        field: String,
        /// What the name stands for.
        got: &'static str,
        /// The types of the field.
        expected: String,
    },
}
