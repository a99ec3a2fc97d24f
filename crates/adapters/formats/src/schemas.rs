//! The schema of a stream in every schema language, all derived from one [`Schema`].

mod arrow;
mod json_schema;
mod sql;

use emulator_domain::record::{Envelope, Field, Schema};
use emulator_ports::{MessageSchema, SchemaLanguage};

use crate::avro::schema::AvroSchema;
use crate::names::{NAMESPACE, type_name};
use crate::protobuf::schema::ProtoSchema;

/// The schema of the stream `name`, as text that ends with a newline.
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

/// The message schema of the stream `name` with these fields, as a registry expects it.
pub(crate) fn of_messages(
    name: &str,
    envelope: Envelope,
    schema: &Schema,
    language: SchemaLanguage,
) -> MessageSchema {
    MessageSchema {
        language,
        text: write(name, envelope, schema, language),
        record: record_name(name, language),
    }
}

/// The schema of a record whose only field is `field`.
pub(crate) fn of_key(name: &str, field: &Field, language: SchemaLanguage) -> MessageSchema {
    let schema = Schema::new(vec![field.clone()], None, None).expect("a field has a name");
    of_messages(name, Envelope::None, &schema, language)
}

/// The record name that subject naming strategies use.
fn record_name(name: &str, language: SchemaLanguage) -> String {
    match language {
        // The title of a JSON Schema has no namespace.
        SchemaLanguage::JsonSchema => type_name(name),
        _ => format!("{NAMESPACE}.{}", type_name(name)),
    }
}

fn pretty(value: &serde_json::Value) -> String {
    serde_json::to_string_pretty(value).expect("a value is JSON")
}
