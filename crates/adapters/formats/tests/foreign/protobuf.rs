//! What is written as Protobuf, read back by prost-reflect with the `.proto` file that we tell.

use std::net::Ipv4Addr;
use std::ops::Range;

use adapter_formats::Formats;
use emulator_domain::plan::{EmulationPlan, Format, PlanSpec, Sink};
use emulator_domain::record::device_log::DeviceLogFactory;
use emulator_domain::record::transaction::{Labels, TransactionFactory};
use emulator_domain::record::user_profile::UserProfileFactory;
use emulator_domain::record::{Envelope, FieldVisitor, schema};
use emulator_domain::text::WriteText;
use emulator_domain::verification::{Damage, RecordLocation};
use emulator_domain::{Dataset, Date, Domain, Factory, Record, Timestamp};
use emulator_ports::{Batch, Encoders, Payloads, SchemaId, SchemaIds, SchemaLanguage};
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, ReflectMessage, Value};
use uuid::Uuid;

use super::{RECORDS, id, spec};

fn plan(domain: Domain, sink: Sink, labels: Labels) -> EmulationPlan {
    EmulationPlan::new(PlanSpec {
        labels,
        ..spec(domain, sink, Format::Protobuf)
    })
    .unwrap()
}

fn encoded(plan: &EmulationPlan, registered: Option<SchemaId>, range: Range<u64>) -> Batch {
    let mut batch = Batch::default();
    let schemas = SchemaIds {
        value: registered,
        key: None,
    };
    let encoder = Formats.encoder(id(), plan, schemas);
    encoder.encode(range, &mut batch).unwrap();
    batch
}

/// The message that the `.proto` file of a domain describes.
fn descriptor(name: &str, schema: &emulator_domain::record::Schema) -> MessageDescriptor {
    let folder = tempfile::tempdir().unwrap();
    let text = Formats.schema(name, Envelope::Emulation, schema, SchemaLanguage::Proto);
    std::fs::write(folder.path().join("stream.proto"), &text).unwrap();
    let files = protox::compile(["stream.proto"], [folder.path()]);
    let files = files.unwrap_or_else(|why| panic!("{why:?}: {text}"));
    let pool = DescriptorPool::from_file_descriptor_set(files).unwrap();
    let mut messages = pool.all_messages();
    let found = messages.find(|message| {
        message.parent_message().is_none() && message.package_name() == "data_emulator"
    });
    found.unwrap()
}

/// The values of a record as text; `None` where there is none.
struct Values(Vec<Option<String>>);

impl Values {
    fn push(&mut self, value: impl ToString) {
        self.0.push(Some(value.to_string()));
    }
}

/// A time to the nanosecond, which a message has.
fn time(seconds: i64, nanos: i64) -> String {
    format!("{seconds}.{nanos:09}")
}

impl FieldVisitor for Values {
    fn uuid(&mut self, value: Uuid) {
        self.push(value);
    }
    fn integer(&mut self, value: u32) {
        self.push(value);
    }
    fn decimal(&mut self, hundredths: u32) {
        self.push(format!("{}.{:02}", hundredths / 100, hundredths % 100));
    }
    fn text(&mut self, value: &impl WriteText) {
        self.push(value);
    }
    fn time(&mut self, value: Timestamp) {
        self.push(time(value.seconds(), value.micros() % 1_000_000 * 1000));
    }
    fn optional_time(&mut self, value: Option<Timestamp>) {
        match value {
            Some(value) => self.time(value),
            None => self.0.push(None),
        }
    }
    fn date(&mut self, value: Date) {
        self.push(value);
    }
    fn ipv4(&mut self, value: Ipv4Addr) {
        self.push(value);
    }
    fn flag(&mut self, value: Option<bool>) {
        self.0.push(value.map(|flag| u8::from(flag).to_string()));
    }
}

fn expected(plan: &EmulationPlan) -> Vec<Vec<Option<String>>> {
    fn all<F: Factory>(factory: &F) -> Vec<Vec<Option<String>>> {
        let records = factory.records(0..RECORDS).unwrap();
        records
            .map(|(at, record)| {
                let mut values = Values(Vec::new());
                values.uuid(id().get());
                values.time(at);
                record.visit(&mut values);
                values.0
            })
            .collect()
    }
    let (seed, users, timeline) = (plan.seed(), plan.users(), plan.timeline().clone());
    let Dataset::Builtin(domain) = plan.dataset() else {
        panic!("a built-in domain")
    };
    match domain {
        Domain::Transaction => {
            let labels = plan.labels();
            all(&TransactionFactory::new(seed, users, timeline, labels))
        }
        Domain::UserProfile => all(&UserProfileFactory::new(seed, users, timeline)),
        Domain::DeviceLog => all(&DeviceLogFactory::new(seed, users, timeline)),
    }
}

