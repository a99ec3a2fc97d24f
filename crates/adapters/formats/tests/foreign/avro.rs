//! What is written as Avro, read back by Apache's library.

use std::net::Ipv4Addr;
use std::ops::Range;

use adapter_formats::Formats;
use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::types::Value;
use apache_avro::{Decimal, Reader};
use emulator_domain::plan::{Compression, EmulationPlan, Format, Grouping, PlanSpec, Sink};
use emulator_domain::record::device_log::DeviceLogFactory;
use emulator_domain::record::transaction::{Labels, TransactionFactory};
use emulator_domain::record::user_profile::UserProfileFactory;
use emulator_domain::record::{FieldVisitor, schema};
use emulator_domain::text::WriteText;
use emulator_domain::verification::{Damage, RecordLocation};
use emulator_domain::{Dataset, Date, Domain, Factory, Record, Timestamp};
use emulator_ports::{Batch, Encoders, Payloads, SchemaIds};
use uuid::Uuid;

use super::{RECORDS, id, spec};

fn plan(domain: Domain, sink: Sink, compression: Compression) -> EmulationPlan {
    EmulationPlan::new(PlanSpec {
        compression,
        ..spec(domain, sink, Format::Avro)
    })
    .unwrap()
}

fn encoded(plan: &EmulationPlan, range: Range<u64>) -> Batch {
    let mut batch = Batch::default();
    let encoder = Formats.encoder(id(), plan, SchemaIds::default());
    encoder.encode(range, &mut batch).unwrap();
    batch
}

/// The records as one object, appended in batches of `size`.
fn object(plan: &EmulationPlan, size: u64) -> Vec<u8> {
    let mut framer = Formats.framing(id(), plan).framer();
    let mut object = Vec::new();
    for first in (0..RECORDS).step_by(size as usize) {
        let batch = encoded(plan, first..(first + size).min(RECORDS));
        object.extend(framer.append(&batch, 0..batch.len()).concat());
    }
    object.extend_from_slice(framer.finish());
    object
}

/// The values of a record as Apache's library has them.
struct Values(Vec<Value>);

impl Values {
    fn optional(&mut self, value: Option<Value>) {
        let branch = u32::from(value.is_some());
        let value = Box::new(value.unwrap_or(Value::Null));
        self.0.push(Value::Union(branch, value));
    }
}

impl FieldVisitor for Values {
    fn uuid(&mut self, value: Uuid) {
        self.0.push(Value::Uuid(value));
    }
    fn integer(&mut self, value: u32) {
        self.0.push(Value::Long(value.into()));
    }
    fn decimal(&mut self, hundredths: u32) {
        let mut bytes = i64::from(hundredths).to_be_bytes().to_vec();
        while bytes.len() > 1 && bytes[0] == 0 && bytes[1] < 0x80 {
            bytes.remove(0);
        }
        self.0.push(Value::Decimal(Decimal::from(bytes)));
    }
    fn text(&mut self, value: &impl WriteText) {
        self.0.push(Value::String(value.to_string()));
    }
    fn time(&mut self, value: Timestamp) {
        self.0.push(Value::TimestampMicros(value.micros()));
    }
    fn optional_time(&mut self, value: Option<Timestamp>) {
        self.optional(value.map(|time| Value::TimestampMicros(time.micros())));
    }
    fn date(&mut self, value: Date) {
        let days = jiff::civil::date(value.year() as i16, value.month() as i8, value.day() as i8)
            .since((jiff::Unit::Day, jiff::civil::date(1970, 1, 1)))
            .unwrap();
        self.0.push(Value::Date(days.get_days()));
    }
    fn ipv4(&mut self, value: Ipv4Addr) {
        self.0.push(Value::String(value.to_string()));
    }
    fn flag(&mut self, value: Option<bool>) {
        self.optional(value.map(|flag| Value::Int(flag.into())));
    }
}

fn expected(plan: &EmulationPlan) -> Vec<Value> {
    fn all<F: Factory>(factory: &F) -> Vec<Value> {
        let records = factory.records(0..RECORDS).unwrap();
        records
            .map(|(at, record)| {
                let mut values = Values(vec![
                    Value::Uuid(id().get()),
                    Value::TimestampMicros(at.micros()),
                ]);
                record.visit(&mut values);
                let names = schema(F::DOMAIN).columns().map(str::to_owned);
                Value::Record(names.zip(values.0).collect())
            })
            .collect()
    }
    let (seed, users, timeline) = (plan.seed(), plan.users(), plan.timeline().clone());
    let Dataset::Builtin(domain) = plan.dataset() else {
        panic!("a built-in domain")
    };
    match domain {
        Domain::Transaction => all(&TransactionFactory::new(
            seed,
            users,
            timeline,
            plan.labels(),
        )),
        Domain::UserProfile => all(&UserProfileFactory::new(seed, users, timeline)),
        Domain::DeviceLog => all(&DeviceLogFactory::new(seed, users, timeline)),
    }
}

#[test]
fn apaches_reader_finds_in_objects_what_was_made() {
    for domain in Domain::ALL {
        for compression in Compression::ALL {
            let plan = plan(domain, Sink::File, compression);
            let object = object(&plan, 2048);
            let reader = Reader::new(&object[..]).unwrap();
            let schema = reader.writer_schema();
            assert_eq!(schema.namespace(), Some("data_emulator"));
            let found: Vec<_> = reader.map(Result::unwrap).collect();
            assert!(found == expected(&plan), "{domain} {compression}");
        }
    }
}

