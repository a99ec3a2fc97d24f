//! The schema of a stream in every language. All follow from one [`Schema`].

mod arrow;
mod json_schema;
mod proto;
mod sql;

use emulator_domain::record::Schema;
use emulator_ports::SchemaLanguage;

use crate::avro::AvroSchema;

/// The schema of the stream `name`, as a text that ends with a line end.
pub(crate) fn write(name: &str, schema: &Schema, language: SchemaLanguage) -> String {
    let mut text = match language {
        SchemaLanguage::Avro => AvroSchema::new(name, schema).json(),
        SchemaLanguage::Proto => proto::file(name, schema),
        SchemaLanguage::JsonSchema => pretty(&json_schema::envelope(name, schema)),
        SchemaLanguage::Sql => sql::table(name, schema),
        SchemaLanguage::Arrow => pretty(&arrow::schema(schema)),
    };
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

fn pretty(value: &serde_json::Value) -> String {
    serde_json::to_string_pretty(value).expect("a value is JSON")
}
