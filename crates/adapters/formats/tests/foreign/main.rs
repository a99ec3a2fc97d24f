//! Records of any schema through Avro and Protobuf, and back through others' libraries.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

mod avro;
mod parquet;
mod protobuf;
mod schemas;
mod stream;

use std::sync::Arc;

use adapter_formats::Formats;
use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::types::Value as Avro;
use emulator_domain::emulation::EmulationId;
use emulator_domain::plan::{EmulationPlan, Format, PlanSpec, Sink};
use emulator_domain::record::{Envelope, Field, LogicalType, Stream, Value};
use emulator_domain::{Dataset, Domain, Seed, Timestamp};
use emulator_ports::{Batch, Encoders, SchemaId, SchemaIds, SchemaLanguage};
use proptest::prelude::*;
use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor,
    ReflectMessage, Value as Proto,
};
use uuid::Uuid;

use self::stream::{Fixed, fields};

const ROWS: usize = 7;
/// How many records of a domain are read back.
const RECORDS: u64 = 3000;
/// What a single object has before its datum, and a registered message of Protobuf.
const AVRO_MARK: usize = 10;
const PROTO_MARK: usize = 6;

fn id() -> EmulationId {
    EmulationId::new(Uuid::from_u128(0x0123_4567_89ab_4def_8123_4567_89ab_cdef))
}

/// A run of a domain, whose times need microseconds.
fn spec(domain: Domain, sink: Sink, format: Format) -> PlanSpec {
    PlanSpec {
        seed: Seed::new(7),
        start_time: Timestamp::from_micros(1_767_225_600_000_001).unwrap(),
        ..PlanSpec::new(domain, sink, format)
    }
}

/// The records and their schema as messages of the format.
fn written(fixed: &Arc<Fixed>, format: Format, language: SchemaLanguage) -> (Batch, String) {
    let stream: Arc<dyn Stream> = fixed.clone();
    let dataset = Dataset::from(stream);
    let (envelope, schema) = (dataset.envelope(), fixed.schema());
    let text = Formats.schema(&dataset.name(), envelope, schema, language);
    let plan = EmulationPlan::new(PlanSpec::new(dataset.clone(), Sink::Kafka, format)).unwrap();
    let id = EmulationId::new(Uuid::from_u128(1));
    let registered = SchemaIds {
        value: (format == Format::Protobuf).then_some(SchemaId(9)),
        key: None,
    };
    let mut batch = Batch::default();
    let encoder = Formats.encoder(id, &plan, registered);
    encoder.encode(0..ROWS as u64, &mut batch).unwrap();
    (batch, text)
}

fn is_same_in_avro(value: Value<'_>, field: &Field, found: &Avro) -> bool {
    let found = match (field.nullable, value, found) {
        (true, Value::Null | Value::Missing, found) => {
            return *found == Avro::Union(0, Box::new(Avro::Null));
        }
        (true, _, Avro::Union(1, found)) => &**found,
        (true, ..) => return false,
        (false, _, found) => found,
    };
    match (value, found) {
        (Value::Boolean(value), Avro::Boolean(found)) => value == *found,
        (Value::Long(value), Avro::Long(found)) => value == *found,
        (Value::Float(value), Avro::Double(found)) => value.to_bits() == found.to_bits(),
        (Value::Decimal { unscaled, .. }, Avro::Decimal(found)) => {
            let bytes: Vec<u8> = found.try_into().unwrap();
            let first = i128::from(bytes[0].cast_signed());
            let more = bytes[1..].iter();
            i128::from(unscaled) == more.fold(first, |sum, byte| sum << 8 | i128::from(*byte))
        }
        (Value::Text(value), Avro::String(found) | Avro::Enum(_, found)) => value == found,
        (Value::Uuid(value), Avro::Uuid(found)) => value == *found,
        (Value::Date(value), Avro::Date(found)) => value.days() == *found,
        (Value::Time(value), Avro::TimeMicros(found)) => value == *found,
        (Value::Timestamp(value), Avro::TimestampMicros(found)) => value.micros() == *found,
        (Value::Struct(values), Avro::Record(found)) => {
            let LogicalType::Struct(fields) = &field.logical_type else {
                return false;
            };
            found.len() == fields.len()
                && (values.fields(fields).zip(found))
                    .all(|((field, value), (_, found))| is_same_in_avro(value, field, found))
        }
        (Value::Array(values), Avro::Array(found)) => {
            let LogicalType::Array(element) = &field.logical_type else {
                return false;
            };
            values.values().len() == found.len()
                && (values.values().zip(found))
                    .all(|(value, found)| is_same_in_avro(value, element, found))
        }
        (Value::Map(values), Avro::Map(found)) => {
            let LogicalType::Map(of) = &field.logical_type else {
                return false;
            };
            values.entries().len() == found.len()
                && (values.entries()).all(|(key, value)| is_same_in_avro(value, of, &found[key]))
        }
        _ => false,
    }
}

