//! The schema of a stream in every language. All follow from one [`Schema`].

mod arrow;
mod json_schema;
mod sql;

use emulator_domain::record::{Envelope, Schema};
use emulator_ports::SchemaLanguage;

use crate::avro::AvroSchema;
use crate::protobuf::ProtoSchema;

/// The schema of the stream `name`, as a text that ends with a line end.
pub(crate) fn write(
    name: &str,
    envelope: Envelope,
    schema: &Schema,
    language: SchemaLanguage,
) -> String {
    let fields = || envelope.fields().iter().chain(schema.fields());
    let mut text = match language {
        SchemaLanguage::Avro => AvroSchema::new(name, fields()).json(),
        SchemaLanguage::Proto => ProtoSchema::new(name, fields()).file(),
        SchemaLanguage::JsonSchema => pretty(&json_schema::message(name, envelope, schema)),
        SchemaLanguage::Sql => sql::table(name, envelope, schema),
        SchemaLanguage::Arrow => pretty(&arrow::schema(fields())),
    };
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

fn pretty(value: &serde_json::Value) -> String {
    serde_json::to_string_pretty(value).expect("a value is JSON")
}
