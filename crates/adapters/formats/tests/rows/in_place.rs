//! What is wrong with records that stay where they are: ids that lead nowhere, fields that drift,
//! clocks that are wrong.

use std::collections::BTreeMap;

use emulator_domain::Span;
use emulator_domain::delivery::Counts;
use emulator_domain::imperfection::{Corruption, Drift, Fault, Imperfections, Skew};
use emulator_domain::plan::Messages;
use emulator_domain::record::Column;
use emulator_domain::verification::Verdict;

use super::imperfections::{datasets, dirty, is_retyped, moved, parts, share};
use super::*;

/// All that a format can carry, at once, read back by what is known of the run alone.
fn all_intact(plan: &EmulationPlan) -> Batch {
    let batch = encoded(plan, 0..plan.end());
    let mut read = Payloads::default();
    for record in batch.records() {
        let value = (!record.is_tombstone).then_some(record.payload);
        let headers = record.headers().map(|(name, value)| (name, Some(value)));
        read.push_message(record.index, record.key, value, headers);
    }
    let verifier = Formats.record_verifier(id(1), plan, SchemaIds::default());
    let mut verdicts = Vec::new();
    verifier.inspect(&read, &mut verdicts);
    for (number, verdict) in (0..plan.end()).zip(verdicts) {
        let what = format!("{} as {}: {number}", plan.dataset(), plan.format());
        assert_eq!(verdict, Verdict::Intact(number), "{what}");
    }
    batch
}

#[test]
fn an_id_that_leads_to_no_record_is_known_all_the_same() {
    for dataset in datasets() {
        let id = dataset.id_fields()[0].clone();
        for format in FORMATS {
            let unknown = Imperfections {
                corrupt: Some(Corruption {
                    share: share(0.2),
                    fields: vec![id.clone()],
                    kinds: Vec::new(),
                }),
                ..Imperfections::default()
            };
            let plan = dirty(&dataset, format, unknown);
            let found = parts(&all_intact(&plan));
            let clean = parts(&encoded(
                &dirty(&dataset, format, Imperfections::default()),
                0..COUNT,
            ));
            let differ = found
                .iter()
                .zip(&clean)
                .filter(|(found, clean)| found != clean);
            // A tombstone has no id, and a key of its own.
            assert!(
                (100..=121).contains(&differ.count()),
                "{dataset} as {format}"
            );
        }
    }
}

/// The record as drift is to leave it, by its definition; `found` says only how numbers are written.
fn drifted(mut record: Value, drift: &Drift, found: &Value) -> Value {
    let fields = record.as_object_mut().unwrap();
    fields.remove(&drift.remove[0]);
    if let Some(value) = fields.remove(&drift.rename[0].0) {
        fields.insert(drift.rename[0].1.clone(), value);
    }
    for name in &drift.retype {
        if let Some(value) = fields.get_mut(name).filter(|value| !value.is_null()) {
            assert!(is_retyped(value, &found[name]), "{name}: {value}");
            *value = found[name].clone();
        }
    }
    fields.insert("version".to_owned(), json!({"is": [2, "\u{e4}\""]}));
    record
}

