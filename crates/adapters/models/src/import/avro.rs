//! Avro schemas (`.avsc`), version 1.12.

use emulator_model::{ModelError, Node, NodeValue};

use super::draft::{Draft, Field, Fields, Kind, Table};
use super::{Within, choice, text_of};

pub(super) fn read(schema: &Node) -> Result<Draft, ModelError> {
    let mut reading = Reading {
        known: Vec::new(),
        open: Vec::new(),
    };
    let roots: Vec<&Node> = match &schema.value {
        // A file may contain several; the records among them become streams.
        NodeValue::List(nodes) => nodes.iter().collect(),
        _ => vec![schema],
    };
    let mut tables = Vec::new();
    for root in roots {
        if text_of(root, "type") != Some("record") {
            let kind = reading.kind(root, "")?;
            if !matches!(root.value, NodeValue::Map(_)) || kind.is_none() {
                return Err(
                    Within(root).error("got no record; expected {\"type\": \"record\", ...}")
                );
            }
            continue;
        }
        let name = text_of(root, "name").unwrap_or("record");
        if let Some(Kind::Struct(fields)) = reading.kind(root, "")? {
            tables.push(Table::events(last(name), fields));
        }
    }
    if tables.is_empty() {
        return Err(Within(schema).error("no record; expected {\"type\": \"record\", ...}"));
    }
    Ok(Draft { tables })
}

struct Reading<'s> {
    /// The named types seen so far, by full name.
    known: Vec<(String, &'s Node)>,
    /// Named types that are being read, to detect recursion.
    open: Vec<String>,
}

/// A union in the form that a model supports.
struct Union {
    /// The first type that is not null.
    first: Kind,
    has_null: bool,
    has_more: bool,
}

impl<'s> Reading<'s> {
    /// `None` if the type is recursive.
    fn kind(&mut self, schema: &'s Node, space: &str) -> Result<Option<Kind>, ModelError> {
        let within = Within(schema);
        Ok(match &schema.value {
            NodeValue::Text(name) => match &**name {
                "boolean" => Some(Kind::Boolean),
                "int" => Some(integer(32)),
                "long" => Some(integer(64)),
                "float" | "double" => Some(Kind::Float),
                "bytes" => Some(Kind::Bytes),
                "string" => Some(Kind::Text(None)),
                "null" => return Err(within.error("got null alone; expected a type with values")),
                name => {
                    let full = full_name(name, space);
                    let known = self.known.iter().find(|(known, _)| *known == full);
                    let Some((_, schema)) = known else {
                        return Err(within.error(format!(
                            "unknown type '{name}'; expected one of Avro's, or one that stands above"
                        )));
                    };
                    let schema: &Node = schema;
                    if self.open.contains(&full) {
                        return Ok(None);
                    }
                    self.kind(schema, space)?
                }
            },
            NodeValue::List(_) => self.union(schema, space)?.map(|union| union.first),
            NodeValue::Map(_) => self.complex(schema, space)?,
            other => return Err(within.error(format!("got {other}; expected a type"))),
        })
    }

    /// `None` if the first type is recursive.
    fn union(&mut self, schema: &'s Node, space: &str) -> Result<Option<Union>, ModelError> {
        let NodeValue::List(types) = &schema.value else {
            return Ok(None);
        };
        let is_null = |node: &&Node| matches!(&node.value, NodeValue::Text(name) if name == "null");
        let mut others = types.iter().filter(|node| !is_null(node));
        let Some(first) = others.next() else {
            return Err(Within(schema).error("got no type but null; expected one with values"));
        };
        let has_more = others.next().is_some();
        Ok(self.kind(first, space)?.map(|first| Union {
            first,
            has_null: types.iter().any(|node| is_null(&node)),
            has_more,
        }))
    }

