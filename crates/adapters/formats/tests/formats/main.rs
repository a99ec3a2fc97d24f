//! What the encoders write, read back by others' parsers and held to golden digests.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

mod golden;

use adapter_formats::Formats;
use emulator_domain::emulation::EmulationId;
use emulator_domain::plan::{Compression, EmulationPlan, Format, PlanSpec, Sink, Window};
use emulator_domain::record::device_log::DeviceLogFactory;
use emulator_domain::record::schema;
use emulator_domain::record::transaction::{Labels, TransactionFactory};
use emulator_domain::record::user_profile::UserProfileFactory;
use emulator_domain::verification::Verdict;
use emulator_domain::{
    Dataset, Domain, Factory, Level, Rate, Seed, Shape, Span, Timestamp, Traffic,
};
use emulator_ports::{Batch, Encoders, Payloads, SchemaIds};
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

/// Those that write record by record.
const FORMATS: [Format; 5] = [
    Format::Json,
    Format::Ndjson,
    Format::Csv,
    Format::Avro,
    Format::Protobuf,
];

fn plan(domain: Domain, format: Format, labels: Labels) -> EmulationPlan {
    let spec = PlanSpec {
        seed: Seed::new(7),
        start_time: Timestamp::from_micros(1_767_225_600_000_000).unwrap(),
        labels,
        compression: Compression::None,
        ..PlanSpec::new(domain, Sink::Null, format)
    };
    EmulationPlan::new(spec).unwrap()
}

fn id() -> EmulationId {
    EmulationId::new(Uuid::from_u128(0x0123_4567_89ab_4def_8123_4567_89ab_cdef))
}

fn encoded(plan: &EmulationPlan, range: std::ops::Range<u64>) -> Batch {
    let mut batch = Batch::default();
    Formats
        .encoder(id(), plan, SchemaIds::default())
        .encode(range, &mut batch)
        .unwrap();
    batch
}

/// The records as serde sees them, made without an encoder, with their event times.
fn expected(plan: &EmulationPlan, count: u64) -> Vec<(f64, Value)> {
    fn all<F: Factory>(factory: &F, count: u64) -> Vec<(f64, Value)>
    where
        for<'a> F::Record<'a>: serde::Serialize,
    {
        let records = factory.records(0..count).unwrap();
        records
            .map(|(at, record)| (at.seconds_f64(), serde_json::to_value(&record).unwrap()))
            .collect()
    }
    let (seed, users, timeline) = (plan.seed(), plan.users(), plan.timeline().clone());
    let Dataset::Builtin(domain) = plan.dataset() else {
        panic!("a built-in domain")
    };
    match domain {
        Domain::Transaction => all(
            &TransactionFactory::new(seed, users, timeline, plan.labels()),
            count,
        ),
        Domain::UserProfile => all(&UserProfileFactory::new(seed, users, timeline), count),
        Domain::DeviceLog => all(&DeviceLogFactory::new(seed, users, timeline), count),
    }
}

/// `is_fraud` is 0 or 1 on the wire and a truth value in Rust.
fn on_the_wire(mut record: Value) -> Value {
    if let Some(flag) = record.get_mut("is_fraud")
        && let Some(truth) = flag.as_bool()
    {
        *flag = json!(u8::from(truth));
    }
    record
}

#[test]
fn json_says_the_same_as_serde() {
    for domain in Domain::ALL {
        for (format, labels) in [
            (Format::Json, Labels::Shown),
            (Format::Ndjson, Labels::Withheld),
        ] {
            let plan = plan(domain, format, labels);
            let batch = encoded(&plan, 0..2000);
            for (encoded, (at, record)) in batch.records().zip(expected(&plan, 2000)) {
                let (index, key, payload) = (encoded.index, encoded.key, encoded.payload);
                let envelope: Value = serde_json::from_slice(payload).unwrap();
                assert_eq!(
                    envelope["emulation_id"],
                    "01234567-89ab-4def-8123-456789abcdef"
                );
                assert_eq!(
                    envelope["timestamp"].as_f64().unwrap(),
                    at,
                    "record {index}"
                );
                assert_eq!(
                    envelope["data"],
                    on_the_wire(record.clone()),
                    "record {index}"
                );
                let has_label = envelope["data"]["is_fraud"].is_number();
                let is_shown = domain == Domain::Transaction && labels == Labels::Shown;
                assert_eq!(has_label, is_shown, "record {index}");
                let entity = match domain {
                    Domain::Transaction => "transaction_id",
                    Domain::UserProfile => "user_id",
                    Domain::DeviceLog => "device_id",
                };
                let key = std::str::from_utf8(key.unwrap()).unwrap();
                assert_eq!(record[entity].to_string().trim_matches('"'), key);
            }
        }
    }
}

