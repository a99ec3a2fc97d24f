//! The source of a model as a tree of values, each with its place in the text.

mod wire;

use std::fmt::{self, Write};

/// A position in a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// From 1; 0 if unknown, as in a model that was not read from a text.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
}

/// A value with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where it begins.
    pub place: Place,
    /// The value.
    pub value: NodeValue,
}

/// The value of a node, independent of the syntax.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeValue {
    /// Nothing.
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// Any other finite number.
    Float(f64),
    /// A text; also a date, which YAML and TOML write without quotation marks.
    Text(String),
    /// Values in order.
    List(Vec<Node>),
    /// Named values in order. Readers refuse a repeated name.
    Map(Vec<Entry>),
}

/// A named value of a map.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Where the name begins.
    pub place: Place,
    /// The value.
    pub node: Node,
}

impl Node {
    /// A value without a place.
    pub const fn new(value: NodeValue) -> Self {
        Self {
            place: Place { line: 0, column: 0 },
            value,
        }
    }

    /// The value of that name, if this is a map that has one.
    pub fn get(&self, name: &str) -> Option<&Self> {
        let NodeValue::Map(entries) = &self.value else {
            return None;
        };
        let found = entries.iter().find(|entry| entry.name == name);
        found.map(|entry| &entry.node)
    }

    /// The same tree as JSON without white space, in the same order. Reading it gives the same
    /// values again.
    pub fn to_json(&self) -> String {
        let mut json = String::new();
        self.write_json(&mut json).expect("a String takes any text");
        json
    }

    fn write_json(&self, json: &mut String) -> fmt::Result {
        match &self.value {
            NodeValue::Null => json.write_str("null"),
            NodeValue::Boolean(value) => write!(json, "{value}"),
            NodeValue::Integer(value) => write!(json, "{value}"),
            // Debug output keeps a point or an exponent, so that 2.0 is not read back as a whole
            // number.
            NodeValue::Float(value) => write!(json, "{value:?}"),
            NodeValue::Text(text) => write_text(json, text),
            NodeValue::List(nodes) => {
                json.write_char('[')?;
                for (number, node) in nodes.iter().enumerate() {
                    separate(json, number)?;
                    node.write_json(json)?;
                }
                json.write_char(']')
            }
            NodeValue::Map(entries) => {
                json.write_char('{')?;
                for (number, entry) in entries.iter().enumerate() {
                    separate(json, number)?;
                    write_text(json, &entry.name)?;
                    json.write_char(':')?;
                    entry.node.write_json(json)?;
                }
                json.write_char('}')
            }
        }
    }
}

fn separate(json: &mut String, number: usize) -> fmt::Result {
    if number > 0 {
        json.write_char(',')?;
    }
    Ok(())
}

fn write_text(json: &mut String, text: &str) -> fmt::Result {
    json.write_char('"')?;
    for letter in text.chars() {
        match letter {
            '"' => json.write_str("\\\"")?,
            '\\' => json.write_str("\\\\")?,
            '\n' => json.write_str("\\n")?,
            control if u32::from(control) < 0x20 => write!(json, "\\u{:04x}", u32::from(control))?,
            other => json.write_char(other)?,
        }
    }
    json.write_char('"')
}

/// The kind of value and its content, for people: `a list`, `'abc'`, `12`.
impl fmt::Display for NodeValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 60;
        match self {
            Self::Null => f.write_str("nothing"),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value:?}"),
            Self::Text(text) => match text.char_indices().nth(SHOWN) {
                None => write!(f, "'{}'", text.escape_debug()),
                Some((end, _)) => write!(f, "'{}...'", text[..end].escape_debug()),
            },
            Self::List(_) => f.write_str("a list"),
            Self::Map(_) => f.write_str("a map"),
        }
    }
}
