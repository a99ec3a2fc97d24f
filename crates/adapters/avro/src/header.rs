//! The header of a container file.

use std::collections::HashMap;
use std::io::Read;

use platform_avro::{Codec, MAGIC, varint};
use serde_json::{Value, json};
use warehouse_domain::dictionary::{Field, Kind, Table};

/// Maximum size of a header entry in bytes.
const LONGEST: usize = 1024 * 1024;

/// The header of a new file, including the sync marker that ends each block.
pub(crate) fn write(table: &Table, codec: Codec, marker: [u8; 16]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    let schema = schema(table).to_string();
    varint::write(2, &mut bytes);
    for (key, value) in [("avro.codec", codec.name()), ("avro.schema", &schema)] {
        for text in [key, value] {
            varint::write(text.len() as i64, &mut bytes);
            bytes.extend_from_slice(text.as_bytes());
        }
    }
    bytes.push(0);
    bytes.extend_from_slice(&marker);
    bytes
}

/// The record schema of a table.
fn schema(table: &Table) -> Value {
    let fields = table.fields().iter().map(|field| {
        let kind = type_of(field);
        let kind = if field.nullable {
            json!(["null", kind])
        } else {
            json!(kind)
        };
        json!({"name": field.name.as_str(), "type": kind})
    });
    json!({"type": "record", "name": table.name().as_str(), "fields": fields.collect::<Vec<_>>()})
}

fn type_of(field: &Field) -> &'static str {
    match field.kind {
        Kind::Integer { .. } => "int",
        Kind::Text { .. } | Kind::DateTime => "string",
    }
}

/// How a field is encoded in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    Required,
    /// A union with `null` as this branch; the value is the other one.
    Nullable {
        null: i64,
    },
}

/// The contents of a file's header.
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) columns: Vec<Column>,
    pub(crate) codec: Codec,
    pub(crate) marker: [u8; 16],
}

/// Reads the header of a backup of `table`, or explains what is wrong with it.
pub(crate) fn read(file: &mut impl Read, table: &Table) -> Result<Header, String> {
    let mut magic = [0; 4];
    fill(file, &mut magic)?;
    if magic != MAGIC {
        return Err("it is not an Avro container file".to_owned());
    }
    let entries = entries(file)?;
    let mut marker = [0; 16];
    fill(file, &mut marker)?;
    let schema = entries.get(&b"avro.schema"[..]).ok_or("it has no schema")?;
    let schema: Value = serde_json::from_slice(schema)
        .map_err(|error| format!("its schema is no JSON: {error}"))?;
    let codec = match entries.get(&b"avro.codec"[..]) {
        None => Codec::Null,
        Some(name) => Codec::named(name).ok_or_else(|| {
            format!(
                "its codec is {:?}, expected {}",
                String::from_utf8_lossy(name),
                Codec::ALL.map(Codec::name).join(", ")
            )
        })?,
    };
    Ok(Header {
        columns: columns(&schema, table)?,
        codec,
        marker,
    })
}

fn columns(schema: &Value, table: &Table) -> Result<Vec<Column>, String> {
    let name = schema["name"].as_str().unwrap_or_default();
    // The namespace is irrelevant.
    let name = name.rsplit('.').next().unwrap_or_default();
    if schema["type"] != "record" || name != table.name().as_str() {
        return Err(format!(
            "its records are {name:?}, expected {:?}",
            table.name().as_str()
        ));
    }
    let fields = schema["fields"].as_array().map_or(&[][..], Vec::as_slice);
    if fields.len() != table.fields().len() {
        return Err(format!(
            "its records have {} fields, expected {}",
            fields.len(),
            table.fields().len()
        ));
    }
    let columns = fields.iter().zip(table.fields()).map(|(found, field)| {
        if found["name"] != field.name.as_str() {
            return Err(format!(
                "it has a field {}, expected {:?}",
                found["name"],
                field.name.as_str()
            ));
        }
        column(&found["type"], field).ok_or_else(|| {
            format!(
                "its field {} is of the type {}, expected {}",
                field.name,
                found["type"],
                type_of(field)
            )
        })
    });
    columns.collect()
}

fn column(found: &Value, field: &Field) -> Option<Column> {
    // With a logical type or other properties, the type is an object.
    let is = |found: &Value, name| found == name || found["type"] == name;
    let wanted = type_of(field);
    match found.as_array().map(Vec::as_slice) {
        None => is(found, wanted).then_some(Column::Required),
        Some([null, value]) if is(null, "null") && is(value, wanted) => {
            Some(Column::Nullable { null: 0 })
        }
        Some([value, null]) if is(null, "null") && is(value, wanted) => {
            Some(Column::Nullable { null: 1 })
        }
        Some(_) => None,
    }
}

/// A map of strings, encoded in blocks. A negative count is followed by the block's size.
fn entries(file: &mut impl Read) -> Result<HashMap<Vec<u8>, Vec<u8>>, String> {
    let mut entries = HashMap::new();
    loop {
        let count = number(file)?;
        if count == 0 {
            return Ok(entries);
        }
        if count < 0 {
            number(file)?;
        }
        for _ in 0..count.unsigned_abs() {
            let key = text(file)?;
            entries.insert(key, text(file)?);
        }
    }
}

fn text(file: &mut impl Read) -> Result<Vec<u8>, String> {
    let length = number(file)?;
    let length = usize::try_from(length)
        .ok()
        .filter(|length| *length <= LONGEST)
        .ok_or_else(|| format!("its header has an entry of {length} bytes"))?;
    let mut text = vec![0; length];
    fill(file, &mut text)?;
    Ok(text)
}

/// Decodes a varint byte by byte.
pub(crate) fn number(file: &mut impl Read) -> Result<i64, String> {
    let mut bytes = Vec::with_capacity(10);
    loop {
        let mut byte = [0];
        fill(file, &mut byte)?;
        bytes.push(byte[0]);
        if byte[0] & 0x80 == 0 || bytes.len() == 10 {
            return varint::read(&mut &*bytes).ok_or_else(|| "a number in it is broken".to_owned());
        }
    }
}

pub(crate) fn fill(file: &mut impl Read, bytes: &mut [u8]) -> Result<(), String> {
    file.read_exact(bytes).map_err(|error| match error.kind() {
        std::io::ErrorKind::UnexpectedEof => "it ends in the middle".to_owned(),
        _ => format!("it cannot be read: {error}"),
    })
}
