//! Creates a model from a schema or from a sample of the data.
//!
//! Each importer returns its findings as a [`Draft`]; generators are chosen here. Every guess is
//! marked by a comment, because the result is a starting point for people.

mod avro;
mod choose;
mod column;
mod draft;
mod json_schema;
mod numbers;
mod protobuf;
mod sample;
mod shape;
mod sql;
mod yaml;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::path::Path;
use std::str::FromStr;

use emulator_model::{ModelError, Node, NodeValue, Place};

use self::choose::{EMAIL, GeneratorChooser, IPV4, choice, fake, meant_by, uniform};
use self::draft::{Draft, Field, Kind};
use self::yaml::{key, one_line, write_field};
use crate::files::{MAX_BYTES, read_bytes};
use crate::read::{ReadError, Syntax, node, utf8};

/// What a model can be created from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportKind {
    /// An Avro schema.
    Avro,
    /// A Protobuf file.
    Protobuf,
    /// A JSON Schema.
    JsonSchema,
    /// `CREATE TABLE` statements of PostgreSQL.
    Postgresql,
    /// `CREATE TABLE` statements of MySQL and MariaDB.
    Mysql,
    /// `CREATE TABLE` statements of SQLite.
    Sqlite,
    /// CSV with a header.
    Csv,
    /// NDJSON, one object per line.
    Ndjson,
}

const KINDS: [(ImportKind, &str); 8] = [
    (ImportKind::Avro, "avro"),
    (ImportKind::Protobuf, "protobuf"),
    (ImportKind::JsonSchema, "json-schema"),
    (ImportKind::Postgresql, "postgresql"),
    (ImportKind::Mysql, "mysql"),
    (ImportKind::Sqlite, "sqlite"),
    (ImportKind::Csv, "csv"),
    (ImportKind::Ndjson, "ndjson"),
];

impl ImportKind {
    /// The kind that the file extension indicates; SQL is taken for PostgreSQL's unless specified.
    pub fn of_path(path: &Path) -> Option<Self> {
        Some(match &*path.extension()?.to_str()?.to_ascii_lowercase() {
            "avsc" => Self::Avro,
            "proto" => Self::Protobuf,
            "json" => Self::JsonSchema,
            "sql" | "ddl" => Self::Postgresql,
            "csv" => Self::Csv,
            "ndjson" | "jsonl" => Self::Ndjson,
            _ => return None,
        })
    }
}

impl fmt::Display for ImportKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = KINDS.iter().find(|(kind, _)| kind == self);
        f.write_str(found.map_or("", |(_, name)| name))
    }
}

impl FromStr for ImportKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = KINDS.iter().find(|(_, name)| *name == text);
        found.map(|(kind, _)| *kind).ok_or_else(|| {
            let names = KINDS.map(|(_, name)| name);
            format!("expected {}", emulator_domain::listed(&names))
        })
    }
}

/// Creates a model named `name`, as YAML, from a file.
///
/// # Errors
/// If the file cannot be read or is not of that kind.
pub fn import(path: &Path, kind: ImportKind, name: &str) -> Result<String, ReadError> {
    let unreadable = |error| ReadError::Io(path.to_owned(), error);
    let wrong = |error: ModelError| ReadError::Wrong(path.to_owned(), error.into());
    let draft = if matches!(kind, ImportKind::Csv | ImportKind::Ndjson) {
        let file = std::fs::File::open(path).map_err(unreadable)?;
        sample::read(file, kind, name)
    } else {
        let bytes = read_bytes(path, MAX_BYTES).map_err(unreadable)?;
        utf8(&bytes).and_then(|text| read(text, kind))
    };
    Ok(write(name, kind, draft.map_err(wrong)?))
}

fn read(text: &str, kind: ImportKind) -> Result<Draft, ModelError> {
    match kind {
        ImportKind::Avro => avro::read(&node(text, Syntax::Json, None)?),
        ImportKind::JsonSchema => json_schema::read(&node(text, Syntax::Json, None)?),
        ImportKind::Protobuf => protobuf::read(text),
        _ => sql::read(text, kind),
    }
}

/// Number of records of an unreferenced table; each level of references has ten times as many.
const ROOTS: i64 = 1_000;

fn write(name: &str, kind: ImportKind, mut draft: Draft) -> String {
    let mut names = Names::default();
    let mut out = format!(
        "# Made from a file of {kind}. What was guessed is marked: change what you know better.\n\
         model: {}\nstreams:\n",
        names.allowed(name)
    );
    resolve(&mut draft);
    let counts = counts(&draft);
    let mut streams = Names::default();
    let titles: HashMap<String, String> = draft
        .tables
        .iter()
        .map(|t| (t.name.clone(), streams.allowed(&t.name)))
        .collect();
    for table in &draft.tables {
        let mut fields = Names::default();
        let written: Vec<_> = table
            .fields
            .iter()
            .map(|field| (fields.allowed(&field.name), field))
            .collect();
        let title = &titles[&table.name];
        out += &format!("  {}:", key(title));
        if *title != table.name {
            out += &format!("  # guessed: {}", one_line(&renamed(&table.name)));
        }
        out.push('\n');
        for note in &table.notes {
            out += &format!("    # {}\n", one_line(note));
        }
        let chooser = GeneratorChooser {
            table,
            titles: &titles,
            counts: &counts,
        };
        if let Some(count) = counts.get(&table.name) {
            out += &format!("    count: {count}  # guessed\n");
        }
        let id = written
            .iter()
            .find(|(_, field)| table.key.as_ref() == Some(&field.name));
        if let Some((id, _)) = id {
            out += &format!("    key: {}\n", key(id));
        }
        out += "    fields:\n";
        for (title, field) in &written {
            let (node, mut notes) = chooser.field(field);
            if *title != field.name {
                notes.push(renamed(&field.name));
            }
            write_field(&mut out, 6, title, &node, &notes);
        }
    }
    out
}