    fn complex(&mut self, schema: &'s Node, space: &str) -> Result<Option<Kind>, ModelError> {
        let within = Within(schema);
        let Some(node) = schema.get("type") else {
            return Err(within.error("a type is missing; expected {\"type\": ...}"));
        };
        let NodeValue::Text(base) = &node.value else {
            return self.kind(node, space);
        };
        if let Some(kind) = logical(schema, base) {
            return Ok(Some(kind));
        }
        let space = text_of(schema, "namespace").unwrap_or(space);
        let name = text_of(schema, "name").map(|name| full_name(name, space));
        if let Some(name) = &name
            && !self.known.iter().any(|(known, _)| known == name)
        {
            self.known.push((name.clone(), schema));
        }
        Ok(match &**base {
            "record" | "error" => {
                let space = name.as_deref().and_then(|name| name.rsplit_once('.'));
                let space = space.map_or(String::new(), |(space, _)| space.to_owned());
                self.open.extend(name);
                let fields = self.fields(schema, &space);
                self.open.pop();
                fields?.if_any().map(Kind::Struct)
            }
            "enum" => Some(choice(within.texts("symbols")?)),
            "fixed" => Some(Kind::Bytes),
            "array" => self
                .inner(schema, "items", space)?
                .map(|field| Kind::Array(field.into())),
            "map" => self
                .inner(schema, "values", space)?
                .map(|field| Kind::Map(field.into())),
            _ => self.kind(node, space)?,
        })
    }

    fn inner(
        &mut self,
        schema: &'s Node,
        key: &str,
        space: &str,
    ) -> Result<Option<Field>, ModelError> {
        let Some(node) = schema.get(key) else {
            return Err(Within(schema).error(format!("'{key}' is missing")));
        };
        self.field(key, node, space)
    }

    fn field(
        &mut self,
        name: &str,
        node: &'s Node,
        space: &str,
    ) -> Result<Option<Field>, ModelError> {
        if !matches!(node.value, NodeValue::List(_)) {
            return Ok(self.kind(node, space)?.map(|kind| Field::new(name, kind)));
        }
        let union = self.union(node, space)?;
        Ok(union.map(|union| {
            let mut field = Field::new(name, union.first);
            if union.has_null {
                field.make_nullable();
            }
            if union.has_more {
                field.note("the first of several types");
            }
            field
        }))
    }

    fn fields(&mut self, schema: &'s Node, space: &str) -> Result<Fields, ModelError> {
        let Some(NodeValue::List(nodes)) = schema.get("fields").map(|node| &node.value) else {
            return Err(Within(schema).error("a record without fields; expected \"fields\": [...]"));
        };
        let mut fields = Fields::default();
        for node in nodes {
            let (Some(name), Some(schema)) = (text_of(node, "name"), node.get("type")) else {
                return Err(Within(node).error("expected a field: {\"name\": ..., \"type\": ...}"));
            };
            // A recursive record ends somewhere in the data; here the inner one is left out.
            fields.add(name, self.field(name, schema, space)?);
        }
        Ok(fields)
    }
}

fn logical(schema: &Node, base: &str) -> Option<Kind> {
    let number = |key: &str| match schema.get(key)?.value {
        NodeValue::Integer(number) => u32::try_from(number).ok(),
        _ => None,
    };
    match (text_of(schema, "logicalType")?, base) {
        ("decimal", "bytes" | "fixed") => {
            let (precision, scale) = (number("precision")?, number("scale").unwrap_or(0));
            Some(Kind::Decimal { precision, scale })
        }
        ("uuid", _) => Some(Kind::Uuid),
        ("date", "int") => Some(Kind::Date),
        ("time-millis", "int") | ("time-micros", "long") => Some(Kind::Time),
        (name, "long") if name.contains("timestamp-") => Some(Kind::Timestamp),
        _ => None,
    }
}

fn integer(bits: u32) -> Kind {
    Kind::Integer {
        min: i64::MIN >> (64 - bits),
        max: i64::MAX >> (64 - bits),
    }
}

fn full_name(name: &str, space: &str) -> String {
    if space.is_empty() || name.contains('.') {
        return name.to_owned();
    }
    format!("{space}.{name}")
}

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}
