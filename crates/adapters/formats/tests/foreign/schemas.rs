//! The schemas of streams, read by others' libraries.

use std::sync::Arc;

use adapter_formats::Formats;
use emulator_domain::Domain;
use emulator_domain::record::{Envelope, Field, LogicalType, Schema, schema};
use emulator_ports::{Encoders, SchemaLanguage};
use serde_json::Value;

/// A field of every logical type, plain and nullable, and nested twice.
fn everything() -> Schema {
    let field = |name: &str, logical_type: &LogicalType, nullable| Field {
        name: name.to_owned().into(),
        logical_type: logical_type.clone(),
        nullable,
        meaning: "says \"what\" it is".into(),
    };
    let words = |words: &[&str]| words.iter().map(|word| (*word).into()).collect();
    let plain = [
        LogicalType::Uuid,
        LogicalType::Integer,
        LogicalType::Decimal {
            precision: 9,
            scale: 3,
        },
        LogicalType::Text,
        LogicalType::Timestamp,
        LogicalType::Date,
        LogicalType::Time,
        LogicalType::Ipv4,
        LogicalType::Flag,
        LogicalType::Long,
        LogicalType::Float,
        LogicalType::Boolean,
        LogicalType::Enum(words(&["low", "high"])),
        LogicalType::Enum(words(&["über", "two words"])),
    ];
    let parts = |prefix: &str| -> Vec<Field> {
        let all = plain.iter().enumerate();
        all.flat_map(|(number, kind)| {
            [false, true]
                .map(|nullable| field(&format!("{prefix}{number}{nullable}"), kind, nullable))
        })
        .collect()
    };
    let mut fields = parts("f");
    let inner = LogicalType::Struct(parts("g").into());
    let list = LogicalType::Array(Arc::new(field("element", &inner, false)));
    let lists = LogicalType::Array(Arc::new(field("element", &list, false)));
    let map = LogicalType::Map(Arc::new(field("value", &list, false)));
    for (name, kind) in [
        ("inner", &inner),
        ("list", &list),
        ("lists", &lists),
        ("my-map", &map),
    ] {
        fields.push(field(name, kind, false));
    }
    fields.push(field("perhaps", &inner, true));
    Schema::new(fields, None, Some("f0false")).unwrap()
}

#[test]
fn apaches_library_reads_every_schema_of_avro() {
    let everything = everything();
    let domains = Domain::ALL.map(|domain| (domain.name(), schema(domain)));
    for (name, schema) in domains.into_iter().chain([("every-thing", &everything)]) {
        let text = Formats.schema(name, Envelope::Emulation, schema, SchemaLanguage::Avro);
        let read =
            apache_avro::Schema::parse_str(&text).unwrap_or_else(|why| panic!("{why}: {text}"));
        let apache_avro::Schema::Record(record) = read else {
            panic!("{name} is no record")
        };
        assert_eq!(record.fields.len(), 2 + schema.fields().len());
    }
}

#[test]
fn json_schema_and_arrow_are_json_with_every_field() {
    let everything = everything();
    let text = |language| -> Value {
        serde_json::from_str(&Formats.schema(
            "every-thing",
            Envelope::Emulation,
            &everything,
            language,
        ))
        .unwrap()
    };
    let properties = &text(SchemaLanguage::JsonSchema)["properties"]["data"]["properties"];
    let fields = &text(SchemaLanguage::Arrow)["fields"];
    for (number, field) in everything.fields().iter().enumerate() {
        assert!(
            properties[&*field.name]["type"] != Value::Null,
            "{}",
            field.name
        );
        assert_eq!(fields[number + 2]["name"], *field.name);
    }
}
