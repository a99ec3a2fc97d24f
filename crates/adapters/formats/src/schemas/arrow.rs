//! The Arrow schema of Parquet files, in the JSON format of Arrow's integration tests.

use emulator_domain::record::{Field, LogicalType};
use serde_json::{Value, json};

pub(super) fn schema<'f>(fields: impl Iterator<Item = &'f Field>) -> Value {
    json!({"fields": fields.map(field).collect::<Vec<_>>()})
}

fn field(of: &Field) -> Value {
    named(&of.name, of)
}

fn named(name: &str, of: &Field) -> Value {
    let (kind, children) = kind(&of.logical_type);
    json!({"name": name, "nullable": of.nullable, "type": kind, "children": children})
}

fn kind(logical_type: &LogicalType) -> (Value, Vec<Value>) {
    let int = |bits: u8| json!({"name": "int", "bitWidth": bits, "isSigned": true});
    let kind = match logical_type {
        LogicalType::Integer | LogicalType::Long => int(64),
        LogicalType::Flag => int(32),
        LogicalType::Decimal { precision, scale } => {
            json!({"name": "decimal", "precision": precision, "scale": scale, "bitWidth": 128})
        }
        LogicalType::Text | LogicalType::Enum(_) | LogicalType::Ipv4 | LogicalType::Uuid => {
            json!({"name": "utf8"})
        }
        LogicalType::Timestamp => {
            json!({"name": "timestamp", "unit": "MICROSECOND", "timezone": "UTC"})
        }
        LogicalType::Date => json!({"name": "date", "unit": "DAY"}),
        LogicalType::Time => json!({"name": "time", "unit": "MICROSECOND", "bitWidth": 64}),
        LogicalType::Float => json!({"name": "floatingpoint", "precision": "DOUBLE"}),
        LogicalType::Boolean => json!({"name": "bool"}),
        LogicalType::Struct(fields) => {
            return (
                json!({"name": "struct"}),
                fields.iter().map(field).collect(),
            );
        }
        LogicalType::Array(element) => {
            return (json!({"name": "list"}), vec![named("element", element)]);
        }
        LogicalType::Map(value) => {
            let key =
                json!({"name": "key", "nullable": false, "type": {"name": "utf8"}, "children": []});
            let entries = json!({
                "name": "entries",
                "nullable": false,
                "type": {"name": "struct"},
                "children": [key, named("value", value)],
            });
            return (json!({"name": "map", "keysSorted": false}), vec![entries]);
        }
    };
    (kind, Vec::new())
}
