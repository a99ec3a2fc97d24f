//! What stands beside the values of messages: keys, headers, tombstones.

use emulator_domain::Domain;
use emulator_domain::plan::{Headers, KeyFormat, Messages, SubjectStrategy, Tombstones};
use emulator_domain::verification::Verdict;
use emulator_ports::{EncodedRecord, MessagePart, SchemaId};

use super::*;

const IDS: SchemaIds = SchemaIds {
    key: Some(SchemaId(0x0102_0304)),
    value: Some(SchemaId(5)),
};

/// The formats that messages can have.
const MESSAGES: [Format; 5] = [
    Format::Json,
    Format::Ndjson,
    Format::Csv,
    Format::Avro,
    Format::Protobuf,
];

fn headers(all: &[(&str, &str)]) -> Headers {
    let all = all.iter();
    Headers::new(all.map(|(name, value)| ((*name).to_owned(), (*value).into()))).unwrap()
}

fn mixed_stream() -> Dataset {
    let stream = Mixed::new(Envelope::Emulation, &["id"], "text", true);
    let stream: Arc<dyn Stream> = Arc::new(stream);
    stream.into()
}

fn plan_with(dataset: impl Into<Dataset>, format: Format, messages: Messages) -> EmulationPlan {
    EmulationPlan::new(PlanSpec {
        messages,
        start_time: Timestamp::from_micros(1_767_225_600_000_000).unwrap(),
        ..PlanSpec::new(dataset, Sink::Kafka, format)
    })
    .unwrap()
}

fn batch(plan: &EmulationPlan, schemas: SchemaIds) -> Batch {
    let mut batch = Batch::default();
    let encoder = Formats.encoder(id(1), plan, schemas);
    encoder.encode(0..COUNT, &mut batch).unwrap();
    batch
}

/// The values of a record without anything beside it, as JSON has them.
fn values(dataset: &Dataset) -> Vec<Value> {
    let plan = plan_with(dataset.clone(), Format::Ndjson, Messages::default());
    let batch = batch(&plan, SchemaIds::default());
    let records = batch.records();
    records
        .map(|record| serde_json::from_slice::<Value>(record.payload).unwrap()["data"].take())
        .collect()
}

fn key(plan: &EmulationPlan) -> (String, bool) {
    let field = plan.dataset().key().unwrap();
    let is_text = !matches!(
        field.logical_type,
        emulator_domain::record::LogicalType::Integer
    );
    (field.name.to_string(), is_text)
}

fn datasets() -> Vec<Dataset> {
    let mut all: Vec<Dataset> = Domain::ALL.map(Dataset::from).into();
    all.push(mixed_stream());
    all
}

