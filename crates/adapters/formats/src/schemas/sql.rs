//! A PostgreSQL table with a column for each field of envelope and record.

use emulator_domain::record::{Envelope, LogicalType, Schema};

use crate::names::identifier;

pub(super) fn table(name: &str, envelope: Envelope, schema: &Schema) -> String {
    let mut lines = Vec::new();
    for field in envelope.fields().iter().chain(schema.fields()) {
        let null = if field.nullable { "" } else { " NOT NULL" };
        let (name, column) = (quoted(&field.name), column(&field.logical_type));
        lines.push((format!("{name} {column}{null}"), &*field.meaning));
    }
    let id = schema.id().map(|id| quoted(&schema.fields()[id].name));
    if let Some(id) = id {
        let columns = match envelope {
            Envelope::None => id,
            Envelope::Emulation => format!("\"emulation_id\", {id}"),
        };
        lines.push((format!("PRIMARY KEY ({columns})"), ""));
    }
    let mut text = format!("CREATE TABLE {} (\n", identifier(name));
    for (number, (line, meaning)) in lines.iter().enumerate() {
        let comma = if number + 1 == lines.len() { "" } else { "," };
        let comment = match meaning.replace('\n', " ") {
            meaning if meaning.is_empty() => meaning,
            meaning => format!(" -- {meaning}"),
        };
        text.push_str(&format!("    {line}{comma}{comment}\n"));
    }
    text + ");\n"
}

/// A quoted identifier, because field names may be SQL keywords.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn column(logical_type: &LogicalType) -> String {
    match logical_type {
        LogicalType::Uuid => "UUID",
        LogicalType::Integer | LogicalType::Long => "BIGINT",
        LogicalType::Decimal { precision, scale } => {
            return format!("NUMERIC({precision}, {scale})");
        }
        LogicalType::Text | LogicalType::Enum(_) => "TEXT",
        LogicalType::Timestamp => "TIMESTAMPTZ",
        LogicalType::Date => "DATE",
        LogicalType::Time => "TIME",
        LogicalType::Ipv4 => "INET",
        LogicalType::Flag => "SMALLINT",
        LogicalType::Float => "DOUBLE PRECISION",
        LogicalType::Boolean => "BOOLEAN",
        LogicalType::Struct(_) | LogicalType::Array(_) | LogicalType::Map(_) => "JSONB",
    }
    .to_owned()
}
