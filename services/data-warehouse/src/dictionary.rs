//! Reads a data dictionary from a TOML file.

use std::path::Path;

use platform_runtime::bounded_file::read_text;
use serde::Deserialize;
use toml::Spanned;
use warehouse_domain::dictionary::{Broken, Dictionary, Field, Kind, LONGEST_TEXT, Table};
use warehouse_domain::name::Name;

/// An error in the file: what is wrong, where, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub struct WrongDictionary {
    file: String,
    /// The line, counted from 1.
    line: Option<usize>,
    message: String,
}

impl std::error::Error for WrongDictionary {}

impl std::fmt::Display for WrongDictionary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}, line {line}: {}", self.file, self.message),
            None => write!(f, "{}: {}", self.file, self.message),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    table: Vec<Spanned<TableEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TableEntry {
    name: Spanned<String>,
    key: Spanned<String>,
    #[serde(default)]
    field: Vec<FieldEntry>,
    #[serde(default)]
    reference: Vec<ReferenceEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldEntry {
    name: Spanned<String>,
    #[serde(rename = "type")]
    kind: Spanned<String>,
    #[serde(default)]
    nullable: bool,
    min: Option<Spanned<i32>>,
    max: Option<Spanned<i32>>,
    limit: Option<Spanned<u32>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReferenceEntry {
    field: Spanned<String>,
    table: Spanned<String>,
    #[serde(default)]
    broken: Option<Spanned<String>>,
}

/// Maximum size of a dictionary in bytes.
const LIMIT: u64 = 1 << 20;

/// Reads a dictionary.
///
/// # Errors
/// If the file cannot be read or contains an error; names its line.
pub fn read(path: &Path) -> Result<Dictionary, WrongDictionary> {
    let file = path.display().to_string();
    match read_text(path, LIMIT) {
        Ok(text) => parse(&file, &text),
        Err(error) => Err(WrongDictionary {
            file,
            line: None,
            message: format!("cannot be read: {error}; name a TOML file"),
        }),
    }
}

/// The position in the text, and the error.
type Wrong = (usize, String);

fn parse(file: &str, text: &str) -> Result<Dictionary, WrongDictionary> {
    let wrong = |(start, message): Wrong| {
        let before = &text.as_bytes()[..start.min(text.len())];
        WrongDictionary {
            file: file.to_owned(),
            line: Some(1 + before.iter().filter(|byte| **byte == b'\n').count()),
            message,
        }
    };
    let entries: File = toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        wrong((start, error.message().to_owned()))
    })?;
    let mut tables = Vec::new();
    for entry in &entries.table {
        tables.push(table(entry).map_err(wrong)?);
    }
    Dictionary::new(tables).map_err(|error| {
        let named = error.table();
        let entries = entries.table.iter().rev();
        let entry = entries
            .map(|entry| &entry.get_ref().name)
            .find(|name| named.is_some_and(|table| table.as_str() == name.get_ref()));
        wrong((entry.map_or(0, |name| name.span().start), error.to_string()))
    })
}

fn table(entry: &Spanned<TableEntry>) -> Result<Table, Wrong> {
    let start = entry.span().start;
    let entry = entry.get_ref();
    let mut fields = Vec::new();
    for field in &entry.field {
        fields.push(Field {
            name: name(&field.name)?,
            kind: kind(field)?,
            nullable: field.nullable,
        });
    }
    let mut references = Vec::new();
    for reference in &entry.reference {
        let broken = match &reference.broken {
            None => Broken::Reject,
            Some(word) => match word.get_ref().as_str() {
                "accept" => Broken::Accept,
                "reject" => Broken::Reject,
                other => {
                    let message = format!("invalid broken {other:?}; expected accept or reject");
                    return Err((word.span().start, message));
                }
            },
        };
        references.push((name(&reference.field)?, name(&reference.table)?, broken));
    }
    Table::new(name(&entry.name)?, fields, &name(&entry.key)?, references)
        .map_err(|error| (start, error.to_string()))
}

fn name(text: &Spanned<String>) -> Result<Name, Wrong> {
    Name::parse(text.get_ref()).map_err(|error| (text.span().start, error.to_string()))
}

