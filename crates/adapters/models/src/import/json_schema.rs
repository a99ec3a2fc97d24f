//! JSON Schema, as far as it describes values: types, formats, bounds, `enum`, properties, items,
//! and references within the file.

use emulator_model::{Entry, ModelError, Node, NodeValue};

use super::draft::{Draft, Field, Fields, Kind, Table};
use super::{Within, text_of};

pub(super) fn read(schema: &Node) -> Result<Draft, ModelError> {
    let mut reading = Reading {
        root: schema,
        open: Vec::new(),
    };
    let name = text_of(schema, "title").unwrap_or("record");
    match reading.field("record", schema)?.map(|field| field.kind) {
        Some(Kind::Struct(fields)) => Ok(Draft {
            tables: vec![Table::events(name, fields)],
        }),
        _ => Err(Within(schema).error(
            "the schema is not that of an object; expected {\"type\": \"object\", \
             \"properties\": {...}}",
        )),
    }
}

struct Reading<'s> {
    root: &'s Node,
    /// References being resolved, to detect recursion.
    open: Vec<String>,
}

impl<'s> Reading<'s> {
    /// `None` if the value is recursive, or nothing is known about it.
    fn field(&mut self, name: &str, schema: &'s Node) -> Result<Option<Field>, ModelError> {
        if let Some(reference) = text_of(schema, "$ref") {
            return self.follow(name, schema, reference);
        }
        for key in ["oneOf", "anyOf", "allOf"] {
            if let Some(NodeValue::List(schemas)) = schema.get(key).map(|node| &node.value) {
                return self.first_of(name, schemas);
            }
        }
        let (kinds, is_nullable) = types(schema);
        let Some(kind) = self.kind(schema, kinds.first().copied())? else {
            return Ok(None);
        };
        let mut field = Field::new(name, kind);
        if is_nullable {
            field.make_nullable();
        }
        if kinds.len() > 1 {
            field.note("the first of several types");
        }
        Ok(Some(field))
    }

    fn follow(
        &mut self,
        name: &str,
        schema: &'s Node,
        reference: &str,
    ) -> Result<Option<Field>, ModelError> {
        if self.open.iter().any(|open| open == reference) {
            return Ok(None);
        }
        let found = reference.strip_prefix('#').and_then(|path| {
            let mut steps = path.split('/').filter(|step| !step.is_empty());
            steps.try_fold(self.root, |node, step| {
                node.get(&step.replace("~1", "/").replace("~0", "~"))
            })
        });
        let Some(target) = found else {
            let message = format!("'{reference}' is not in this file; put it into its $defs");
            return Err(Within(schema).error(message));
        };
        self.open.push(reference.to_owned());
        let field = self.field(name, target);
        self.open.pop();
        field
    }

    fn first_of(&mut self, name: &str, schemas: &'s [Node]) -> Result<Option<Field>, ModelError> {
        let is_null = |schema: &&Node| text_of(schema, "type") == Some("null");
        let has_null = schemas.iter().any(|schema| is_null(&schema));
        let mut others = schemas.iter().filter(|schema| !is_null(schema));
        let Some(first) = others.next() else {
            return Ok(None);
        };
        let more = others.count();
        Ok(self.field(name, first)?.map(|mut field| {
            if has_null {
                field.make_nullable();
            }
            if more > 0 {
                field.note("the first of several schemas");
            }
            field
        }))
    }