fn descriptor(text: &str) -> MessageDescriptor {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("stream.proto"), text).unwrap();
    let files = protox::compile(["stream.proto"], [folder.path()]);
    let files = files.unwrap_or_else(|why| panic!("{why:?}: {text}"));
    let pool = DescriptorPool::from_file_descriptor_set(files).unwrap();
    pool.get_message_by_name("data_emulator.AnyThing").unwrap()
}

/// A field of a message, which may be absent.
fn is_same_in_message(
    value: Value<'_>,
    field: &Field,
    message: &DynamicMessage,
    of: &FieldDescriptor,
) -> bool {
    let is_absent = matches!(value, Value::Null | Value::Missing);
    if is_absent {
        return of.supports_presence() && !message.has_field(of);
    }
    let is_there = !of.supports_presence() || message.has_field(of);
    let found = message.get_field(of);
    is_there && is_same_in_proto(value, field, &found, &of.kind())
}

fn is_same_in_proto(value: Value<'_>, field: &Field, found: &Proto, kind: &Kind) -> bool {
    // A message around a value that cannot stand there alone.
    if let (Proto::Message(message), Kind::Message(of)) = (found, kind) {
        assert_eq!(message.unknown_fields().count(), 0);
        let only = of.fields().next();
        let is_struct = matches!(field.logical_type, LogicalType::Struct(_));
        match (value, only) {
            (Value::Struct(values), _) if !(of.name().ends_with("Item")) => {
                let LogicalType::Struct(fields) = &field.logical_type else {
                    return false;
                };
                return of.fields().len() == fields.len()
                    && (values.fields(fields).zip(of.fields())).all(|((field, value), of)| {
                        is_same_in_message(value, field, message, &of)
                    });
            }
            (_, Some(only)) if is_struct || of.full_name() != "google.protobuf.Timestamp" => {
                return is_same_in_message(value, field, message, &only);
            }
            _ => {}
        }
    }
    match (value, found) {
        (Value::Boolean(value), Proto::Bool(found)) => value == *found,
        (Value::Long(value), Proto::I64(found)) => value == *found,
        (Value::Float(value), Proto::F64(found)) => value.to_bits() == found.to_bits(),
        (Value::Decimal { unscaled, scale }, Proto::String(found)) => {
            let digits: String = found.chars().filter(|letter| *letter != '.').collect();
            let behind = found.split_once('.').map_or(0, |(_, behind)| behind.len());
            digits.parse::<i64>().unwrap() == unscaled && behind == usize::from(scale)
        }
        (Value::Text(value), Proto::String(found)) => value == found,
        (Value::Uuid(value), Proto::String(found)) => value.to_string() == *found,
        (Value::Date(value), Proto::String(found)) => {
            let day = found.parse::<jiff::civil::Date>().unwrap();
            let since = day.since(jiff::civil::date(1970, 1, 1)).unwrap();
            value.days() == since.get_days()
        }
        (Value::Time(value), Proto::String(found)) => {
            let since = found.parse::<jiff::civil::Time>().unwrap() - jiff::civil::Time::midnight();
            since.total(jiff::Unit::Microsecond).unwrap() == value as f64
        }
        (Value::Timestamp(value), Proto::Message(found)) => {
            let part = |name| match &*found.get_field_by_name(name).unwrap() {
                Proto::I64(part) => *part,
                Proto::I32(part) => i64::from(*part),
                other => panic!("{other:?}"),
            };
            part("seconds") * 1_000_000 + part("nanos") / 1000 == value.micros()
                && part("nanos") % 1000 == 0
        }
        (Value::Array(values), Proto::List(found)) => {
            let LogicalType::Array(element) = &field.logical_type else {
                return false;
            };
            values.values().len() == found.len()
                && (values.values().zip(found))
                    .all(|(value, found)| is_same_in_proto(value, element, found, kind))
        }
        (Value::Map(values), Proto::Map(found)) => {
            let LogicalType::Map(of) = &field.logical_type else {
                return false;
            };
            let Kind::Message(entry) = kind else {
                return false;
            };
            let kind = entry.map_entry_value_field().kind();
            values.entries().len() == found.len()
                && (values.entries()).all(|(key, value)| {
                    let found = &found[&MapKey::String(key.to_owned())];
                    is_same_in_proto(value, of, found, &kind)
                })
        }
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn apaches_library_reads_every_value_of_every_schema(
        fields in fields(), random: u64, is_wrapped: bool,
    ) {
        let envelope = if is_wrapped { Envelope::Emulation } else { Envelope::None };
        let fixed = Arc::new(Fixed::new(fields, envelope, ROWS, random));
        let (batch, text) = written(&fixed, Format::Avro, SchemaLanguage::Avro);
        let schema = apache_avro::Schema::parse_str(&text);
        let schema = schema.unwrap_or_else(|why| panic!("{why}: {text}"));
        let reader = GenericDatumReader::builder(&schema).build().unwrap();
        for record in batch.records() {
            let mut datum = &record.payload[AVRO_MARK..];
            let Avro::Record(found) = reader.read_value(&mut datum).unwrap() else {
                panic!("{text} is a record")
            };
            prop_assert!(datum.is_empty());
            let row = fixed.block.row(record.index as usize);
            let before = envelope.fields().len();
            if is_wrapped {
                prop_assert_eq!(&found[0].1, &Avro::Uuid(Uuid::from_u128(1)));
                prop_assert_eq!(&found[1].1, &Avro::TimestampMicros(row.time().micros()));
            }
            prop_assert_eq!(found.len(), before + fixed.schema().fields().len());
            let values = fixed.schema().fields().iter().zip(row.values());
            for ((field, value), (name, found)) in values.zip(&found[before..]) {
                prop_assert!(is_same_in_avro(value, field, found), "{} {:?} {:?}", name, value, found);
            }
        }
    }

    #[test]
    fn prost_reads_every_value_of_every_schema(
        fields in fields(), random: u64, is_wrapped: bool,
    ) {
        let envelope = if is_wrapped { Envelope::Emulation } else { Envelope::None };
        let fixed = Arc::new(Fixed::new(fields, envelope, ROWS, random));
        let (batch, text) = written(&fixed, Format::Protobuf, SchemaLanguage::Proto);
        let descriptor = descriptor(&text);
        for record in batch.records() {
            let message = &record.payload[PROTO_MARK..];
            let message = DynamicMessage::decode(descriptor.clone(), message).unwrap();
            prop_assert_eq!(message.unknown_fields().count(), 0);
            let row = fixed.block.row(record.index as usize);
            let mut all: Vec<_> = message.descriptor().fields().collect();
            all.sort_by_key(FieldDescriptor::number);
            let before = envelope.fields().len();
            if is_wrapped {
                let id = Proto::String(Uuid::from_u128(1).to_string());
                prop_assert_eq!(&*message.get_field(&all[0]), &id);
            }
            prop_assert_eq!(all.len(), before + fixed.schema().fields().len());
            let values = fixed.schema().fields().iter().zip(row.values());
            for ((field, value), of) in values.zip(&all[before..]) {
                prop_assert!(
                    is_same_in_message(value, field, &message, of),
                    "{} {:?} {:?}", of.name(), value, message.get_field(of)
                );
            }
        }
    }
}