#[test]
fn keys_are_read_by_the_schema_that_is_told_of_them() {
    for dataset in datasets() {
        let expected = values(&dataset);
        for format in MESSAGES {
            for key_format in KeyFormat::ALL {
                let messages = Messages {
                    key_format,
                    ..Messages::default()
                };
                let plan = plan_with(dataset.clone(), format, messages);
                let (name, _) = key(&plan);
                let schema = Formats.message_schema(&plan, MessagePart::Key);
                let (framed, alone) = (batch(&plan, IDS), batch(&plan, SchemaIds::default()));
                for ((framed, alone), expected) in
                    framed.records().zip(alone.records()).zip(&expected)
                {
                    let value = &expected[&name];
                    match key_format {
                        KeyFormat::None => assert_eq!((framed.key, alone.key), (None, None)),
                        KeyFormat::String => {
                            let text = value.as_str().map(str::to_owned);
                            let text = text.unwrap_or_else(|| value.to_string());
                            assert_eq!(framed.key, Some(text.as_bytes()), "{dataset} {format}");
                            assert_eq!(alone.key, framed.key);
                        }
                        KeyFormat::Json => {
                            let json = framed.key.unwrap().strip_prefix(&[0, 1, 2, 3, 4]).unwrap();
                            assert_eq!(alone.key, Some(json));
                            let found: Value = serde_json::from_slice(json).unwrap();
                            assert_eq!(found, json!({ name.clone(): value }));
                        }
                        KeyFormat::Avro => {
                            let text = &schema.as_ref().unwrap().text;
                            let schema = apache_avro::Schema::parse_str(text).unwrap();
                            let datum = framed.key.unwrap().strip_prefix(&[0, 1, 2, 3, 4]).unwrap();
                            assert_eq!(&alone.key.unwrap()[..2], [0xc3, 1]);
                            // Apache's Rust library keeps logical types in the canonical form,
                            // which has none.
                            let plain = text.replace(r#", "logicalType": "uuid""#, "");
                            let plain = apache_avro::Schema::parse_str(&plain).unwrap();
                            let fingerprint =
                                plain.fingerprint::<apache_avro::rabin::Rabin>().bytes;
                            assert_eq!(alone.key.unwrap()[2..10], fingerprint);
                            assert_eq!(&alone.key.unwrap()[10..], datum);
                            assert_eq!(read(&schema, datum), (name.clone(), text_of(value)));
                        }
                    }
                }
            }
        }
    }
}

fn text_of(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// The only field of a datum, and its value as text.
fn read(schema: &apache_avro::Schema, mut datum: &[u8]) -> (String, String) {
    use apache_avro::types::Value as Avro;
    let reader = apache_avro::reader::datum::GenericDatumReader::builder(schema);
    let found = reader.build().unwrap().read_value(&mut datum).unwrap();
    assert!(datum.is_empty());
    let Avro::Record(mut fields) = found else {
        panic!("{found:?}")
    };
    assert_eq!(fields.len(), 1);
    let (name, value) = fields.remove(0);
    let text = match value {
        Avro::String(text) => text,
        Avro::Uuid(id) => id.to_string(),
        Avro::Long(number) => number.to_string(),
        other => panic!("{other:?}"),
    };
    (name, text)
}

#[test]
fn the_schemas_of_messages_are_called_as_their_strategy_says() {
    use MessagePart::{Key, Value};
    for (format, key_format, part, topic, record) in [
        (
            Format::Avro,
            KeyFormat::Avro,
            Key,
            "t-key",
            "data_emulator.TransactionKey",
        ),
        (
            Format::Avro,
            KeyFormat::Avro,
            Value,
            "t-value",
            "data_emulator.Transaction",
        ),
        (
            Format::Protobuf,
            KeyFormat::String,
            Value,
            "t-value",
            "data_emulator.Transaction",
        ),
        (
            Format::Json,
            KeyFormat::Json,
            Key,
            "t-key",
            "TransactionKey",
        ),
        (
            Format::Json,
            KeyFormat::Json,
            Value,
            "t-value",
            "Transaction",
        ),
    ] {
        let messages = Messages {
            key_format,
            ..Messages::default()
        };
        let plan = plan_with(Domain::Transaction, format, messages);
        let schema = Formats.message_schema(&plan, part).unwrap();
        for (strategy, expected) in [
            (SubjectStrategy::Topic, topic.to_owned()),
            (SubjectStrategy::Record, record.to_owned()),
            (SubjectStrategy::TopicRecord, format!("t-{record}")),
        ] {
            assert_eq!(strategy.subject("t", part.name(), &schema.record), expected);
        }
    }
    let plain = plan_with(Domain::Transaction, Format::Csv, Messages::default());
    for part in MessagePart::ALL {
        assert_eq!(Formats.message_schema(&plain, part), None);
    }
}

#[test]
fn json_messages_have_the_id_of_their_schema_before_what_they_have_without() {
    for dataset in datasets() {
        let plan = plan_with(dataset, Format::Json, Messages::default());
        let (framed, alone) = (batch(&plan, IDS), batch(&plan, SchemaIds::default()));
        for (framed, alone) in framed.records().zip(alone.records()) {
            let json = framed.payload.strip_prefix(&[0, 0, 0, 0, 5]);
            assert_eq!(json, Some(alone.payload));
        }
        assert!(inspected(&plan, IDS, framed.records()).all_intact());
    }
}

#[test]
fn headers_are_constants_and_values_of_fields() {
    for (dataset, field) in [
        (Dataset::from(Domain::Transaction), "currency"),
        (Dataset::from(Domain::DeviceLog), "device_id"),
        (mixed_stream(), "a name of more than thirty-two bytes"),
    ] {
        let expected = values(&dataset);
        for format in MESSAGES {
            let messages = Messages {
                headers: headers(&[
                    ("source", "emulator"),
                    ("a field", &format!("${field}")),
                    ("price", "$$5"),
                ]),
                ..Messages::default()
            };
            let plan = plan_with(dataset.clone(), format, messages);
            let batch = batch(&plan, SchemaIds::default());
            for (record, expected) in batch.records().zip(&expected) {
                let found: Vec<_> = record
                    .headers()
                    .map(|(name, value)| (name, String::from_utf8(value.to_vec()).unwrap()))
                    .collect();
                let mut all = vec![
                    ("price", "$5".to_owned()),
                    ("source", "emulator".to_owned()),
                ];
                if let Some(value) = expected.get(field).filter(|value| !value.is_null()) {
                    all.insert(0, ("a field", text_of(value)));
                }
                assert_eq!(found, all, "{dataset} {format}");
            }
            assert!(inspected(&plan, SchemaIds::default(), batch.records()).all_intact());
        }
    }
}

/// What is said of messages.
struct Inspected(Vec<Verdict>);

impl Inspected {
    fn all_intact(&self) -> bool {
        let all = (0..COUNT).map(Verdict::Intact);
        self.0.iter().copied().eq(all)
    }
}

fn inspected<'b>(
    plan: &EmulationPlan,
    schemas: SchemaIds,
    records: impl Iterator<Item = EncodedRecord<'b>>,
) -> Inspected {
    let mut read = Payloads::default();
    for record in records {
        let headers: Vec<_> = record.headers().collect();
        let headers = headers.iter().map(|(name, value)| (*name, Some(*value)));
        let value = (!record.is_tombstone).then_some(record.payload);
        read.push_message(record.index, record.key, value, headers);
    }
    let mut verdicts = Vec::new();
    let verifier = Formats.record_verifier(id(1), plan, schemas);
    verifier.inspect(&read, &mut verdicts);
    Inspected(verdicts)
}

#[test]
fn tombstones_come_as_often_as_asked_and_are_known_by_their_header() {
    for dataset in datasets() {
        for format in MESSAGES {
            let messages = Messages {
                tombstones: Tombstones::new(0.25).unwrap(),
                key_format: KeyFormat::Avro,
                ..Messages::default()
            };
            let plan = plan_with(dataset.clone(), format, messages);
            let batch = batch(&plan, IDS);
            let tombstones: Vec<_> = batch
                .records()
                .filter(|record| record.is_tombstone)
                .collect();
            // 5 standard deviations of a binomial distribution.
            let (mean, deviation) = (COUNT as f64 / 4.0, (COUNT as f64 * 3.0 / 16.0).sqrt());
            assert!((tombstones.len() as f64 - mean).abs() < 5.0 * deviation);
            for record in &tombstones {
                assert!(record.key.is_some() && record.payload.is_empty());
                let own = format!("{}/{}", id(1), record.index);
                let found: Vec<_> = record.headers().collect();
                assert_eq!(found, [("tombstone_of", own.as_bytes())]);
            }
            assert!(inspected(&plan, IDS, batch.records()).all_intact());
            let one = tombstones[0];
            let at = one.index;
            let of = |text: String| [("tombstone_of".to_owned(), text.into_bytes())];
            for (key, headers, verdict) in [
                (
                    Some(&b"other"[..]),
                    of(format!("{}/{at}", id(1))).to_vec(),
                    Verdict::Corrupt(at),
                ),
                (
                    None,
                    of(format!("{}/{at}", id(1))).to_vec(),
                    Verdict::Corrupt(at),
                ),
                (
                    one.key,
                    of(format!("{}/{at}", id(2))).to_vec(),
                    Verdict::OtherEmulation,
                ),
                (
                    one.key,
                    of(format!("{}/{}", id(1), u64::MAX)).to_vec(),
                    Verdict::Foreign,
                ),
                (one.key, of("7".to_owned()).to_vec(), Verdict::Foreign),
                (one.key, Vec::new(), Verdict::Foreign),
            ] {
                let mut read = Payloads::default();
                let headers = headers.iter();
                let headers = headers.map(|(name, value)| (&**name, Some(&**value)));
                read.push_message(0, key, None, headers);
                let mut verdicts = Vec::new();
                let verifier = Formats.record_verifier(id(1), &plan, IDS);
                verifier.inspect(&read, &mut verdicts);
                assert_eq!(verdicts, [verdict], "{dataset} {format}");
            }
        }
    }
}