#[test]
fn from_one_record_on_all_have_other_fields_whatever_else_is_wrong() {
    for dataset in datasets() {
        let kept = [&*dataset.id_fields()[0], &*dataset.key().unwrap().name].map(str::to_owned);
        let fields = dataset.schema().fields().iter();
        let names = fields.map(|field| field.name.to_string());
        let mut names: Vec<_> = names.filter(|name| !kept.contains(name)).collect();
        let drift = Drift {
            from: 217,
            remove: vec![names.remove(1)],
            rename: vec![(names.remove(1), "new \"name\"".to_owned())],
            retype: names,
            add: vec![("version".to_owned(), r#"{"is":[2,"\u00e4\""]}"#.to_owned())],
        };
        let wrong = |drift| Imperfections {
            drift,
            clock_skew: Some(Skew {
                share: share(0.1),
                bound: Span::seconds(5.0).unwrap(),
                device: kept[1].clone(),
            }),
            ..moved()
        };
        for format in [Format::Json, Format::Ndjson] {
            let plan = dirty(&dataset, format, wrong(Some(drift.clone())));
            let without = dirty(&dataset, format, wrong(None));
            let (found, without) = [&plan, &without]
                .map(|plan| encoded(plan, 0..plan.end()))
                .into();
            let deliveries = plan.deliveries().unwrap();
            let mut count = 0;
            for (found, without) in found.records().zip(without.records()) {
                let record = deliveries.at(found.index).unwrap().record;
                if found.is_tombstone || record < drift.from {
                    assert_eq!(found.payload, without.payload);
                    continue;
                }
                count += 1;
                let parsed = |payload| -> Value { serde_json::from_slice(payload).unwrap() };
                let (found, without) = (parsed(found.payload), parsed(without.payload));
                match dataset.envelope() {
                    Envelope::None => assert_eq!(found, drifted(without, &drift, &found)),
                    Envelope::Emulation => {
                        let mut expected = without;
                        expected["data"] = drifted(expected["data"].take(), &drift, &found["data"]);
                        assert_eq!(found, expected);
                    }
                }
            }
            assert!(count > 300, "{count}");
            // Those that come twice have a wrong clock once, those that are missing none.
            let all: Vec<_> = plan.injected(0).collect();
            let skewed = all.iter().filter(|fault| fault.fault == Fault::ClockSkew);
            let twice = skewed.clone().filter(|fault| fault.deliveries.len() == 2);
            assert_eq!(
                encoded(&plan, 0..plan.end()).skewed(),
                skewed.count() as u64
            );
            assert!(twice.count() > 0 || kept[1] != "text");
            let told = all.iter().filter(|fault| fault.fault == Fault::Drift);
            assert!(told.map(|fault| fault.index).eq(217..COUNT));
            let all = Counts {
                generated: plan.end(),
                ..Counts::default()
            };
            let tally = deliveries.tally(&all);
            assert!(tally.contains(&(Fault::Drift, COUNT - 217)), "{tally:?}");
        }
        for format in [Format::Csv, Format::Avro, Format::Protobuf, Format::Parquet] {
            let sink = match format {
                Format::Parquet => Sink::File,
                _ => Sink::Kafka,
            };
            let refused = EmulationPlan::new(PlanSpec {
                imperfections: wrong(Some(drift.clone())),
                ..PlanSpec::new(dataset.clone(), sink, format)
            });
            let told = refused.unwrap_err().to_string();
            let expected =
                format!("invalid imperfections drift in {format}; expected format json or ndjson");
            assert!(told.starts_with(&expected), "{told}");
        }
    }
}

/// Each device's clock is right, or wrong by as much as it always is, in every format.
#[test]
fn times_are_wrong_by_what_the_clock_of_their_device_is() {
    for dataset in datasets() {
        let fields = dataset.schema().fields();
        let user = fields.iter().find(|field| field.name == "user_id");
        let key = user.or(dataset.key()).unwrap().name.to_string();
        let device = fields.iter().position(|field| *field.name == key).unwrap();
        let skewed = Imperfections {
            clock_skew: Some(Skew {
                share: share(0.5),
                bound: Span::seconds(40.0).unwrap(),
                device: key,
            }),
            ..Imperfections::default()
        };
        let plan = dirty(&dataset, Format::Ndjson, skewed.clone());
        let faults: BTreeMap<_, _> = (plan.injected(0))
            .map(|fault| (fault.index as usize, fault.skew.unwrap()))
            .collect();
        for format in FORMATS {
            let plan = EmulationPlan::new(PlanSpec {
                messages: Messages::default(),
                ..dirty(&dataset, format, skewed.clone()).spec().clone()
            });
            let batch = all_intact(&plan.unwrap());
            assert_eq!(batch.skewed(), faults.len() as u64, "{dataset} as {format}");
        }
        let clean = dirty(&dataset, Format::Ndjson, Imperfections::default());
        let block = |plan: &EmulationPlan| {
            let mut block = Default::default();
            let made = emulator_domain::record::blocks(plan);
            made.fill(0..COUNT, &mut block).unwrap();
            block
        };
        let (found, was) = (block(&plan), block(&clean));
        let mut clocks = BTreeMap::new();
        let shown = |column: &Column, row| format!("{:?}", column.get(row));
        for row in 0..COUNT as usize {
            let by = found.times[row].micros() - was.times[row].micros();
            let columns = fields.iter().zip(found.columns.iter().zip(&was.columns));
            for (field, (found, was)) in columns {
                use emulator_domain::record::Value;
                match (found.get(row), was.get(row)) {
                    (Value::Timestamp(found), Value::Timestamp(was)) => {
                        // Texts of built-in domains have no microseconds.
                        let cut = |time: Timestamp| time.micros().div_euclid(1000);
                        assert_eq!(cut(found), cut(was.moved(by)), "{}", field.name);
                    }
                    (Value::Missing, Value::Missing) => {}
                    (found, was) => {
                        let same = emulator_domain::record::values_equal(found, was);
                        assert!(same, "{}", field.name);
                    }
                }
            }
            assert_eq!(faults.get(&row).copied().unwrap_or(0), by);
            assert!(by % 1000 == 0 && by.abs() <= 40_000_000, "{by}");
            let device = shown(&was.columns[device], row);
            assert!(device != "Null" || by == 0);
            assert_eq!(*clocks.entry(device).or_insert(by), by);
        }
        // Half of them are right, and a quarter each is behind and ahead.
        for (sign, share) in [(0, 0.5), (1, 0.25), (-1, 0.25)] {
            let devices = clocks.len() as f64;
            let found = clocks.values().filter(|by| by.signum() == sign).count() as f64;
            let spread = 4.0 * (devices * share * (1.0 - share)).sqrt();
            assert!(
                (found - devices * share).abs() <= spread,
                "{sign}: {found} of {devices}"
            );
        }
    }
}
