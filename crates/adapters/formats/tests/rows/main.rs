//! Streams described at run time: written, read back by others' parsers, and verified.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

mod belonging;
mod beside;
mod imperfections;
mod in_place;
mod stream;

use std::sync::Arc;

use adapter_formats::Formats;
use emulator_domain::emulation::EmulationId;
use emulator_domain::plan::{EmulationPlan, Format, Grouping, PlanSpec, Sink};
use emulator_domain::record::{Envelope, Stream};
use emulator_domain::verification::RecordLocation;
use emulator_domain::{Dataset, Timestamp};
use emulator_ports::{Batch, Encoders, Payloads, SchemaIds};
use serde_json::{Value, json};
use uuid::Uuid;

use self::stream::{FLOATS, LONGS, Mixed};

/// Those that write record by record.
const FORMATS: [Format; 5] = [
    Format::Json,
    Format::Ndjson,
    Format::Csv,
    Format::Avro,
    Format::Protobuf,
];

const COUNT: u64 = 600;

fn id(number: u128) -> EmulationId {
    EmulationId::new(Uuid::from_u128(number))
}

fn plan(stream: Mixed, sink: Sink, format: Format, grouping: Grouping) -> EmulationPlan {
    let stream: Arc<dyn Stream> = Arc::new(stream);
    EmulationPlan::new(PlanSpec {
        grouping,
        start_time: Timestamp::from_micros(1_767_225_600_000_000).unwrap(),
        ..PlanSpec::new(Dataset::from(stream), sink, format)
    })
    .unwrap()
}

fn messages(envelope: Envelope, format: Format, wild: bool) -> EmulationPlan {
    let stream = Mixed::new(envelope, &["id", "text"], "text", wild);
    plan(stream, Sink::Kafka, format, Grouping::Grouped)
}

fn encoded(plan: &EmulationPlan, range: std::ops::Range<u64>) -> Batch {
    let mut batch = Batch::default();
    let encoder = Formats.encoder(id(1), plan, SchemaIds::default());
    encoder.encode(range, &mut batch).unwrap();
    batch
}

/// What a record should be in JSON.
fn expected(mixed: &Mixed, index: u64) -> Value {
    let i = index as usize;
    let number = LONGS[i % 6];
    let (text, at) = (mixed.text(index), i as i64 * 500);
    let word = if mixed.text(1).is_empty() {
        text
    } else {
        "tame"
    };
    let time = (index as i64 * 86_399_999) % 86_400_000_000;
    let address = |index: u64, text| json!({"zip": text, "number": LONGS[index as usize % 6]});
    let list: Vec<_> = (0..index % 3)
        .map(|i| address(i, mixed.text(i + 2)))
        .collect();
    let map: serde_json::Map<_, _> = (0..index % 3)
        .map(|i| (mixed.map_key(i).to_owned(), json!(i as f64 + 1.5)))
        .collect();
    let seconds = at / 1_000_000;
    let (thousandths, rest) = (at / 1000 % 1000, at % 1000);
    let micros = if rest == 0 {
        String::new()
    } else {
        format!("{rest:03}")
    };
    let price = [-0.05, 1.0, 12345.67][i % 3];
    let exact = [-0.0000005, 0.0, 922_337_203_685.477_6][i % 3];
    let mut record = json!({
        "id": Mixed::id(index).to_string(),
        "number": number,
        "text": text,
        "word": word,
        "flag": index.is_multiple_of(2),
        "float": FLOATS[i % 6],
        "price": price,
        "exact": exact,
        "whole": index,
        "day": emulator_domain::Date::from_days(index as i32 * 100 - 9000).to_string(),
        "time": clock(time),
        "at": format!("1970-01-01T00:00:{seconds:02}.{thousandths:03}{micros}Z"),
        "ship_to": address(index, text),
        "list": list,
        "map": map,
    });
    let optional = "a name of more than thirty-two bytes";
    if index % 5 == 1 {
        record["ship_to"] = Value::Null;
    }
    match index % 4 {
        1 => record[optional] = Value::Null,
        2 => {}
        _ => record[optional] = index.into(),
    }
    record
}

fn clock(micros: i64) -> String {
    let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
    let digits = match fraction % 1000 {
        0 => format!("{:03}", fraction / 1000),
        _ => format!("{fraction:06}"),
    };
    let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{h:02}:{m:02}:{s:02}.{digits}")
}

fn mixed(plan: &EmulationPlan) -> Mixed {
    let wild = encoded(plan, 2..3)
        .bytes()
        .windows(6)
        .any(|window| window == b"quoted");
    Mixed::new(Envelope::None, &[], "text", wild)
}

#[test]
fn json_says_what_the_record_is() {
    for (wild, envelope) in [
        (true, Envelope::None),
        (false, Envelope::None),
        (true, Envelope::Emulation),
    ] {
        for format in [Format::Json, Format::Ndjson] {
            let plan = messages(envelope, format, wild);
            let mixed = mixed(&plan);
            for record in encoded(&plan, 0..COUNT).records() {
                let mut value: Value = serde_json::from_slice(record.payload).unwrap();
                if envelope == Envelope::Emulation {
                    assert_eq!(value["emulation_id"], id(1).to_string());
                    let at = plan.event_time(record.index).unwrap().seconds_f64();
                    assert_eq!(value["timestamp"].as_f64(), Some(at));
                    value = value["data"].take();
                }
                let expected = expected(&mixed, record.index);
                assert_eq!(value, expected, "record {}", record.index);
                assert_eq!(record.key, Some(mixed.text(record.index).as_bytes()));
            }
        }
    }
}

