//! Chooses generators for the fields of another schema.

use std::collections::HashMap;

use emulator_model::{Node, NodeValue};

use super::draft::{Field, Kind, Table};
use super::yaml::{self, list, map, number, text, whole};
use super::{Names, renamed};

/// Chooses generators for the fields of a table.
pub(super) struct GeneratorChooser<'d> {
    pub(super) table: &'d Table,
    /// The names of the streams, by table name.
    pub(super) titles: &'d HashMap<String, String>,
    /// The record counts of the tables.
    pub(super) counts: &'d HashMap<String, i64>,
}

impl GeneratorChooser<'_> {
    /// A generator, and notes on what was guessed.
    pub(super) fn field(&self, field: &Field) -> (Node, Vec<String>) {
        let mut notes = field.notes.clone();
        let is_key = self.table.key.as_ref() == Some(&field.name);
        let count = self.counts.get(&self.table.name).copied();
        let mut node = match (&field.reference, &field.kind) {
            (Some(reference), _) if !is_key => {
                let other = Names::default().allowed(&reference.field);
                match &reference.through {
                    None => map([(
                        "ref",
                        text(format!("{}.{other}", self.titles[&reference.table])),
                    )]),
                    Some(through) => map([
                        ("of", text(Names::default().allowed(through))),
                        ("field", text(other)),
                    ]),
                }
            }
            (reference, Kind::Integer { .. }) if is_key => {
                if reference.is_none() {
                    notes.push("that it counts from 1".to_owned());
                }
                map([("sequence", map([("start", whole(1))]))])
            }
            (_, Kind::Text(longest)) if is_key || field.is_unique && count.is_some() => {
                notes.push("the form of the text".to_owned());
                let mut node = map([(
                    "text",
                    text(format!(
                        "[a-z0-9]{{{}}}",
                        longest.unwrap_or(12).clamp(1, 12)
                    )),
                )]);
                if count.is_some_and(|count| {
                    longest.is_none_or(|l| l > 6 || 36i64.pow(l as u32) >= count)
                }) {
                    push(&mut node, "unique", Node::new(NodeValue::Boolean(true)));
                } else {
                    notes.push("that values may repeat, because they are so short".to_owned());
                }
                node
            }
            (_, Kind::Integer { min, max }) if field.is_unique && count.is_some() => {
                let low = if *min <= 1 && *max > 1_000_000_000 {
                    1
                } else {
                    *min
                };
                let high = if *max > 1_000_000_000 {
                    1_000_000_000
                } else {
                    *max
                };
                if (low, high) != (*min, *max) {
                    notes.push("the range".to_owned());
                }
                let mut node = map([(
                    "integer",
                    map([("uniform", list([whole(low), whole(high)]))]),
                )]);
                if (high as i128 - low as i128) >= count.unwrap_or(0).into() {
                    push(&mut node, "unique", Node::new(NodeValue::Boolean(true)));
                } else {
                    notes.push("that values may repeat, because there are so few".to_owned());
                }
                node
            }
            _ => self.generator(&field.name, &field.kind, &mut notes),
        };
        if is_key && field.reference.is_some() {
            notes.push("as many as there are records it refers to, in the same order".to_owned());
        }
        if field.null > 0.0 && !is_key {
            push(&mut node, "null", number(field.null));
        }
        (node, notes)
    }

    fn generator(&self, name: &str, kind: &Kind, notes: &mut Vec<String>) -> Node {
        let distribution = |kind: &'static str, low: f64, high: f64| {
            map([(kind, map([("uniform", list([number(low), number(high)]))]))])
        };
        match kind {
            Kind::Seen(node) => node.clone(),
            Kind::Boolean => {
                notes.push("the share".to_owned());
                map([("boolean", number(0.5))])
            }
            Kind::Integer { min, max } => {
                // A type's full range is narrowed, as nobody chose it deliberately.
                let low = if *min <= i64::from(i8::MIN) {
                    0.min(*max)
                } else {
                    *min
                };
                let low = low.clamp(-LARGEST, LARGEST);
                let high = (*max).clamp(-LARGEST, LARGEST).min(low + 1_000);
                if (low, high) != (*min, *max) {
                    notes.push("the range".to_owned());
                }
                if low >= high {
                    return map([("constant", whole(low))]);
                }
                distribution("integer", low as f64, high as f64)
            }
            Kind::Float => {
                notes.push("the range".to_owned());
                distribution("float", 0.0, 1_000.0)
            }
            Kind::Decimal {
                precision,
                scale: declared,
            } => {
                notes.push("the range".to_owned());
                let digits = precision.saturating_sub(*declared).min(4);
                let largest = 10f64.powi(digits as i32) - 1.0;
                let scale = (*declared).min(MOST_DECIMALS);
                if scale < *declared {
                    notes.push(format!("{scale} decimals, where the schema has {declared}"));
                }
                let mut node = distribution("decimal", 0.0, largest.max(0.9));
                if let NodeValue::Map(entries) = &mut node.value {
                    push(&mut entries[0].node, "scale", whole(scale.into()));
                }
                node
            }
            Kind::Text(longest) => words(name, *longest, notes),
            Kind::Bytes => {
                notes.push("bytes as hexadecimal digits".to_owned());
                map([("text", text("([0-9a-f]{2}){8}"))])
            }
            Kind::Uuid => map([("uuid", map([]))]),
            Kind::Date => {
                notes.push("the range".to_owned());
                map([(
                    "date",
                    map([("from", text("2020-01-01")), ("to", text("2025-12-31"))]),
                )])
            }
            Kind::Time => map([(
                "time",
                map([("from", text("00:00:00")), ("to", text("23:59:59"))]),
            )]),
            Kind::Timestamp if !self.table.is_bounded => {
                notes.push("that it is the time of the record".to_owned());
                map([("event_time", map([]))])
            }
            Kind::Timestamp => {
                notes.push("the range".to_owned());
                let (from, to) = ("2020-01-01T00:00:00Z", "2025-12-31T23:59:59Z");
                map([("timestamp", map([("from", text(from)), ("to", text(to))]))])
            }
            Kind::Choice(values) => {
                if values.len() > 1 {
                    notes.push("the shares".to_owned());
                }
                map([("choice", list(values.iter().cloned()))])
            }
            Kind::Struct(fields) => {
                let mut names = Names::default();
                notes.extend(fields.notes());
                let entries = fields.known.iter().map(|field| {
                    let (node, mut inner) = self.part(field);
                    let title = names.allowed(&field.name);
                    if title != field.name {
                        inner.push(renamed(&field.name));
                    }
                    let inner = inner.into_iter();
                    notes.extend(inner.map(|note| format!("{title}: {note}")));
                    yaml::entry(&title, node)
                });
                let entries = entries.collect();
                map([("struct", Node::new(NodeValue::Map(entries)))])
            }
            Kind::Array(element) => {
                notes.push("how many".to_owned());
                let (of, inner) = self.part(element);
                notes.extend(inner);
                map([("array", map([("of", of), ("length", few())]))])
            }
            Kind::Map(value) => {
                notes.push("keys and how many".to_owned());
                let (values, inner) = self.part(value);
                notes.extend(inner);
                let keys = list(["a", "b", "c"].map(text));
                map([(
                    "map",
                    map([("keys", keys), ("of", values), ("length", few())]),
                )])
            }
        }
    }

    /// A nested field.
    fn part(&self, field: &Field) -> (Node, Vec<String>) {
        let mut notes = field.notes.clone();
        let mut node = self.generator(&field.name, &field.kind, &mut notes);
        if field.null > 0.0 {
            push(&mut node, "null", number(field.null));
        }
        (node, notes)
    }
}

