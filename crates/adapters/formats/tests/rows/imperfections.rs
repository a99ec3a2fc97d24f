//! Records that are delivered with imperfections: the same bytes as without, where they should be.

use emulator_domain::imperfection::{
    CorruptKind, Corruption, Fault, Imperfections, Late, Nearby, Share,
};
use emulator_domain::plan::{Headers, Messages, RecordCount, Tombstones};
use emulator_domain::record::field_at;
use emulator_domain::verification::Verdict;
use emulator_domain::{Domain, Span};

use super::*;

pub(crate) fn share(share: f64) -> Share {
    Share::new(share).unwrap()
}

pub(crate) fn moved() -> Imperfections {
    let nearby = |window| Nearby {
        share: share(0.05),
        window,
    };
    Imperfections {
        missing: share(0.05),
        late: Some(Late {
            share: share(0.05),
            bound: Span::seconds(0.02).unwrap(),
            mean: None,
        }),
        out_of_order: Some(nearby(20)),
        duplicate: Some(nearby(7)),
        ..Imperfections::default()
    }
}

pub(crate) fn dirty(
    dataset: &Dataset,
    format: Format,
    imperfections: Imperfections,
) -> EmulationPlan {
    let sink = match format.suits(emulator_domain::plan::Medium::Messages) {
        true => Sink::Kafka,
        false => Sink::File,
    };
    let plain = PlanSpec::new(dataset.clone(), sink, format);
    let messages = Messages {
        headers: Headers::new([("source".to_owned(), "test".into())]).unwrap(),
        tombstones: Tombstones::new(0.1).unwrap(),
        ..Messages::default()
    };
    EmulationPlan::new(PlanSpec {
        imperfections,
        count: RecordCount::new(COUNT).ok(),
        messages: match sink {
            Sink::Kafka => messages,
            _ => Messages::default(),
        },
        start_time: Timestamp::from_micros(1_767_225_600_000_123).unwrap(),
        ..plain
    })
    .unwrap()
}

pub(crate) fn datasets() -> Vec<Dataset> {
    let mut all: Vec<Dataset> = Domain::ALL.map(Dataset::from).into();
    for envelope in [Envelope::None, Envelope::Emulation] {
        let stream: Arc<dyn Stream> = Arc::new(Mixed::new(envelope, &["id"], "text", true));
        all.push(stream.into());
    }
    all
}

/// Key, value and headers of each record; the header of a tombstone has the number of a delivery.
pub(crate) type Parts = (Option<Vec<u8>>, Vec<u8>, bool, Vec<(String, Vec<u8>)>);

pub(crate) fn parts(batch: &Batch) -> Vec<Parts> {
    let records = batch.records().map(|record| {
        let headers = record
            .headers()
            .filter(|(name, _)| *name != Headers::TOMBSTONE);
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_vec()));
        (
            record.key.map(<[u8]>::to_vec),
            record.payload.to_vec(),
            record.is_tombstone,
            headers.collect(),
        )
    });
    records.collect()
}

#[test]
fn what_is_moved_is_the_same_in_every_format_however_it_is_cut() {
    for dataset in datasets() {
        for format in FORMATS {
            let plan = dirty(&dataset, format, moved());
            let clean = encoded(&dirty(&dataset, format, Imperfections::default()), 0..COUNT);
            let clean = parts(&clean);
            let whole = encoded(&plan, 0..plan.end());
            let found = parts(&whole);
            let deliveries = plan.deliveries().unwrap();
            let records: Vec<_> = (0..plan.end())
                .map(|number| deliveries.at(number).unwrap().record as usize)
                .collect();
            let expected: Vec<_> = records
                .iter()
                .map(|record| clean[*record].clone())
                .collect();
            assert!(found == expected, "{dataset} as {format}");
            // Some are away, some twice, some behind others.
            let mut once = records.clone();
            once.sort_unstable();
            once.dedup();
            assert!((565..575).contains(&once.len()), "{}", once.len());
            assert!(records.len() > once.len() + 25 && !records.is_sorted());
            for step in [1, 7, 256, 257] {
                let mut first = 0;
                let mut joined = Vec::new();
                while first < plan.end() {
                    let end = (first + step).min(plan.end());
                    joined.extend(parts(&encoded(&plan, first..end)));
                    first = end;
                }
                assert!(joined == found, "{dataset} as {format} in steps of {step}");
            }
        }
    }
}

#[test]
fn each_delivery_is_known_by_what_was_read() {
    for dataset in datasets() {
        for format in FORMATS {
            let plan = dirty(&dataset, format, moved());
            let mut read = Payloads::default();
            for record in encoded(&plan, 0..plan.end()).records() {
                let value = (!record.is_tombstone).then_some(record.payload);
                let headers = record.headers().map(|(name, value)| (name, Some(value)));
                read.push_message(record.index, record.key, value, headers);
            }
            let verifier = Formats.record_verifier(id(1), &plan, SchemaIds::default());
            let mut verdicts = Vec::new();
            verifier.inspect(&read, &mut verdicts);
            let deliveries = plan.deliveries().unwrap();
            for (number, verdict) in (0..).zip(verdicts) {
                let Verdict::Intact(found) = verdict else {
                    panic!("{dataset} as {format}: {number} is {verdict:?}")
                };
                // One of those that look the same.
                assert!(
                    deliveries.alike(number).contains(&found),
                    "{number}: {found}"
                );
            }
        }
    }
}

