//! A `.proto` file: envelope and record as one message.

use emulator_domain::record::{Field, LogicalType, Schema};

use crate::names::{identifier, type_name};

pub(super) fn file(name: &str, schema: &Schema) -> String {
    let fields = Schema::envelope().iter().chain(schema.fields());
    let message = message(&type_name(name), fields);
    format!(
        "syntax = \"proto3\";\n\npackage data_emulator;\n\nimport \
         \"google/protobuf/timestamp.proto\";\n\n{message}"
    )
}

/// Fields are numbered from 1 in their order.
fn message<'f>(name: &str, fields: impl IntoIterator<Item = &'f Field>) -> String {
    let (mut inner, mut lines) = (String::new(), String::new());
    for (field, number) in fields.into_iter().zip(1..) {
        let name = identifier(&field.name);
        let (label, kind) = labelled(field, &mut inner);
        if !field.meaning.is_empty() {
            lines += &format!("  // {}\n", field.meaning.replace('\n', " "));
        }
        lines += &format!("  {label}{kind} {name} = {number};\n");
    }
    format!("message {name} {{\n{}{lines}}}\n", indented(&inner))
}

fn labelled(field: &Field, inner: &mut String) -> (&'static str, String) {
    match &field.logical_type {
        LogicalType::Array(element) => ("repeated ", single(element, &field.name, inner)),
        LogicalType::Map(value) => {
            let value = single(value, &field.name, inner);
            ("", format!("map<string, {value}>"))
        }
        _ => {
            let label = if field.nullable { "optional " } else { "" };
            (label, single(field, &field.name, inner))
        }
    }
}

/// The type of a value that is neither repeated nor a map; a message within `inner` where it has
/// parts, which is called as the field `name` is.
fn single(field: &Field, name: &str, inner: &mut String) -> String {
    match &field.logical_type {
        LogicalType::Uuid
        | LogicalType::Decimal { .. }
        | LogicalType::Text
        | LogicalType::Date
        | LogicalType::Time
        | LogicalType::Ipv4
        | LogicalType::Enum(_) => "string".to_owned(),
        LogicalType::Integer | LogicalType::Flag => "uint32".to_owned(),
        LogicalType::Long => "int64".to_owned(),
        LogicalType::Float => "double".to_owned(),
        LogicalType::Boolean => "bool".to_owned(),
        LogicalType::Timestamp => "google.protobuf.Timestamp".to_owned(),
        LogicalType::Struct(fields) => {
            let name = type_name(name);
            *inner += &message(&name, fields.iter());
            name
        }
        LogicalType::Array(_) | LogicalType::Map(_) => {
            let name = type_name(name) + "Values";
            let values = Field {
                name: "values".into(),
                ..field.clone()
            };
            *inner += &message(&name, [&values]);
            name
        }
    }
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}