#[test]
fn apaches_reader_finds_in_messages_what_was_made() {
    for domain in Domain::ALL {
        let of_object = object(&plan(domain, Sink::File, Compression::None), 9);
        let reader = Reader::new(&of_object[..]).unwrap();
        let schema = reader.writer_schema().clone();
        let plan = plan(domain, Sink::Kafka, Compression::None);
        let batch = encoded(&plan, 0..RECORDS);
        for (record, expected) in batch.records().zip(expected(&plan)) {
            // Apache's Rust library keeps logical types in the canonical form, so its fingerprints
            // are others. These are fastavro's.
            let fingerprint = match domain {
                Domain::Transaction => 0x194c_7075_020d_d59a_u64,
                Domain::UserProfile => 0xb410_bbdf_9a82_9d38,
                Domain::DeviceLog => 0x8501_de7a_3e19_af2d,
            };
            let mark = [&[0xc3, 0x01][..], &fingerprint.to_be_bytes()].concat();
            let mut datum = record.payload.strip_prefix(&mark[..]).unwrap();
            let found = GenericDatumReader::builder(&schema).build().unwrap();
            assert_eq!(found.read_value(&mut datum).unwrap(), expected);
            assert!(datum.is_empty());
            let key = match (domain, &expected) {
                (_, Value::Record(fields)) => {
                    let key = emulator_domain::record::schema(domain).key().unwrap();
                    match &fields[2 + key].1 {
                        Value::Uuid(id) => id.to_string(),
                        Value::Long(number) => number.to_string(),
                        other => panic!("{other:?}"),
                    }
                }
                other => panic!("{other:?}"),
            };
            assert_eq!(record.key, Some(key.as_bytes()));
        }
    }
}

#[test]
fn a_label_that_is_withheld_is_null() {
    let shown = plan(Domain::Transaction, Sink::File, Compression::None);
    let spec = PlanSpec {
        labels: Labels::Withheld,
        ..shown.spec().clone()
    };
    let plan = EmulationPlan::new(spec).unwrap();
    let object = object(&plan, 500);
    let found: Vec<_> = Reader::new(&object[..])
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert!(found == expected(&plan));
}

#[test]
fn batches_do_not_decide_bytes_and_a_block_is_cut_by_the_numbers_of_its_records() {
    for compression in Compression::ALL {
        let plan = plan(Domain::DeviceLog, Sink::Minio, compression);
        let whole = object(&plan, RECORDS);
        for size in [1, 700, 1024, 1025] {
            assert!(object(&plan, size) == whole, "{compression} {size}");
        }
    }
}

#[test]
fn objects_of_one_record_are_named_by_its_id() {
    for domain in Domain::ALL {
        let grouped = plan(domain, Sink::File, Compression::None);
        let spec = PlanSpec {
            grouping: Grouping::Single,
            ..grouped.spec().clone()
        };
        let single = encoded(&EmulationPlan::new(spec).unwrap(), 0..50);
        let text = PlanSpec {
            format: Format::Ndjson,
            ..grouped.spec().clone()
        };
        let text = encoded(&EmulationPlan::new(text).unwrap(), 0..50);
        for position in 0..50 {
            assert_eq!(single.id(position), text.id(position));
        }
    }
}

/// The records and the damage that are found in an object which is read in pieces.
fn split(plan: &EmulationPlan, object: &[u8], piece: usize) -> (Vec<Vec<u8>>, Option<Damage>) {
    let mut splitter = Formats.framing(id(), plan).splitter();
    let mut place = RecordLocation::new("object", None);
    let (mut payloads, mut bytes) = (Payloads::default(), Vec::new());
    for piece in object.chunks(piece) {
        bytes.extend_from_slice(piece);
        let used = splitter.split(&bytes, &mut payloads, &mut place);
        bytes.drain(..used);
    }
    splitter.finish(&bytes, &mut payloads, &mut place);
    (payloads.iter().map(<[u8]>::to_vec).collect(), place.damage)
}

#[test]
fn objects_are_cut_into_records_and_damage_is_named() {
    for compression in Compression::ALL {
        let plan = plan(Domain::Transaction, Sink::File, compression);
        let object = object(&plan, 2048);
        let batch = encoded(&plan, 0..RECORDS);
        let all: Vec<_> = batch
            .records()
            .map(|record| record.payload.to_vec())
            .collect();
        for piece in [7, 100_000, usize::MAX] {
            let (found, damage) = split(&plan, &object, piece.min(object.len()));
            assert!(found == all && damage.is_none(), "{compression} {damage:?}");
        }
        let marker = &object[object.len() - 16..];
        let ends: Vec<_> = object
            .windows(16)
            .enumerate()
            .filter(|(_, bytes)| *bytes == marker)
            .map(|(at, _)| at + 16)
            .collect();
        // The header ends with the marker, too.
        assert_eq!(ends.len(), 4);
        let changed = |at: usize| {
            let mut changed = object.clone();
            changed[at] ^= 0x55;
            changed
        };
        let without_first = [&all[1024..]].concat();
        let without_second = [&all[..1024], &all[2048..]].concat();
        for (what, object, damage, records) in [
            ("magic", changed(0), Damage::Header, &all),
            ("marker", changed(ends[1] - 1), Damage::Separator, &all),
            ("size", changed(ends[1] + 3), Damage::Block, &without_second),
            ("count", changed(ends[0]), Damage::Block, &without_first),
            (
                "cut",
                object[..ends[3] - 1].to_vec(),
                Damage::Cut,
                &all[..2048].to_vec(),
            ),
            ("empty", Vec::new(), Damage::Cut, &Vec::new()),
            ("more", [&object[..], b"x"].concat(), Damage::Cut, &all),
        ] {
            let (found, named) = split(&plan, &object, 1000);
            assert_eq!(named, Some(damage), "{compression} {what}");
            assert_eq!(found.len(), records.len(), "{compression} {what}");
            assert!(found == *records, "{compression} {what}");
        }
    }
}