/// The values of a message, which must be fields that the `.proto` file names.
fn found(message: &DynamicMessage) -> Vec<Option<String>> {
    assert_eq!(message.unknown_fields().count(), 0);
    let fields = message.descriptor();
    let fields = fields.fields().map(|field| {
        let is_there = !field.supports_presence() || message.has_field(&field);
        is_there.then(|| match &*message.get_field(&field) {
            Value::String(text) => text.clone(),
            Value::U32(number) => number.to_string(),
            Value::Message(inner) => {
                let number = |name| match &*inner.get_field_by_name(name).unwrap() {
                    Value::I64(seconds) => *seconds,
                    Value::I32(nanos) => (*nanos).into(),
                    other => panic!("{other:?}"),
                };
                time(number("seconds"), number("nanos"))
            }
            other => panic!("{other:?}"),
        })
    });
    fields.collect()
}

#[test]
fn prost_finds_in_messages_what_was_made() {
    for domain in Domain::ALL {
        let descriptor = descriptor(domain.name(), schema(domain));
        for labels in [Labels::Shown, Labels::Withheld] {
            for registered in [None, Some(SchemaId(0x0102_0304))] {
                let plan = plan(domain, Sink::Kafka, labels);
                let batch = encoded(&plan, registered, 0..RECORDS);
                for (record, expected) in batch.records().zip(expected(&plan)) {
                    let payload = match registered {
                        None => record.payload,
                        // Confluent's mark, the id, and the first message of the file.
                        Some(_) => record.payload.strip_prefix(&[0, 1, 2, 3, 4, 0]).unwrap(),
                    };
                    let message = DynamicMessage::decode(descriptor.clone(), payload).unwrap();
                    assert_eq!(found(&message), expected);
                }
            }
        }
    }
}

fn object(plan: &EmulationPlan, size: u64) -> Vec<u8> {
    let mut framer = Formats.framing(id(), plan).framer();
    let mut object = Vec::new();
    for first in (0..RECORDS).step_by(size as usize) {
        let batch = encoded(plan, None, first..(first + size).min(RECORDS));
        object.extend(framer.append(&batch, 0..batch.len()).concat());
    }
    object.extend_from_slice(framer.finish());
    object
}

#[test]
fn prost_finds_in_objects_what_was_made_whatever_the_batches() {
    for domain in Domain::ALL {
        let plan = plan(domain, Sink::File, Labels::Shown);
        let descriptor = descriptor(domain.name(), schema(domain));
        let object = object(&plan, 700);
        assert!(object == self::object(&plan, RECORDS));
        let mut rest = object.as_slice();
        for expected in expected(&plan) {
            let len = prost_reflect::prost::decode_length_delimiter(&mut rest).unwrap();
            let message = DynamicMessage::decode(descriptor.clone(), &rest[..len]).unwrap();
            assert_eq!(found(&message), expected);
            rest = &rest[len..];
        }
        assert!(rest.is_empty());
    }
}

#[test]
fn objects_are_cut_into_records_and_damage_is_named() {
    let plan = plan(Domain::Transaction, Sink::File, Labels::Shown);
    let object = object(&plan, 2048);
    let batch = encoded(&plan, None, 0..RECORDS);
    let all: Vec<_> = batch
        .records()
        .map(|record| record.payload.to_vec())
        .collect();
    let split = |object: &[u8], piece: usize| {
        let mut splitter = Formats.framing(id(), &plan).splitter();
        let mut place = RecordLocation::new("object", None);
        let (mut payloads, mut bytes) = (Payloads::default(), Vec::new());
        for piece in object.chunks(piece) {
            bytes.extend_from_slice(piece);
            let used = splitter.split(&bytes, &mut payloads, &mut place);
            bytes.drain(..used);
        }
        splitter.finish(&bytes, &mut payloads, &mut place);
        let found: Vec<_> = payloads.iter().map(<[u8]>::to_vec).collect();
        (found, place.damage)
    };
    for piece in [1, 1000, object.len()] {
        assert!(split(&object, piece) == (all.clone(), None));
    }
    let (cut, damage) = split(&object[..object.len() - 1], 1000);
    assert!(cut == all[..all.len() - 1] && damage == Some(Damage::Cut));
    // The length of the second message.
    let second = 2 + all[0].len();
    let mut changed = object.clone();
    changed[second..second + 9].fill(0xff);
    let (found, damage) = split(&changed, 1000);
    assert!(
        found == all[..1] && damage == Some(Damage::Block),
        "{damage:?}"
    );
}
