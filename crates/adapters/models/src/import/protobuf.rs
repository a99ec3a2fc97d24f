//! Protobuf files: each message that is no field of another becomes a stream.

use emulator_model::ModelError;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, EnumDescriptorProto, FieldDescriptorProto};

use super::draft::{Draft, Field, Fields, Kind, SOMETIMES_NULL, Table};
use super::{choice, error};

pub(super) fn read(text: &str) -> Result<Draft, ModelError> {
    let file = protox_parse::parse("model.proto", text)
        .map_err(|cause| error(format!("this is no Protobuf: {cause}")))?;
    let mut types = Types::default();
    for message in &file.message_type {
        types.add("", message);
    }
    for kind in &file.enum_type {
        types.enums.push((kind.name().to_owned(), kind));
    }
    let used: Vec<&str> = types.used().collect();
    let is_root =
        |message: &&DescriptorProto| !message.field.is_empty() && !used.contains(&message.name());
    let mut roots: Vec<_> = file.message_type.iter().filter(is_root).collect();
    if roots.is_empty() {
        // Messages that contain each other.
        roots.extend(
            file.message_type
                .iter()
                .find(|message| !message.field.is_empty()),
        );
    }
    let tables: Vec<_> = roots
        .into_iter()
        .filter_map(|message| {
            let fields = types.fields(message, &mut Vec::new()).if_any()?;
            Some(Table::events(message.name(), fields))
        })
        .collect();
    if tables.is_empty() {
        return Err(error(
            "the file has no message with fields; expected one".to_owned(),
        ));
    }
    Ok(Draft { tables })
}

/// The messages and enums of a file by name, nested ones as `Outer.Inner`.
#[derive(Default)]
struct Types<'f> {
    messages: Vec<(String, &'f DescriptorProto)>,
    enums: Vec<(String, &'f EnumDescriptorProto)>,
}

impl<'f> Types<'f> {
    fn add(&mut self, outer: &str, message: &'f DescriptorProto) {
        let name = format!("{outer}{}", message.name());
        let within = format!("{name}.");
        for inner in &message.nested_type {
            self.add(&within, inner);
        }
        for kind in &message.enum_type {
            self.enums.push((format!("{within}{}", kind.name()), kind));
        }
        self.messages.push((name, message));
    }

    /// The names of messages that are fields of others.
    fn used(&self) -> impl Iterator<Item = &'f str> {
        let fields = self.messages.iter().flat_map(|(name, message)| {
            let others = message.field.iter().map(|field| field.type_name());
            // A message that contains only itself is not part of another.
            let own = last(name).to_owned();
            others.map(last).filter(move |name| *name != own)
        });
        fields.filter(|name| !name.is_empty())
    }

    fn fields(&self, message: &'f DescriptorProto, open: &mut Vec<&'f str>) -> Fields {
        open.push(message.name());
        let mut fields = Fields::default();
        for field in &message.field {
            fields.add(field.name(), self.field(message, field, open));
        }
        open.pop();
        fields
    }

    /// `None` if the message is recursive or defined in another file.
    fn field(
        &self,
        message: &'f DescriptorProto,
        proto: &'f FieldDescriptorProto,
        open: &mut Vec<&'f str>,
    ) -> Option<Field> {
        let name = proto.name();
        let is_repeated = proto.label() == Label::Repeated;
        let type_name = last(proto.type_name());
        if let Some(entry) = message.nested_type.iter().find(|inner| {
            inner.name() == type_name
                && inner
                    .options
                    .as_ref()
                    .is_some_and(|options| options.map_entry())
        }) {
            let value = entry.field.iter().find(|field| field.name() == "value")?;
            let value = self.field(entry, value, open)?;
            return Some(Field::new(name, Kind::Map(value.into())));
        }
        let kind = match proto.r#type.map(|_| proto.r#type()) {
            Some(Type::Double | Type::Float) => Kind::Float,
            Some(Type::Int64 | Type::Sint64 | Type::Sfixed64) => integer(i64::MIN, i64::MAX),
            Some(Type::Int32 | Type::Sint32 | Type::Sfixed32) => {
                integer(i32::MIN.into(), i32::MAX.into())
            }
            Some(Type::Uint64 | Type::Fixed64) => integer(0, i64::MAX),
            Some(Type::Uint32 | Type::Fixed32) => integer(0, u32::MAX.into()),
            Some(Type::Bool) => Kind::Boolean,
            Some(Type::String) => Kind::Text(None),
            Some(Type::Bytes) => Kind::Bytes,
            _ => self.named(proto.type_name(), open)?,
        };
        let mut field = match is_repeated {
            true => Field::new(name, Kind::Array(Field::new("item", kind).into())),
            false => Field::new(name, kind),
        };
        if proto.proto3_optional()
            || proto.label() == Label::Optional && proto.oneof_index.is_some()
        {
            field.make_nullable();
            if !proto.proto3_optional() {
                field.null = SOMETIMES_NULL.max(0.5);
                field.note("one of several fields in the schema, here on its own");
            }
        }
        Some(field)
    }

    /// The type with that name; if several names match, the longest.
    fn named(&self, name: &str, open: &mut Vec<&'f str>) -> Option<Kind> {
        match name.trim_start_matches('.') {
            "google.protobuf.Timestamp" => return Some(Kind::Timestamp),
            "google.protobuf.BoolValue" => return Some(Kind::Boolean),
            "google.protobuf.StringValue" => return Some(Kind::Text(None)),
            "google.protobuf.BytesValue" => return Some(Kind::Bytes),
            "google.protobuf.DoubleValue" | "google.protobuf.FloatValue" => {
                return Some(Kind::Float);
            }
            "google.protobuf.Int32Value" => return Some(integer(i32::MIN.into(), i32::MAX.into())),
            "google.protobuf.UInt32Value" => return Some(integer(0, u32::MAX.into())),
            "google.protobuf.Int64Value" => return Some(integer(i64::MIN, i64::MAX)),
            "google.protobuf.UInt64Value" => return Some(integer(0, i64::MAX)),
            "google.type.Date" => return Some(Kind::Date),
            _ => {}
        }
        let ends = |known: &str| known == name || known.rsplit('.').next() == Some(last(name));
        if let Some((_, kind)) = self.enums.iter().find(|(known, _)| ends(known)) {
            return Some(choice(kind.value.iter().map(|value| value.name())));
        }
        let (_, message) = self.messages.iter().find(|(known, _)| ends(known))?;
        if open.contains(&message.name()) {
            return None;
        }
        self.fields(message, open).if_any().map(Kind::Struct)
    }
}

const fn integer(min: i64, max: i64) -> Kind {
    Kind::Integer { min, max }
}

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}