/// The note that a name had to be changed.
fn renamed(name: &str) -> String {
    format!("the name, which was {name}")
}

/// Resolves the fields that foreign keys refer to, and removes references that form a cycle.
fn resolve(draft: &mut Draft) {
    let keys: HashMap<String, (Option<String>, Vec<String>)> = draft
        .tables
        .iter()
        .map(|t| {
            let fields = t.fields.iter().map(|field| field.name.clone());
            (t.name.clone(), (t.key.clone(), fields.collect()))
        })
        .collect();
    let mut reaches: HashMap<String, HashSet<String>> = HashMap::new();
    for table in &mut draft.tables {
        let name = table.name.clone();
        for field in &mut table.fields {
            let Some(reference) = &mut field.reference else {
                continue;
            };
            let Some((key, fields)) = keys.get(&reference.table) else {
                let note = format!(
                    "it referred to {}, which is not in the file",
                    reference.table
                );
                field.reference = None;
                field.note(note);
                continue;
            };
            if reference.field.is_empty() {
                reference.field = key.clone().unwrap_or_default();
            }
            let known = fields.contains(&reference.field);
            // Does the other table refer back to this one?
            let circle = reference.table == name
                || reaches
                    .get(&reference.table)
                    .is_some_and(|reached| reached.contains(&name));
            if known && !circle {
                let mut reached = reaches.get(&reference.table).cloned().unwrap_or_default();
                reached.insert(reference.table.clone());
                for others in reaches.values_mut().filter(|others| others.contains(&name)) {
                    others.extend(reached.clone());
                }
                reaches.entry(name.clone()).or_default().extend(reached);
                continue;
            }
            let note = match circle {
                true => format!(
                    "it refers to {}, in a circle: a number like that table's",
                    reference.table
                ),
                false => format!(
                    "it referred to {}.{}, which is not there",
                    reference.table, reference.field
                ),
            };
            field.reference = None;
            if circle && matches!(field.kind, Kind::Integer { .. }) {
                field.kind = Kind::Integer { min: 1, max: ROOTS };
            }
            field.note(note);
        }
    }
}

fn counts(draft: &Draft) -> HashMap<String, i64> {
    let mut counts: HashMap<String, i64> = HashMap::new();
    // There are no cycles of references, so this terminates with a count for each table.
    while counts.len() < draft.tables.iter().filter(|table| table.is_bounded).count() {
        for table in draft.tables.iter().filter(|table| table.is_bounded) {
            let mut referred = table
                .fields
                .iter()
                .filter_map(|field| field.reference.as_ref());
            let most = referred.try_fold(0, |most: i64, reference| {
                counts.get(&reference.table).map(|count| most.max(*count))
            });
            let is_twin = |field: &Field| {
                table.key.as_ref() == Some(&field.name) && field.reference.is_some()
            };
            let times = if table.fields.iter().any(is_twin) {
                1
            } else {
                10
            };
            if let Some(most) = most {
                let count = if most == 0 {
                    ROOTS
                } else {
                    (most * times).min(1_000_000)
                };
                counts.insert(table.name.clone(), count);
            }
        }
    }
    counts
}

/// Valid names for a model, each used once.
#[derive(Default)]
struct Names(HashSet<String>);

impl Names {
    fn allowed(&mut self, name: &str) -> String {
        let mut allowed: String = name
            .chars()
            .map(|letter| {
                if letter.is_ascii_alphanumeric() {
                    letter
                } else {
                    '_'
                }
            })
            .collect();
        if !allowed.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
            allowed.insert(0, 'x');
        }
        allowed.truncate(58);
        let mut number = 1;
        let base = allowed.clone();
        while !self.0.insert(allowed.clone()) {
            number += 1;
            allowed = format!("{base}_{number}");
        }
        allowed
    }
}

/// Errors about a node of a schema.
struct Within<'n>(&'n Node);

impl Within<'_> {
    fn error(&self, message: impl Into<String>) -> ModelError {
        ModelError {
            place: self.0.place,
            path: String::new(),
            message: message.into(),
        }
    }

    /// The strings of a list.
    fn texts(&self, key: &str) -> Result<Vec<String>, ModelError> {
        let found = match self.0.get(key).map(|node| &node.value) {
            Some(NodeValue::List(nodes)) => nodes.iter().map(|node| match &node.value {
                NodeValue::Text(text) => Some(text.clone()),
                _ => None,
            }),
            _ => return Err(self.error(format!("'{key}' is missing; expected a list of texts"))),
        };
        let texts: Option<Vec<_>> = found.collect();
        texts.filter(|texts| !texts.is_empty()).ok_or_else(|| {
            self.error(format!(
                "'{key}' is not as expected: a list of texts, not empty"
            ))
        })
    }
}

/// The string under a key of a map.
fn text_of<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    match &node.get(key)?.value {
        NodeValue::Text(text) => Some(text),
        _ => None,
    }
}

/// An error of the whole file, without a position.
fn error(message: impl Into<String>) -> ModelError {
    ModelError {
        place: Place::default(),
        path: String::new(),
        message: message.into(),
    }
}
