//! The Protobuf schema of a stream.
//!
//! Values stay nullable at every level of nesting. Where Protobuf cannot express that (a nullable
//! list or map, a list in a list, a nullable element), a wrapper message with one field is
//! inserted.

use emulator_domain::Dataset;
use emulator_domain::record::{Field, LogicalType};

use crate::names::{NAMESPACE, Names, folded, identifier, type_name};

/// A message whose fields are numbered from 1, in order.
pub(crate) struct ProtoSchema {
    name: String,
    fields: Vec<ProtoField>,
}

pub(crate) struct ProtoField {
    name: String,
    meaning: String,
    pub(crate) number: u64,
    pub(crate) label: Label,
    pub(crate) kind: ProtoKind,
}

/// The cardinality of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    /// Exactly once.
    One,
    /// Once or not at all.
    Optional,
    /// Any number of times.
    Repeated,
    /// Any number of times, each with a text as its key.
    Map,
}

/// How a value is encoded.
pub(crate) enum ProtoKind {
    String,
    Uint32,
    Int64,
    Double,
    Bool,
    Timestamp,
    Message {
        name: String,
        fields: Vec<ProtoField>,
        content: Content,
    },
}

/// The purpose of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// The fields of a struct.
    Fields,
    /// The value itself, as its only field.
    Value,
}

impl ProtoSchema {
    /// A message of these fields, named after the stream `name`.
    pub(crate) fn new<'f>(name: &str, fields: impl IntoIterator<Item = &'f Field>) -> Self {
        Self {
            name: type_name(name),
            fields: all(fields),
        }
    }

    /// The schema of a dataset's records.
    pub(crate) fn of(dataset: &Dataset) -> Self {
        let (envelope, fields) = (dataset.envelope().fields(), dataset.schema().fields());
        Self::new(&dataset.name(), envelope.iter().chain(fields))
    }

    /// The fields, in the order of their numbers.
    pub(crate) fn fields(&self) -> &[ProtoField] {
        &self.fields
    }

    /// A `.proto` file.
    pub(crate) fn file(&self) -> String {
        format!(
            "syntax = \"proto3\";\n\npackage {NAMESPACE};\n\nimport \
             \"google/protobuf/timestamp.proto\";\n\n{}",
            message(&self.name, &self.fields)
        )
    }
}

fn all<'f>(fields: impl IntoIterator<Item = &'f Field>) -> Vec<ProtoField> {
    let mut names = Names::default();
    let fields = fields.into_iter().zip(1..).map(|(field, number)| {
        let name = names.add(identifier(&field.name), folded);
        ProtoField::new(field, name, number)
    });
    let mut fields: Vec<_> = fields.collect();
    // Messages share a namespace with the fields of the enclosing message.
    let mut names = Names::default();
    for field in &fields {
        names.add(field.name.clone(), str::to_owned);
    }
    for field in &mut fields {
        if let ProtoKind::Message { name, .. } = &mut field.kind {
            *name = names.add(std::mem::take(name), str::to_owned);
        }
    }
    fields
}

impl ProtoField {
    fn new(field: &Field, name: String, number: u64) -> Self {
        let (label, kind) = match &field.logical_type {
            LogicalType::Array(_) | LogicalType::Map(_) if field.nullable => {
                (Label::One, wrapped(&name, "Values", "values", field))
            }
            LogicalType::Array(element) => (Label::Repeated, single(element, &name)),
            LogicalType::Map(value) => (Label::Map, single(value, &name)),
            _ if field.nullable => (Label::Optional, ProtoKind::new(&field.logical_type, &name)),
            _ => (Label::One, ProtoKind::new(&field.logical_type, &name)),
        };
        Self {
            meaning: field.meaning.replace('\n', " "),
            name,
            number,
            label,
            kind,
        }
    }

    fn line(&self) -> String {
        let kind = match &self.kind {
            ProtoKind::String => "string",
            ProtoKind::Uint32 => "uint32",
            ProtoKind::Int64 => "int64",
            ProtoKind::Double => "double",
            ProtoKind::Bool => "bool",
            ProtoKind::Timestamp => "google.protobuf.Timestamp",
            ProtoKind::Message { name, .. } => name,
        };
        let (name, number) = (&self.name, self.number);
        let comment = match &*self.meaning {
            "" => String::new(),
            meaning => format!("  // {meaning}\n"),
        };
        let kind = match self.label {
            Label::One => kind.to_owned(),
            Label::Optional => format!("optional {kind}"),
            Label::Repeated => format!("repeated {kind}"),
            Label::Map => format!("map<string, {kind}>"),
        };
        format!("{comment}  {kind} {name} = {number};\n")
    }
}

/// A value that is always present, such as an element.
fn single(field: &Field, name: &str) -> ProtoKind {
    match &field.logical_type {
        _ if field.nullable => wrapped(name, "Item", "value", field),
        LogicalType::Array(_) | LogicalType::Map(_) => wrapped(name, "Values", "values", field),
        logical_type => ProtoKind::new(logical_type, name),
    }
}

/// A wrapper message for a value that cannot stand in this position alone.
fn wrapped(name: &str, ending: &str, inner: &str, field: &Field) -> ProtoKind {
    let is_container = matches!(
        field.logical_type,
        LogicalType::Array(_) | LogicalType::Map(_)
    );
    let inside = Field {
        meaning: "".into(),
        // For containers, the wrapper message says whether the value is present.
        nullable: field.nullable && !is_container,
        ..field.clone()
    };
    let is_item = is_container && ending == "Item";
    let field = match is_item {
        true => ProtoField {
            label: Label::One,
            kind: wrapped(inner, "Values", "values", &inside),
            ..ProtoField::new(&inside, inner.to_owned(), 1)
        },
        false => ProtoField::new(&inside, inner.to_owned(), 1),
    };
    ProtoKind::Message {
        name: type_name(name) + ending,
        fields: vec![field],
        content: Content::Value,
    }
}

impl ProtoKind {
    fn new(logical_type: &LogicalType, name: &str) -> Self {
        match logical_type {
            LogicalType::Uuid
            | LogicalType::Decimal { .. }
            | LogicalType::Text
            | LogicalType::Date
            | LogicalType::Time
            | LogicalType::Ipv4
            | LogicalType::Enum(_) => Self::String,
            LogicalType::Integer | LogicalType::Flag => Self::Uint32,
            LogicalType::Long => Self::Int64,
            LogicalType::Float => Self::Double,
            LogicalType::Boolean => Self::Bool,
            LogicalType::Timestamp => Self::Timestamp,
            LogicalType::Struct(fields) => Self::Message {
                name: type_name(name),
                fields: all(fields.iter()),
                content: Content::Fields,
            },
            LogicalType::Array(_) | LogicalType::Map(_) => {
                unreachable!("a message stands around containers")
            }
        }
    }
}

fn message(name: &str, fields: &[ProtoField]) -> String {
    let (mut inner, mut lines) = (String::new(), String::new());
    for field in fields {
        if let ProtoKind::Message { name, fields, .. } = &field.kind {
            inner += &message(name, fields);
        }
        lines += &field.line();
    }
    let inner = inner.lines().map(|line| format!("  {line}\n"));
    format!(
        "message {name} {{\n{}{lines}}}\n",
        inner.collect::<String>()
    )
}