#[test]
fn decimals_and_floats_are_written_out_as_they_are() {
    let plan = messages(Envelope::None, Format::Ndjson, false);
    let batch = encoded(&plan, 0..6);
    let text = String::from_utf8(batch.bytes().to_vec()).unwrap();
    for piece in [
        r#""price":-0.05,"#,
        r#""exact":-0.0000005,"#,
        r#""price":1.00,"exact":0.0000000,"#,
        r#""exact":922337203685.4775807,"#,
        r#""float":0.1,"#,
        r#""float":5e-324,"#,
        r#""number":-9223372036854775808,"#,
    ] {
        assert!(text.contains(piece), "{piece} in {text}");
    }
}

#[test]
fn csv_has_a_column_for_each_field_of_a_struct_and_json_in_those_of_lists() {
    for (wild, envelope) in [(true, Envelope::None), (false, Envelope::Emulation)] {
        let stream = Mixed::new(envelope, &[], "text", wild);
        let plan = plan(stream, Sink::File, Format::Csv, Grouping::Grouped);
        let mixed = mixed(&plan);
        let batch = encoded(&plan, 0..COUNT);
        let mut framer = Formats.framing(id(1), &plan).framer();
        let object = framer.append(&batch, 0..batch.len()).concat();
        let mut reader = csv::Reader::from_reader(&object[..]);
        let names = reader.headers().unwrap().clone();
        assert_eq!(
            names.iter().filter(|name| *name == "ship_to.zip").count(),
            1
        );
        let mut rows = 0;
        for (row, index) in reader.records().zip(0..) {
            let row = row.unwrap();
            let record = expected(&mixed, index);
            for (name, column) in names.iter().zip(&row) {
                let value = match name.strip_prefix("ship_to.") {
                    Some(inner) => &record["ship_to"][inner],
                    None => &record[name],
                };
                match value {
                    _ if ["emulation_id", "event_timestamp"].contains(&name) => {}
                    Value::Null => assert_eq!(column, ""),
                    Value::String(text) => assert_eq!(column, text),
                    Value::Array(_) | Value::Object(_) => {
                        assert_eq!(&serde_json::from_str::<Value>(column).unwrap(), value);
                    }
                    other => assert_eq!(column.parse::<Value>().unwrap(), *other, "{name}"),
                }
            }
            rows += 1;
        }
        assert_eq!(rows, COUNT);
    }
}

#[test]
fn any_split_gives_the_same_bytes() {
    for format in FORMATS {
        let plan = messages(Envelope::None, format, true);
        let all = encoded(&plan, 0..COUNT);
        for range in [0..1, 255..257, 3..COUNT] {
            let part = encoded(&plan, range.clone());
            let range = range.start as usize..range.end as usize;
            assert_eq!(part.stretch(0..part.len()), all.stretch(range));
        }
    }
}

#[test]
fn an_object_of_one_record_is_called_by_its_ids_and_holds_nothing_but_the_record() {
    for (ids, name) in [
        (
            &["id", "text"][..],
            "00000000-0000-0002-0000-000000abcdef.a%20%22quoted%22%20word",
        ),
        (&["text"], "a%20%22quoted%22%20word"),
        (&[], "2"),
    ] {
        let stream = Mixed::new(Envelope::None, ids, "text", true);
        let plan = plan(stream, Sink::File, Format::Csv, Grouping::Single);
        let batch = encoded(&plan, 2..3);
        assert_eq!(batch.id(0), name);
        let mut framer = Formats.framing(id(1), &plan).framer();
        let object = framer.append(&batch, 0..1).concat();
        let text = String::from_utf8(object).unwrap();
        assert!(text.starts_with("id,number,"), "{text}");
        assert_eq!(
            csv::Reader::from_reader(text.as_bytes()).records().count(),
            1
        );
    }
}

#[test]
fn objects_are_cut_into_the_rows_that_they_were_made_of() {
    for format in FORMATS {
        let stream = Mixed::new(Envelope::None, &["id"], "text", true);
        let plan = plan(stream, Sink::File, format, Grouping::Grouped);
        let batch = encoded(&plan, 0..COUNT);
        let framing = Formats.framing(id(1), &plan);
        let mut framer = framing.framer();
        let mut object = framer.append(&batch, 0..batch.len()).concat();
        object.extend_from_slice(framer.finish());
        if format == Format::Json {
            let all: Vec<Value> = serde_json::from_slice(&object).unwrap();
            assert_eq!(all.len() as u64, COUNT);
        }
        let (mut payloads, mut place) = (Payloads::default(), RecordLocation::new("o", None));
        let mut splitter = framing.splitter();
        let used = splitter.split(&object, &mut payloads, &mut place);
        splitter.finish(&object[used..], &mut payloads, &mut place);
        assert_eq!(place.damage, None);
        assert!(
            payloads
                .iter()
                .eq(batch.records().map(|record| record.payload))
        );
    }
}
