//! The data dictionary: the tables and their fields.

mod order;

use std::sync::Arc;

use crate::name::Name;

/// The type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An integer within these bounds, inclusive.
    Integer {
        /// The minimum.
        min: i32,
        /// The maximum.
        max: i32,
    },
    /// Text without control characters.
    Text {
        /// The maximum number of characters, 1 to [`LONGEST_TEXT`].
        limit: u32,
    },
    /// An ISO 8601 date-time with its offset, stored as text in UTC.
    DateTime,
}

/// The upper bound of a text field's limit, in characters.
pub const LONGEST_TEXT: u32 = 4000;

/// Maximum number of fields in a table.
pub const MOST_FIELDS: usize = 64;

/// One field of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub kind: Kind,
    /// Whether it may be null.
    pub nullable: bool,
}

/// What to do with a row that refers to a missing row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// Accept it.
    Accept,
    /// Reject it.
    Reject,
}

/// A field that holds keys of another table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The index of the field in its table.
    pub column: usize,
    /// The other table.
    pub table: Name,
    /// What to do if the referenced row is missing.
    pub broken: Broken,
}

/// A table: fields in order, one of which is an integer primary key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    name: Name,
    fields: Vec<Field>,
    key: usize,
    references: Vec<Reference>,
}

/// Why tables do not form a dictionary.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DictionaryError {
    /// There are no tables.
    #[error("no tables; a dictionary has at least one")]
    Empty,
    /// Two tables have the same name.
    #[error("table {0} is defined more than once; remove one or rename it")]
    TableTwice(Name),
    /// Two fields of a table have the same name.
    #[error("table {0}: field {1} is defined more than once; remove one or rename it")]
    FieldTwice(Name, Name),
    /// A table has too many fields or none.
    #[error("table {0}: got {1} fields, expected 1 to {MOST_FIELDS}")]
    FieldCount(Name, usize),
    /// The key is not a field.
    #[error("table {0}: the key {1} is not one of its fields; add the field or name another key")]
    UnknownKey(Name, Name),
    /// The key is not a non-null integer.
    #[error("table {0}: the key {1} must be an integer that is not nullable")]
    UnfitKey(Name, Name),
    /// The bounds of an integer admit no value.
    #[error("table {0}, field {1}: min is larger than max; swap them")]
    NoInteger(Name, Name),
    /// The limit of a text is out of range.
    #[error("table {0}, field {1}: invalid limit {2}; expected 1 to {LONGEST_TEXT} characters")]
    TextLimit(Name, Name, u32),
    /// A reference from a field that cannot hold keys.
    #[error("table {0}: the reference of {1} names no integer field of the table")]
    UnfitReference(Name, Name),
    /// A reference to a table that does not exist.
    #[error("table {0}: a reference names the table {1}, which is not in the dictionary")]
    UnknownTable(Name, Name),
}

impl DictionaryError {
    /// The table concerned, if there is one.
    pub fn table(&self) -> Option<&Name> {
        match self {
            Self::Empty => None,
            Self::TableTwice(table)
            | Self::FieldTwice(table, _)
            | Self::FieldCount(table, _)
            | Self::UnknownKey(table, _)
            | Self::UnfitKey(table, _)
            | Self::NoInteger(table, _)
            | Self::TextLimit(table, _, _)
            | Self::UnfitReference(table, _)
            | Self::UnknownTable(table, _) => Some(table),
        }
    }
}

impl Table {
    /// A table with the field `key` as its primary key. A reference consists of a field, the table
    /// that it refers to, and what to do if it is broken.
    ///
    /// # Errors
    /// If fields, key and references are inconsistent.
    pub fn new(
        name: Name,
        fields: Vec<Field>,
        key: &Name,
        references: Vec<(Name, Name, Broken)>,
    ) -> Result<Self, DictionaryError> {
        if fields.is_empty() || fields.len() > MOST_FIELDS {
            return Err(DictionaryError::FieldCount(name, fields.len()));
        }
        for (at, field) in fields.iter().enumerate() {
            if fields[..at].iter().any(|other| other.name == field.name) {
                return Err(DictionaryError::FieldTwice(name, field.name.clone()));
            }
            match field.kind {
                Kind::Integer { min, max } if min > max => {
                    return Err(DictionaryError::NoInteger(name, field.name.clone()));
                }
                Kind::Text { limit } if !(1..=LONGEST_TEXT).contains(&limit) => {
                    return Err(DictionaryError::TextLimit(name, field.name.clone(), limit));
                }
                _ => {}
            }
        }
        let integer = |wanted: &Name| {
            let column = fields.iter().position(|field| field.name == *wanted)?;
            matches!(fields[column].kind, Kind::Integer { .. }).then_some(column)
        };
        if !fields.iter().any(|field| field.name == *key) {
            return Err(DictionaryError::UnknownKey(name, key.clone()));
        }
        let key = match integer(key) {
            Some(column) if !fields[column].nullable => column,
            _ => return Err(DictionaryError::UnfitKey(name, key.clone())),
        };
        let mut found = Vec::with_capacity(references.len());
        for (field, table, broken) in references {
            let Some(column) = integer(&field) else {
                return Err(DictionaryError::UnfitReference(name, field));
            };
            found.push(Reference {
                column,
                table,
                broken,
            });
        }
        Ok(Self {
            name,
            fields,
            key,
            references: found,
        })
    }

    /// Its name.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// Its fields, in the order of files and backups.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The index of the primary key among the fields.
    pub fn key(&self) -> usize {
        self.key
    }

    /// The name of the primary key.
    pub fn key_name(&self) -> &Name {
        &self.fields[self.key].name
    }

    /// The fields that refer to other tables.
    pub fn references(&self) -> &[Reference] {
        &self.references
    }

    /// The references for which a missing row means rejection.
    pub fn strict_references(&self) -> impl Iterator<Item = &Reference> {
        self.references
            .iter()
            .filter(|reference| reference.broken == Broken::Reject)
    }
}

/// All tables. Clones share them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dictionary(Arc<[Arc<Table>]>);

impl Dictionary {
    /// A dictionary of these tables, in this order.
    ///
    /// # Errors
    /// If there are none, two have the same name, or a reference leads nowhere.
    pub fn new(tables: Vec<Table>) -> Result<Self, DictionaryError> {
        if tables.is_empty() {
            return Err(DictionaryError::Empty);
        }
        for (at, table) in tables.iter().enumerate() {
            if tables[..at].iter().any(|other| other.name == table.name) {
                return Err(DictionaryError::TableTwice(table.name.clone()));
            }
            for reference in &table.references {
                if !tables.iter().any(|other| other.name == reference.table) {
                    let (table, other) = (table.name.clone(), reference.table.clone());
                    return Err(DictionaryError::UnknownTable(table, other));
                }
            }
        }
        Ok(Self(tables.into_iter().map(Arc::new).collect()))
    }

    /// The tables, in the order in which they are shown.
    pub fn tables(&self) -> &[Arc<Table>] {
        &self.0
    }

    /// The table of that name.
    pub fn table(&self, name: &str) -> Option<&Arc<Table>> {
        self.0.iter().find(|table| table.name.as_str() == name)
    }
}

#[cfg(test)]
mod tests;
