//! JSON Schema of an envelope as `json` and `ndjson` write it.

use emulator_domain::record::{Field, LogicalType, Schema};
use serde_json::{Map, Value, json};

use crate::names::type_name;

pub(super) fn envelope(name: &str, schema: &Schema) -> Value {
    let mut envelope = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": type_name(name),
        "type": "object",
        "properties": {
            "emulation_id": value(&Schema::envelope()[0]),
            "timestamp": {"type": "number", "description": "when the record happens: seconds since 1970, with six decimals"},
            "data": {"type": "object"},
        },
        "required": ["emulation_id", "timestamp", "data"],
        "additionalProperties": false,
    });
    envelope["properties"]["data"] = object(schema.fields());
    envelope
}

fn object(fields: &[Field]) -> Value {
    let properties = fields
        .iter()
        .map(|field| (field.name.to_string(), value(field)));
    json!({
        "type": "object",
        "properties": properties.collect::<Map<_, _>>(),
        "required": fields.iter().map(|field| &*field.name).collect::<Vec<_>>(),
        "additionalProperties": false,
    })
}

fn value(field: &Field) -> Value {
    let mut value = match &field.logical_type {
        LogicalType::Uuid => json!({"type": "string", "format": "uuid"}),
        LogicalType::Integer => json!({"type": "integer", "minimum": 0, "maximum": u32::MAX}),
        LogicalType::Decimal { scale, .. } => {
            json!({"type": "number", "multipleOf": 10_f64.powi(-i32::from(*scale))})
        }
        LogicalType::Text => json!({"type": "string"}),
        LogicalType::Timestamp => json!({"type": "string", "format": "date-time"}),
        LogicalType::Date => json!({"type": "string", "format": "date"}),
        LogicalType::Time => json!({"type": "string", "pattern": "^[0-9]{2}:[0-9]{2}:[0-9]{2}"}),
        LogicalType::Ipv4 => json!({"type": "string", "format": "ipv4"}),
        LogicalType::Flag => json!({"type": "integer", "enum": [0, 1]}),
        LogicalType::Long => json!({"type": "integer"}),
        LogicalType::Float => json!({"type": "number"}),
        LogicalType::Boolean => json!({"type": "boolean"}),
        LogicalType::Enum(words) => json!({"type": "string", "enum": words.to_vec()}),
        LogicalType::Struct(fields) => object(fields),
        LogicalType::Array(element) => json!({"type": "array", "items": value(element)}),
        LogicalType::Map(entry) => json!({"type": "object", "additionalProperties": value(entry)}),
    };
    if field.nullable {
        value["type"] = json!([value["type"], "null"]);
        if let Some(words) = value.get_mut("enum").and_then(Value::as_array_mut) {
            words.push(Value::Null);
        }
    }
    if !field.meaning.is_empty() {
        value["description"] = field.meaning.as_ref().into();
    }
    value
}