#[test]
fn a_damaged_record_differs_in_the_field_that_the_truth_names() {
    for dataset in datasets() {
        let corrupt = |kinds: &[CorruptKind]| Imperfections {
            corrupt: Some(Corruption {
                share: share(0.5),
                fields: Vec::new(),
                kinds: kinds.to_vec(),
            }),
            ..Imperfections::default()
        };
        let values = |imperfections| {
            let plan = dirty(&dataset, Format::Ndjson, imperfections);
            let plan = EmulationPlan::new(PlanSpec {
                messages: Messages::default(),
                ..plan.spec().clone()
            });
            let plan = plan.unwrap();
            let batch = encoded(&plan, 0..COUNT);
            let values = batch.records().map(|record| {
                let mut value: Value = serde_json::from_slice(record.payload).unwrap();
                match dataset.envelope() {
                    Envelope::None => value,
                    Envelope::Emulation => value["data"].take(),
                }
            });
            (values.collect::<Vec<_>>(), plan)
        };
        let (clean, _) = values(Imperfections::default());
        let (dirty, plan) = values(corrupt(&[]));
        let faults: Vec<_> = plan.injected(0).collect();
        assert!((295..=305).contains(&faults.len()));
        let mut kinds = std::collections::HashSet::new();
        let mut damaged = std::collections::HashSet::new();
        let mut told = faults.iter().peekable();
        for (index, (was, is)) in (0..).zip(clean.iter().zip(&dirty)) {
            let Some(fault) = told.next_if(|fault| fault.index == index) else {
                assert_eq!(was, is);
                continue;
            };
            assert_eq!(
                (fault.fault, &fault.deliveries),
                (Fault::Corrupt, &vec![index])
            );
            let (path, kind) = fault.corrupt.clone().unwrap();
            kinds.insert(kind.name());
            let (_, name) = field_at(dataset.schema().fields(), &path);
            let pointer = name.replace(']', "").replace(['.', '['], "/");
            let pointer = format!("/{pointer}");
            let pointer = in_map(was, &pointer).unwrap_or(pointer);
            damaged.insert(name.clone());
            let mut mended = is.clone();
            match (was.pointer(&pointer), mended.pointer_mut(&pointer)) {
                (Some(value), Some(place)) => *place = value.clone(),
                (None, Some(_)) => drop(mended.as_object_mut().unwrap().remove(&name)),
                _ => {}
            }
            assert_eq!(was, &mended, "{name}");
            let [was, is] = [was, is].map(|value| value.pointer(&pointer).unwrap_or(&Value::Null));
            if was.is_null() {
                assert!(is.is_null());
                continue;
            }
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            match kind {
                CorruptKind::Null => assert!(is.is_null()),
                CorruptKind::Empty => assert_eq!(is, ""),
                CorruptKind::Truncated => {
                    assert!(
                        text(was).starts_with(&text(is))
                            && text(is).len() <= text(was).len() / 2 + 3
                    );
                }
                CorruptKind::Garbled => {
                    assert!(text(was).is_empty() || text(is).contains('\u{fffd}'));
                }
                CorruptKind::Negative => assert_eq!(is.as_f64(), was.as_f64().map(|was| -was)),
                CorruptKind::Extreme => assert!(
                    text(is).starts_with("1970-01-01") || is.as_f64().unwrap() > 900.0,
                    "{is}"
                ),
                CorruptKind::Type => assert!(is_retyped(was, is), "{was} {is}"),
                CorruptKind::Unknown => assert!(is.is_string() && is != was),
            }
        }
        assert!(kinds.len() >= 4, "{kinds:?}");
        if matches!(dataset, Dataset::Stream(_)) {
            let nested = ["list[1].zip", "map", "map[]", "map[0]", "map[1]"];
            assert!(
                nested.iter().all(|name| damaged.contains(*name)),
                "{damaged:?}"
            );
        }
    }
}

/// Where the value of that entry of a map is: at its key.
fn in_map(record: &Value, pointer: &str) -> Option<String> {
    let (map, entry) = pointer.rsplit_once('/')?;
    let mut keys = record.pointer(map)?.as_object()?.keys();
    let key = keys.nth(entry.parse().ok()?)?;
    Some(format!(
        "{map}/{}",
        key.replace('~', "~0").replace('/', "~1")
    ))
}

/// Whether a value is the other as one of another type.
pub(crate) fn is_retyped(was: &Value, is: &Value) -> bool {
    match was {
        Value::Number(_) | Value::Bool(_) => {
            let text = is.as_str().unwrap_or_default();
            serde_json::from_str::<Value>(text).is_ok_and(|value| value == *was)
        }
        was => *is == json!([was]),
    }
}

#[test]
fn a_second_delivery_under_another_id_is_a_record_of_its_own_that_is_known() {
    for dataset in datasets() {
        let renamed = Imperfections {
            new_ids: true,
            ..moved()
        };
        if dataset == Domain::UserProfile.into() {
            continue;
        }
        for format in FORMATS {
            let plan = dirty(&dataset, format, renamed.clone());
            let mut read = Payloads::default();
            let mut seen = std::collections::HashSet::new();
            for record in encoded(&plan, 0..plan.end()).records() {
                let value = (!record.is_tombstone).then_some(record.payload);
                let headers = record.headers().map(|(name, value)| (name, Some(value)));
                read.push_message(record.index, record.key, value, headers);
                assert!(record.is_tombstone || seen.insert(record.payload.to_vec()));
            }
            let verifier = Formats.record_verifier(id(1), &plan, SchemaIds::default());
            let mut verdicts = Vec::new();
            verifier.inspect(&read, &mut verdicts);
            let intact = (0..plan.end()).map(Verdict::Intact);
            assert!(verdicts.into_iter().eq(intact), "{dataset} as {format}");
        }
    }
}