fn kind(field: &FieldEntry) -> Result<Kind, Wrong> {
    let forbid = |found: Option<usize>, what: &str, kind: &str| match found {
        None => Ok(()),
        Some(start) => Err((
            start,
            format!("a field of the type {kind} has no {what}; remove it"),
        )),
    };
    let [min, max] = [&field.min, &field.max].map(|it| it.as_ref().map(|it| it.span().start));
    let limit = field.limit.as_ref().map(|it| it.span().start);
    match field.kind.get_ref().as_str() {
        "integer" => {
            forbid(limit, "limit", "integer")?;
            Ok(Kind::Integer {
                min: field.min.as_ref().map_or(i32::MIN, |it| *it.get_ref()),
                max: field.max.as_ref().map_or(i32::MAX, |it| *it.get_ref()),
            })
        }
        "string" => {
            forbid(min, "min", "string")?;
            forbid(max, "max", "string")?;
            let limit = field.limit.as_ref().map_or(255, |it| *it.get_ref());
            if !(1..=LONGEST_TEXT).contains(&limit) {
                let start = field.limit.as_ref().map_or(0, |it| it.span().start);
                let message =
                    format!("invalid limit {limit}; expected 1 to {LONGEST_TEXT} characters");
                return Err((start, message));
            }
            Ok(Kind::Text { limit })
        }
        "date-time" => {
            forbid(min, "min", "date-time")?;
            forbid(max, "max", "date-time")?;
            forbid(limit, "limit", "date-time")?;
            Ok(Kind::DateTime)
        }
        other => {
            let message = format!("invalid type {other:?}; expected integer, string or date-time");
            Err((field.kind.span().start, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use warehouse_domain::hr;

    use super::*;

    /// The built-in tables, as a file says them.
    const HR: &str = include_str!("../dictionary.example.toml");

    #[test]
    fn the_example_is_the_built_in_dictionary() {
        assert_eq!(parse("hr.toml", HR), Ok(hr::dictionary()));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line_and_what_to_do() {
        let cases = [
            ("[[table]\n", 1, "expected"),
            ("x = 1\n", 1, "unknown field `x`"),
            ("[[table]]\nname = \"a\"\n", 1, "missing field `key`"),
            (
                "\n[[table]]\nname = \"A b\"\nkey = \"id\"\n",
                3,
                "invalid name \"A b\"",
            ),
            (
                "[[table]]\nname = \"a\"\nkey = \"id\"\n[[table.field]]\nname = \"id\"\ntype = \"float\"\n",
                6,
                "invalid type \"float\"; expected integer, string or date-time",
            ),
            (
                "[[table]]\nname = \"a\"\nkey = \"id\"\n[[table.field]]\nname = \"id\"\ntype = \"integer\"\nlimit = 5\n",
                7,
                "a field of the type integer has no limit; remove it",
            ),
            (
                "[[table]]\nname = \"a\"\nkey = \"no\"\n[[table.field]]\nname = \"id\"\ntype = \"integer\"\n",
                1,
                "the key no is not one of its fields",
            ),
            ("", 1, "no tables"),
        ];
        for (text, line, says) in cases {
            let error = parse("d.toml", text).unwrap_err().to_string();
            let place = format!("d.toml, line {line}: ");
            assert!(error.starts_with(&place) && error.contains(says), "{error}");
        }
        let twice = HR.replacen("name = \"jobs\"", "name = \"departments\"", 1);
        let error = parse("d.toml", &twice).unwrap_err().to_string();
        assert!(
            error.contains("departments is defined more than once"),
            "{error}"
        );
        for path in ["/nowhere.toml", "/dev/zero"] {
            let error = read(path.as_ref()).unwrap_err().to_string();
            assert!(error.contains("name a TOML file"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn a_dictionary_that_was_changed_is_read_or_refused(
            changes in prop::collection::vec((any::<prop::sample::Index>(), ".{0,3}"), 1..5),
            nesting in 0_usize..5_000,
        ) {
            let mut text: Vec<char> = HR.chars().collect();
            for (at, put) in changes {
                let at = at.index(text.len());
                text.splice(at..(at + 2).min(text.len()), put.chars());
            }
            let _ = parse("d.toml", &text.into_iter().collect::<String>());
            let deep = format!("table = {}", "[".repeat(nesting));
            prop_assert!(parse("d.toml", &deep).is_err());
        }
    }
}