fn few() -> Node {
    map([("uniform", list([whole(0), whole(3)]))])
}

fn push(node: &mut Node, name: &str, value: Node) {
    if let NodeValue::Map(entries) = &mut node.value {
        entries.push(yaml::entry(name, value));
    }
}

/// The most digits after the point that a model's decimals have.
const MOST_DECIMALS: u32 = 9;

pub(super) const EMAIL: &str = "internet.email";
pub(super) const IPV4: &str = "internet.ipv4";

/// The largest number, so that every range is valid in a model.
const LARGEST: i64 = 1_000_000_000_000_000;

/// Typical contents of fields, by the words of their names.
const MEANINGS: [(&[&str], &str); 16] = [
    (&["email"], EMAIL),
    (&["mail"], EMAIL),
    (&["first", "name"], "name.first"),
    (&["last", "name"], "name.last"),
    (&["surname"], "name.last"),
    (&["company"], "company.name"),
    (&["employer"], "company.name"),
    (&["user", "name"], "internet.username"),
    (&["username"], "internet.username"),
    (&["full", "name"], "name.full"),
    (&["customer", "name"], "name.full"),
    (&["employee", "name"], "name.full"),
    (&["city"], "address.city"),
    (&["street"], "address.street"),
    (&["phone"], "phone.number"),
    (&["ip"], IPV4),
];

/// A text generator for a field of that name.
fn words(name: &str, longest: Option<u64>, notes: &mut Vec<String>) -> Node {
    // A provider's texts may be too long for a short column.
    if let Some(provider) = meant_by(name)
        && longest.is_none_or(|longest| longest >= 60)
    {
        notes.push("from its name".to_owned());
        return map([("fake", text(provider))]);
    }
    notes.push("the form of the text".to_owned());
    let high = longest.unwrap_or(12).clamp(1, 12);
    let low = high.min(3);
    let pattern = if low == high {
        format!("[a-z]{{{low}}}")
    } else {
        format!("[a-z]{{{low},{high}}}")
    };
    map([("text", text(pattern))])
}

/// The provider for a field of that name, if the name indicates one.
pub(super) fn meant_by(name: &str) -> Option<&'static str> {
    let lower = snake(name);
    let parts: Vec<&str> = lower.split('_').collect();
    let means = |words: &[&str]| words.iter().all(|word| parts.contains(word));
    let found = MEANINGS.iter().find(|(words, _)| means(words));
    found.map(|(_, provider)| *provider)
}

/// Snake case: `firstName` becomes `first_name`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    let mut before = '_';
    for letter in name.chars() {
        if letter.is_uppercase() && before.is_lowercase() {
            snake.push('_');
        }
        snake.extend(
            if letter.is_alphanumeric() {
                letter
            } else {
                '_'
            }
            .to_lowercase(),
        );
        before = letter;
    }
    snake
}

pub(super) fn fake(provider: &str) -> Kind {
    Kind::Seen(map([("fake", text(provider))]))
}

/// One of these texts.
pub(super) fn choice(texts: impl IntoIterator<Item = impl Into<String>>) -> Kind {
    Kind::Choice(texts.into_iter().map(text).collect())
}

pub(super) fn uniform(kind: &'static str, low: f64, high: f64) -> Kind {
    Kind::Seen(map([(
        kind,
        map([("uniform", list([number(low), number(high)]))]),
    )]))
}
