//! JSON Schema of a message in the formats `json` and `ndjson`.

use emulator_domain::record::{Envelope, Field, LogicalType, Schema};
use serde_json::{Map, Value, json};

use crate::names::type_name;

pub(super) fn message(name: &str, envelope: Envelope, schema: &Schema) -> Value {
    let record = object(schema.fields());
    let mut message = match envelope {
        Envelope::None => record,
        Envelope::Emulation => json!({
            "type": "object",
            "properties": {
                "emulation_id": value(&Schema::envelope()[0]),
                "timestamp": {"type": "number", "description": "when the record happens: seconds since 1970, with six decimals"},
                "data": record,
            },
            "required": ["emulation_id", "timestamp", "data"],
            "additionalProperties": false,
        }),
    };
    message["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    message["title"] = type_name(name).into();
    message
}

fn object(fields: &[Field]) -> Value {
    let properties = fields
        .iter()
        .map(|field| (field.name.to_string(), value(field)));
    // A nullable field may also be left out.
    let required = fields.iter().filter(|field| !field.nullable);
    json!({
        "type": "object",
        "properties": properties.collect::<Map<_, _>>(),
        "required": required.map(|field| &*field.name).collect::<Vec<_>>(),
        "additionalProperties": false,
    })
}

fn value(field: &Field) -> Value {
    let mut value = match &field.logical_type {
        LogicalType::Uuid => json!({"type": "string", "format": "uuid"}),
        LogicalType::Integer => json!({"type": "integer", "minimum": 0, "maximum": u32::MAX}),
        // No `multipleOf`: validators that compute with binary floats reject 19.99 as a multiple of
        // 0.01.
        LogicalType::Decimal { .. } => json!({"type": "number"}),
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