#[test]
fn fields_keep_their_order_in_json() {
    for domain in Domain::ALL {
        let batch = encoded(&plan(domain, Format::Ndjson, Labels::Shown), 0..1);
        let text = String::from_utf8(batch.bytes().to_vec()).unwrap();
        let mut at = 0;
        let names = schema(domain).fields().iter().map(|field| &*field.name);
        for name in ["emulation_id", "timestamp"].into_iter().chain(names) {
            let found = text[at..].find(&format!("\"{name}\":"));
            at += found
                .unwrap_or_else(|| panic!("{name} is not behind the field before it: {text}"))
                + 1;
        }
        assert!(text.ends_with("}}\n"));
    }
}

#[test]
fn csv_reads_back_column_by_column() {
    for domain in Domain::ALL {
        let plan = plan(domain, Format::Csv, Labels::Shown);
        let batch = encoded(&plan, 0..2000);
        let names: Vec<_> = schema(domain).columns().collect();
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(batch.bytes());
        let mut rows = 0;
        for (row, (at, record)) in reader.records().zip(expected(&plan, 2000)) {
            let row = row.unwrap();
            assert_eq!(row.len(), names.len());
            assert_eq!(row[1].parse::<f64>().unwrap(), at);
            let record = on_the_wire(record);
            for (column, name) in row.iter().zip(&names).skip(2) {
                match &record[*name] {
                    Value::Null => assert_eq!(column, ""),
                    Value::String(text) => assert_eq!(column, text),
                    number => assert_eq!(
                        column.parse::<f64>().unwrap(),
                        number.as_f64().unwrap(),
                        "{name}"
                    ),
                }
            }
            rows += 1;
        }
        assert_eq!(rows, 2000);
    }
}

