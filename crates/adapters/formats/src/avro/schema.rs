//! The Avro schema of a stream.

use std::collections::HashSet;

use emulator_domain::Dataset;
use emulator_domain::record::{Field, LogicalType};

use crate::names::{NAMESPACE, Names, identifier, is_identifier, type_name};

/// The marker of single-object encoding.
const SINGLE_OBJECT: [u8; 2] = [0xc3, 0x01];

/// Envelope and record as one record.
pub(crate) struct AvroSchema(AvroType);

/// A named value.
pub(crate) struct AvroField {
    name: String,
    doc: String,
    pub(crate) value: AvroValue,
}

/// How a value is encoded.
pub(crate) struct AvroValue {
    pub(crate) kind: AvroType,
    /// Encoded as a union of null and the type.
    pub(crate) nullable: bool,
}

pub(crate) enum AvroType {
    /// A primitive type, and its annotations in the schema.
    Primitive(Primitive, Option<String>),
    Enum {
        name: String,
        symbols: Vec<String>,
    },
    Record {
        name: String,
        fields: Vec<AvroField>,
    },
    Array(Box<AvroValue>),
    Map(Box<AvroValue>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Primitive {
    Boolean,
    Int,
    Long,
    Double,
    Bytes,
    String,
}

impl Primitive {
    const fn name(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Int => "int",
            Self::Long => "long",
            Self::Double => "double",
            Self::Bytes => "bytes",
            Self::String => "string",
        }
    }

    const fn plain(self) -> AvroType {
        AvroType::Primitive(self, None)
    }

    fn logical(self, name: &str) -> AvroType {
        AvroType::Primitive(self, Some(format!(r#""logicalType": "{name}""#)))
    }
}

impl AvroValue {
    /// `path` is the prefix for the names of nested records, which must be unique.
    fn of(field: &Field, path: &str) -> Self {
        Self {
            kind: AvroType::of(&field.logical_type, path),
            nullable: field.nullable,
        }
    }

    fn write(&self, canonical: bool) -> String {
        let kind = self.kind.write(canonical);
        match (self.nullable, canonical) {
            (false, _) => kind,
            (true, true) => format!(r#"["null",{kind}]"#),
            (true, false) => format!(r#"["null", {kind}]"#),
        }
    }
}

impl AvroType {
    fn of(logical_type: &LogicalType, path: &str) -> Self {
        match logical_type {
            LogicalType::Uuid => Primitive::String.logical("uuid"),
            LogicalType::Integer | LogicalType::Long => Primitive::Long.plain(),
            LogicalType::Decimal { precision, scale } => {
                let logical = r#""logicalType": "decimal""#;
                let text = format!(r#"{logical}, "precision": {precision}, "scale": {scale}"#);
                Self::Primitive(Primitive::Bytes, Some(text))
            }
            LogicalType::Text | LogicalType::Ipv4 => Primitive::String.plain(),
            LogicalType::Timestamp => Primitive::Long.logical("timestamp-micros"),
            LogicalType::Date => Primitive::Int.logical("date"),
            LogicalType::Time => Primitive::Long.logical("time-micros"),
            LogicalType::Flag => Primitive::Int.plain(),
            LogicalType::Float => Primitive::Double.plain(),
            LogicalType::Boolean => Primitive::Boolean.plain(),
            LogicalType::Enum(words) if are_symbols(words) => {
                let symbols = words.iter().map(|word| word.to_string()).collect();
                let name = path.to_owned();
                Self::Enum { name, symbols }
            }
            // Symbols must be valid names, which these words are not.
            LogicalType::Enum(_) => Primitive::String.plain(),
            LogicalType::Struct(fields) => Self::record(path.to_owned(), fields.iter()),
            LogicalType::Array(element) => Self::Array(Box::new(AvroValue::of(element, path))),
            LogicalType::Map(value) => Self::Map(Box::new(AvroValue::of(value, path))),
        }
    }

    fn record<'f>(name: String, fields: impl IntoIterator<Item = &'f Field>) -> Self {
        let mut names = Names::default();
        let fields = fields.into_iter().map(|field| {
            let own = names.add(identifier(&field.name), str::to_owned);
            AvroField {
                value: AvroValue::of(field, &format!("{name}_{own}")),
                name: own,
                doc: field.meaning.to_string(),
            }
        });
        Self::Record {
            fields: fields.collect(),
            name,
        }
    }

    fn write(&self, canonical: bool) -> String {
        match (self, canonical) {
            (Self::Primitive(primitive, Some(more)), false) => {
                format!(r#"{{"type": "{}", {more}}}"#, primitive.name())
            }
            (Self::Primitive(primitive, _), _) => format!(r#""{}""#, primitive.name()),
            (Self::Enum { name, symbols }, canonical) => {
                let symbols: Vec<_> = symbols.iter().map(|word| format!("\"{word}\"")).collect();
                let symbols = symbols.join(",");
                match canonical {
                    true => format!(
                        r#"{{"name":"{NAMESPACE}.{name}","type":"enum","symbols":[{symbols}]}}"#
                    ),
                    false => {
                        format!(r#"{{"type": "enum", "name": "{name}", "symbols": [{symbols}]}}"#)
                    }
                }
            }
            (Self::Record { name, fields }, true) => {
                let fields: Vec<_> = fields.iter().map(|field| field.write(true)).collect();
                format!(
                    r#"{{"name":"{NAMESPACE}.{name}","type":"record","fields":[{}]}}"#,
                    fields.join(",")
                )
            }
            (Self::Record { name, fields }, false) => {
                let fields: Vec<_> = fields.iter().map(|field| field.write(false)).collect();
                format!(
                    "{{\"type\": \"record\", \"name\": \"{name}\", \"namespace\": \
                     \"{NAMESPACE}\", \"fields\": [\n{}\n]}}",
                    fields.join(",\n")
                )
            }
            (Self::Array(element), true) => {
                format!(r#"{{"type":"array","items":{}}}"#, element.write(true))
            }
            (Self::Array(element), false) => {
                format!(r#"{{"type": "array", "items": {}}}"#, element.write(false))
            }
            (Self::Map(value), true) => {
                format!(r#"{{"type":"map","values":{}}}"#, value.write(true))
            }
            (Self::Map(value), false) => {
                format!(r#"{{"type": "map", "values": {}}}"#, value.write(false))
            }
        }
    }
}

impl AvroField {
    fn write(&self, canonical: bool) -> String {
        let (name, kind) = (&self.name, self.value.write(canonical));
        if canonical {
            return format!(r#"{{"name":"{name}","type":{kind}}}"#);
        }
        let default = if self.value.nullable {
            r#", "default": null"#
        } else {
            ""
        };
        let doc = serde_json::Value::from(self.doc.as_str());
        format!(r#"  {{"name": "{name}", "type": {kind}{default}, "doc": {doc}}}"#)
    }
}

impl AvroSchema {
    /// A record of these fields, named after the stream `name`.
    pub(crate) fn new<'f>(name: &str, fields: impl IntoIterator<Item = &'f Field>) -> Self {
        Self(AvroType::record(type_name(name), fields))
    }

    /// The schema of a dataset's records.
    pub(crate) fn of(dataset: &Dataset) -> Self {
        let (envelope, fields) = (dataset.envelope().fields(), dataset.schema().fields());
        Self::new(&dataset.name(), envelope.iter().chain(fields))
    }

    /// How a record is encoded.
    pub(crate) const fn record(&self) -> &AvroType {
        &self.0
    }

    /// The complete schema as JSON.
    pub(crate) fn json(&self) -> String {
        self.0.write(false)
    }

    /// The 64-bit Rabin fingerprint of the Parsing Canonical Form, which keeps only what matters
    /// for decoding.
    pub(crate) fn fingerprint(&self) -> u64 {
        rabin(self.0.write(true).as_bytes())
    }

    /// The prefix of a datum in single-object encoding.
    pub(crate) fn single_object(&self) -> Vec<u8> {
        let fingerprint = self.fingerprint().to_le_bytes();
        [&SINGLE_OBJECT[..], &fingerprint].concat()
    }
}

/// Whether these words are valid Avro symbols.
fn are_symbols(words: &[Box<str>]) -> bool {
    let distinct: HashSet<_> = words.iter().collect();
    distinct.len() == words.len() && words.iter().all(|word| is_identifier(word))
}

/// The fingerprint defined by the Avro specification (CRC-64-AVRO).
pub(super) fn rabin(bytes: &[u8]) -> u64 {
    const EMPTY: u64 = 0xc15d_213a_a4d7_a795;
    bytes.iter().fold(EMPTY, |fingerprint, byte| {
        let mut low = (fingerprint ^ u64::from(*byte)) & 0xff;
        for _ in 0..8 {
            low = (low >> 1) ^ (EMPTY & (low & 1).wrapping_neg());
        }
        (fingerprint >> 8) ^ low
    })
}