    fn kind(&mut self, schema: &'s Node, kind: Option<&str>) -> Result<Option<Kind>, ModelError> {
        if let Some(kind) = values(schema) {
            return Ok(Some(kind));
        }
        let bound = |key: &str| match schema.get(key).map(|node| &node.value) {
            Some(NodeValue::Integer(number)) => Some(*number as f64),
            Some(NodeValue::Float(number)) => Some(*number),
            _ => None,
        };
        Ok(match kind {
            Some("boolean") => Some(Kind::Boolean),
            Some("integer") => {
                let min = bound("minimum").or(bound("exclusiveMinimum").map(|min| min + 1.0));
                let max = bound("maximum").or(bound("exclusiveMaximum").map(|max| max - 1.0));
                Some(Kind::Integer {
                    min: min.map_or(i64::MIN, |min| min.ceil() as i64),
                    max: max.map_or(i64::MAX, |max| max.floor() as i64),
                })
            }
            Some("number") => {
                let min = bound("minimum").or(bound("exclusiveMinimum"));
                let max = bound("maximum").or(bound("exclusiveMaximum"));
                Some(match (min, max) {
                    (Some(min), Some(max)) if min < max => super::uniform("float", min, max),
                    _ => Kind::Float,
                })
            }
            Some("string") => Some(text(schema, bound("maxLength"))),
            Some("array") => {
                let Some(items) = schema.get("items") else {
                    return Ok(None);
                };
                self.field("item", items)?
                    .map(|field| Kind::Array(field.into()))
            }
            Some("object") => self.object(schema)?,
            None if schema.get("properties").is_some() => self.object(schema)?,
            _ => None,
        })
    }

    fn object(&mut self, schema: &'s Node) -> Result<Option<Kind>, ModelError> {
        let Some(properties) = schema.get("properties") else {
            let Some(values) = schema.get("additionalProperties") else {
                return Ok(None);
            };
            return Ok(self
                .field("value", values)?
                .map(|field| Kind::Map(field.into())));
        };
        let NodeValue::Map(entries) = &properties.value else {
            return Err(Within(properties).error("expected a map of properties"));
        };
        let required = Within(schema).texts("required").unwrap_or_default();
        let mut fields = Fields::default();
        for Entry { name, node, .. } in entries {
            let mut field = self.field(name, node)?;
            if let Some(field) = &mut field
                && !required.contains(name)
            {
                field.make_nullable();
            }
            fields.add(name, field);
        }
        Ok(fields.if_any().map(Kind::Struct))
    }
}

/// The types except null, and whether null is among them.
fn types(schema: &Node) -> (Vec<&str>, bool) {
    let Some(node) = schema.get("type") else {
        return (Vec::new(), false);
    };
    let all: Vec<&str> = match &node.value {
        NodeValue::Text(kind) => vec![kind],
        NodeValue::List(nodes) => {
            let texts = nodes.iter().filter_map(|node| match &node.value {
                NodeValue::Text(text) => Some(&**text),
                _ => None,
            });
            texts.collect()
        }
        _ => Vec::new(),
    };
    let has_null = all.contains(&"null");
    (
        all.into_iter().filter(|kind| *kind != "null").collect(),
        has_null,
    )
}

/// The values allowed by `const` and `enum`.
fn values(schema: &Node) -> Option<Kind> {
    let nodes = match schema.get("const") {
        Some(node) => vec![node.clone()],
        None => match &schema.get("enum")?.value {
            NodeValue::List(nodes) => nodes.clone(),
            _ => return None,
        },
    };
    let mut nodes: Vec<_> = nodes;
    nodes.retain(|node| node.value != NodeValue::Null);
    let first = std::mem::discriminant(&nodes.first()?.value);
    let is_plain = |node: &Node| !matches!(node.value, NodeValue::List(_) | NodeValue::Map(_));
    let alike = nodes
        .iter()
        .all(|node| is_plain(node) && std::mem::discriminant(&node.value) == first);
    alike.then_some(Kind::Choice(nodes))
}

fn text(schema: &Node, longest: Option<f64>) -> Kind {
    match text_of(schema, "format") {
        Some("uuid") => Kind::Uuid,
        Some("date") => Kind::Date,
        Some("time") => Kind::Time,
        Some("date-time") => Kind::Timestamp,
        Some("email" | "idn-email") => super::fake(super::EMAIL),
        Some("ipv4") => super::fake(super::IPV4),
        _ => Kind::Text(longest.map(|longest| longest as u64)),
    }
}
