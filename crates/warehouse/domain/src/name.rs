//! Names of tables and fields.

use std::fmt;

/// Maximum length of a name in characters.
pub const LONGEST: usize = 48;

/// The name of a table or a field: lowercase letters, digits and underscores, beginning with a
/// letter, at most [`LONGEST`] characters. This keeps anything else out of SQL, paths and schemas.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

/// The text is not a valid name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "invalid name {0:?}; expected 1 to {LONGEST} lowercase letters, digits and underscores, \
     beginning with a letter and not with warehouse_"
)]
pub struct InvalidName(pub String);

impl Name {
    /// Parses a name.
    ///
    /// # Errors
    /// If it has a character that is not allowed, none or too many, or the prefix `warehouse_`,
    /// which is reserved for the warehouse's own tables.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let valid = text.len() <= LONGEST
            && text.starts_with(|first: char| first.is_ascii_lowercase())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
            && !text.starts_with("warehouse_");
        if valid {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidName(text.chars().take(80).collect()))
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_an_identifier_and_nothing_else() {
        let longest = "a".repeat(LONGEST);
        for text in ["a", "employees", "job_2", &longest] {
            assert_eq!(Name::parse(text).unwrap().as_str(), text);
        }
        let long = "a".repeat(LONGEST + 1);
        for text in [
            "",
            "1a",
            "_a",
            "A",
            "a b",
            "a;drop table b",
            "a\"",
            "ä",
            "a.b",
            "../a",
            "warehouse_loads",
            &long,
        ] {
            assert!(Name::parse(text).is_err(), "{text}");
        }
    }
}