#[test]
fn an_index_beyond_the_domain_is_an_error() {
    let plan = plan(Domain::UserProfile, Format::Json, Labels::Shown);
    let encoder = Formats.encoder(EmulationId::new(Uuid::nil()), &plan, SchemaIds::default());
    let mut batch = Batch::default();
    assert!(encoder.encode(8999..9000, &mut batch).is_ok());
    let error = encoder.encode(8999..9001, &mut batch).unwrap_err();
    assert_eq!((error.index, error.capacity), (9000, 9000));
    assert!(encoder.encode(u64::MAX - 1..u64::MAX, &mut batch).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn any_range_has_the_bytes_that_it_has_inside_the_whole(
        cuts in proptest::collection::btree_set(1..3000u64, 1..20), domain in 0..Domain::ALL.len(), format in 0..FORMATS.len(),
    ) {
        let plan = plan(Domain::ALL[domain], FORMATS[format], Labels::Shown);
        let whole = encoded(&plan, 0..3000);
        let mut joined = Vec::new();
        let mut from = 0;
        for to in cuts.into_iter().chain([3000]) {
            joined.extend_from_slice(encoded(&plan, from..to).bytes());
            from = to;
        }
        prop_assert!(joined == whole.bytes());
    }
}

/// The first 9,000 records as one object, appended in two batches.
fn object(plan: &EmulationPlan) -> Vec<u8> {
    let mut framer = Formats.framing(id(), plan).framer();
    let mut object = Vec::new();
    for range in [0..70, 70..9000] {
        let batch = encoded(plan, range);
        for piece in framer.append(&batch, 0..batch.len()) {
            object.extend_from_slice(piece);
        }
    }
    object.extend_from_slice(framer.finish());
    object
}

/// What Spark's JSON source does by default: each line is a document, and an array is exploded.
#[test]
fn who_reads_json_by_lines_finds_exactly_the_records() {
    for domain in Domain::ALL {
        for format in [Format::Json, Format::Ndjson] {
            let plan = plan(domain, format, Labels::Shown);
            let object = String::from_utf8(object(&plan)).unwrap();
            let rows = object.lines().flat_map(|line| {
                match serde_json::from_str::<Value>(line).unwrap() {
                    Value::Array(rows) => rows,
                    row => vec![row],
                }
            });
            let found: Vec<_> = rows.map(|row| row["data"].clone()).collect();
            let expected = expected(&plan, 9000).into_iter();
            let expected: Vec<_> = expected.map(|(_, record)| on_the_wire(record)).collect();
            assert_eq!(found.len(), 9000, "{domain} {format}");
            assert!(found == expected, "{domain} {format}");
        }
    }
}

/// Thirty days one by one have the bytes of the month, whatever the domain and the shape; a verifier
/// of a day knows its own records alone.
#[test]
fn days_have_together_the_bytes_of_the_month() {
    let day = |number: i64| {
        Timestamp::from_micros(1_767_225_600_000_000)
            .unwrap()
            .moved(number * 86_400_000_000)
    };
    let shape = Shape::Sine {
        mean: Rate::new(0.02).unwrap(),
        amplitude: Level::new(0.02).unwrap(),
        period: Span::seconds(86_400.0).unwrap(),
    };
    for (domain, poisson) in [(Domain::Transaction, true), (Domain::DeviceLog, false)] {
        let part = |from: i64, to: i64| {
            let spec = PlanSpec {
                seed: Seed::new(7),
                population: Some(Seed::new(8)),
                start_time: day(0),
                rate: Traffic::new(shape.clone(), poisson).unwrap(),
                window: Window {
                    first_index: 0,
                    from_time: Some(day(from)),
                    to_time: Some(day(to)),
                },
                ..PlanSpec::new(domain, Sink::Null, Format::Ndjson)
            };
            EmulationPlan::new(spec).unwrap()
        };
        let month = part(0, 30);
        let whole = encoded(&month, 0..month.end());
        let mut days = Vec::new();
        for number in 0..30 {
            let plan = part(number, number + 1);
            let batch = encoded(&plan, 0..plan.end());
            assert_eq!(batch.range(), 0..plan.end());
            let mut payloads = Payloads::default();
            for record in batch.records() {
                payloads.push(0, record.payload);
            }
            let mut verdicts = Vec::new();
            Formats
                .record_verifier(id(), &plan, SchemaIds::default())
                .inspect(&payloads, &mut verdicts);
            let expected: Vec<_> = (0..plan.end()).map(Verdict::Intact).collect();
            assert_eq!(verdicts, expected);
            if number > 0 {
                payloads.clear();
                payloads.push(0, whole.records().next().unwrap().payload);
                verdicts.clear();
                Formats
                    .record_verifier(id(), &plan, SchemaIds::default())
                    .inspect(&payloads, &mut verdicts);
                assert_eq!(verdicts, [Verdict::Foreign]);
            }
            days.extend_from_slice(batch.bytes());
        }
        assert!(days == whole.bytes(), "{domain}");
    }
}

/// Another seed has other payments of the same people.
#[test]
fn runs_of_one_population_share_their_people() {
    let countries = |seed, population| {
        let spec = PlanSpec {
            seed: Seed::new(seed),
            population: Some(Seed::new(population)),
            ..PlanSpec::new(Domain::UserProfile, Sink::Null, Format::Ndjson)
        };
        encoded(&EmulationPlan::new(spec).unwrap(), 0..2_000)
            .bytes()
            .to_vec()
    };
    assert_eq!(countries(1, 7), countries(2, 7));
    assert_ne!(countries(1, 7), countries(1, 8));
}

#[test]
fn records_of_another_emulation_are_known_in_every_format() {
    let another = EmulationId::new(Uuid::from_u128(0x0123_4567_89ab_4def_8123_4567_89ab_cdee));
    for domain in Domain::ALL {
        for format in FORMATS {
            let plan = plan(domain, format, Labels::Shown);
            let batch = encoded(&plan, 3..4);
            let mut payloads = Payloads::default();
            payloads.push(0, batch.records().next().unwrap().payload);
            for (own, verdict) in [
                (id(), Verdict::Intact(3)),
                (another, Verdict::OtherEmulation),
            ] {
                let mut verdicts = Vec::new();
                Formats
                    .record_verifier(own, &plan, SchemaIds::default())
                    .inspect(&payloads, &mut verdicts);
                assert_eq!(verdicts, [verdict], "{domain} {format}");
            }
        }
    }
}
