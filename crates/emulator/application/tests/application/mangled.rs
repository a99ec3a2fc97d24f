//! Of what was mangled on its way, exactly that is named.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use adapter_formats::Formats;
use adapter_memory::MemoryTopic;
use emulator_application::verify_delivery::DeliverySource;
use emulator_domain::plan::{EmulationPlan, Format, PlanSpec};
use emulator_domain::verification::{Indices, VerificationReport};
use emulator_domain::{Domain, Seed};
use emulator_ports::Encoders;
use proptest::prelude::*;

use crate::delivered::{RECORDS, delivered, id, plan, records, report, stored};

const PARTITIONS: usize = 3;

/// What a place holds: payloads, each with what is to be said of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Held {
    pub(crate) items: Vec<(Vec<u8>, Say)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Say {
    Intact(u64),
    Duplicate(u64),
    Corrupt(u64),
    OutOfOrder(u64),
    Foreign,
    Other,
}

/// The records by place: partition numbers, or names of objects.
pub(crate) fn by_place(
    plan: &EmulationPlan,
    place: impl Fn(u64, &[u8]) -> String,
) -> BTreeMap<String, Held> {
    let mut places = BTreeMap::<String, Held>::new();
    for record in records(id(1), plan, 0..RECORDS).records() {
        let held = places
            .entry(place(record.index, record.key.unwrap_or_default()))
            .or_default();
        let say = Say::Intact(record.index);
        held.items.push((record.payload.to_vec(), say));
    }
    places
}

#[derive(Clone, Copy, Debug)]
enum Mangling {
    Remove,
    Double,
    DoubleAtTheEnd,
    Change,
    Swap,
    Junk,
    OtherSeed,
    OtherEmulation,
}

impl Mangling {
    const ALL: [Self; 8] = [
        Self::Remove,
        Self::Double,
        Self::DoubleAtTheEnd,
        Self::Change,
        Self::Swap,
        Self::Junk,
        Self::OtherSeed,
        Self::OtherEmulation,
    ];
}

/// Mangles the places, each group of four neighbours at most once, and gives the indices that are
/// missing then.
fn mangle(
    plan: &EmulationPlan,
    places: &mut BTreeMap<String, Held>,
    manglings: &[(Mangling, prop::sample::Index)],
) -> BTreeSet<u64> {
    let mut groups: Vec<(String, Vec<u64>)> = Vec::new();
    for (name, held) in places.iter() {
        for chunk in held.items.chunks(4) {
            let indices = chunk.iter().map(|(_, say)| match say {
                Say::Intact(index) => *index,
                other => panic!("{other:?} before anything was mangled"),
            });
            groups.push((name.clone(), indices.collect()));
        }
    }
    let stranger = plan_of_other_seed(plan);
    let mut missing = BTreeSet::new();
    for (mangling, pick) in manglings {
        if groups.is_empty() {
            break;
        }
        let (name, indices) = groups.swap_remove(pick.index(groups.len()));
        let items = &mut places.get_mut(&name).unwrap().items;
        let index = indices[0];
        let at = items
            .iter()
            .position(|(_, say)| *say == Say::Intact(index))
            .unwrap();
        let own = items[at].0.clone();
        match mangling {
            Mangling::Remove => {
                items.remove(at);
                missing.insert(index);
            }
            Mangling::Double => items.insert(at + 1, (own, Say::Duplicate(index))),
            Mangling::DoubleAtTheEnd => items.push((own, Say::Duplicate(index))),
            Mangling::Change => {
                // Behind the id, in any field.
                let from = own.len() * 3 / 4;
                let byte = from + pick.index(own.len() - from);
                let payload = &mut items[at].0;
                payload[byte] = if payload[byte] == b'#' { b'%' } else { b'#' };
                items[at].1 = Say::Corrupt(index);
            }
            Mangling::Swap if indices.len() > 1 => {
                items.swap(at, at + 1);
                items[at + 1].1 = Say::OutOfOrder(index);
            }
            Mangling::Swap => {}
            Mangling::Junk => items.insert(at, (b"{\"no\": \"record\"}".to_vec(), Say::Foreign)),
            Mangling::OtherSeed => {
                let record = records(id(1), &stranger, index..index + 1);
                // A user's id is another's in another seed: the record is then a corrupt one.
                if *plan.dataset() != Domain::UserProfile.into() {
                    items.insert(at, (record.payload(0).to_vec(), Say::Foreign));
                }
            }
            Mangling::OtherEmulation => {
                let record = records(id(2), plan, index..index + 1);
                items.insert(at, (record.payload(0).to_vec(), Say::Other));
            }
        }
    }
    missing
}

fn plan_of_other_seed(like: &EmulationPlan) -> EmulationPlan {
    let spec = PlanSpec {
        seed: Seed::new(8),
        ..like.spec().clone()
    };
    EmulationPlan::new(spec).unwrap()
}

/// What an object of these payloads is by the documentation of its format.
fn framed(plan: &EmulationPlan, held: &Held) -> Vec<u8> {
    let payloads: Vec<_> = held
        .items
        .iter()
        .map(|(payload, _)| payload.as_slice())
        .collect();
    let columns: Vec<_> = plan.dataset().schema().columns().collect();
    let (header, separator, footer) = match plan.format() {
        Format::Json => ("[".to_owned(), ",\t", "\t]\n"),
        Format::Ndjson => (String::new(), "\n", "\n"),
        Format::Csv => (columns.join(",") + "\r\n", "\r\n", "\r\n"),
        Format::Avro => return container(plan, &payloads),
        Format::Protobuf => return delimited(&payloads),
        Format::Parquet => unreachable!("see tables"),
    };
    [
        header.into_bytes(),
        payloads.join(separator.as_bytes()),
        footer.as_bytes().to_vec(),
    ]
    .concat()
}

/// Each after its length, which takes two bytes from 128 on.
fn delimited(payloads: &[&[u8]]) -> Vec<u8> {
    let mut object = Vec::new();
    for payload in payloads {
        match payload.len() {
            len @ ..128 => object.push(len as u8),
            len => object.extend([len as u8 | 0x80, (len >> 7) as u8]),
        }
        object.extend_from_slice(payload);
    }
    object
}

/// Up to 1,024 records are one block: how many, how many bytes, the bytes, and the marker, with which
/// the header ends, too.
fn container(plan: &EmulationPlan, payloads: &[&[u8]]) -> Vec<u8> {
    let number = |number: usize| {
        let low = |shift: usize| (number << 1 >> shift & 0x7f) as u8;
        vec![low(0) | 0x80, low(7) | 0x80, low(14)]
    };
    let mut framer = Formats.framing(id(1), plan).framer();
    let one = records(id(1), plan, 0..1);
    let [header, _] = framer.append(&one, 0..1);
    let marker = &header[header.len() - 16..];
    let records = payloads.concat();
    [
        header,
        &number(payloads.len()),
        &number(records.len()),
        &records,
        marker,
    ]
    .concat()
}

fn named(indices: &Indices) -> BTreeSet<u64> {
    indices.ranges().iter().cloned().flatten().collect()
}

/// The report names exactly what is said of each payload, and nothing else.
fn names_exactly(
    report: &VerificationReport,
    places: &BTreeMap<String, Held>,
    missing: &BTreeSet<u64>,
) {
    assert_eq!(&named(&report.missing), missing);
    let mut faults = missing.len();
    let mut others = 0;
    // A partition may hold other emulations, an object may not.
    let is_shared = places.contains_key("0");
    for (name, held) in places {
        let which = |wanted: fn(&Say) -> Option<u64>| -> BTreeSet<u64> {
            held.items
                .iter()
                .filter_map(|(_, say)| wanted(say))
                .collect()
        };
        let found = report.places.iter().find(|place| place.name == *name);
        let duplicate = which(|say| match say {
            Say::Duplicate(index) => Some(*index),
            _ => None,
        });
        let corrupt = which(|say| match say {
            Say::Corrupt(index) => Some(*index),
            _ => None,
        });
        let out_of_order = which(|say| match say {
            Say::OutOfOrder(index) => Some(*index),
            _ => None,
        });
        let foreign: BTreeSet<u64> = (0..)
            .zip(&held.items)
            .filter_map(|(position, (_, say))| {
                let foreign = *say == Say::Foreign || *say == Say::Other && !is_shared;
                foreign.then_some(position)
            })
            .collect();
        others += held
            .items
            .iter()
            .filter(|(_, say)| is_shared && *say == Say::Other)
            .count();
        faults += duplicate.len() + corrupt.len() + out_of_order.len() + foreign.len();
        let Some(found) = found else {
            assert!(
                duplicate.is_empty()
                    && corrupt.is_empty()
                    && out_of_order.is_empty()
                    && foreign.is_empty(),
                "{name}"
            );
            continue;
        };
        assert_eq!(named(&found.duplicate), duplicate, "{name}");
        assert_eq!(named(&found.corrupt), corrupt, "{name}");
        assert_eq!(named(&found.out_of_order), out_of_order, "{name}");
        assert_eq!(named(&found.foreign), foreign, "{name}");
        assert_eq!(found.damage, None, "{name}");
        if let Some(expected) = &found.expected {
            let here: BTreeSet<u64> = missing
                .iter()
                .copied()
                .filter(|index| expected.contains(index))
                .collect();
            assert_eq!(named(&found.missing), here, "{name}");
        }
    }
    assert_eq!(report.totals.other_emulations, others as u64);
    assert_eq!(report.totals.read - others as u64, {
        let totals = report.totals;
        totals.intact + totals.duplicate + totals.corrupt + totals.foreign
    });
    assert_eq!(report.is_sound(), faults == 0);
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

pub(crate) fn partition(key: &[u8]) -> String {
    let sum: usize = key.iter().map(|byte| usize::from(*byte)).sum();
    (sum % PARTITIONS).to_string()
}

pub(crate) fn topic(places: &BTreeMap<String, Held>) -> DeliverySource {
    let partitions = (0..PARTITIONS).map(|number| {
        let held = places.get(&number.to_string()).cloned().unwrap_or_default();
        held.items.into_iter().map(|(payload, _)| payload).collect()
    });
    DeliverySource::Messages(Arc::new(MemoryTopic::new("place", partitions.collect())))
}

#[derive(Clone, Debug)]
struct Case {
    domain: Domain,
    format: Format,
    sync_type: &'static str,
    manglings: Vec<(Mangling, prop::sample::Index)>,
}

fn case() -> impl Strategy<Value = Case> {
    let mangling = (
        prop::sample::select(&Mangling::ALL[..]),
        any::<prop::sample::Index>(),
    );
    (
        prop::sample::select(&Domain::ALL[..]),
        prop::sample::select(&Format::ALL[..5]),
        prop::sample::select(vec!["grouped", "chunked", "single"]),
        prop::collection::vec(mangling, 1..25),
    )
        .prop_map(|(domain, format, sync_type, manglings)| Case {
            domain,
            format,
            sync_type,
            manglings,
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_mangled_in_a_topic_is_named(case in case()) {
        let plan = plan(case.domain, case.format, "grouped", 7);
        let mut places = by_place(&plan, |_, key| partition(key));
        let missing = mangle(&plan, &mut places, &case.manglings);
        let report = block_on(report(&delivered(&plan), topic(&places)));
        names_exactly(&report, &places, &missing);
    }

    #[test]
    fn what_was_mangled_in_objects_is_named(case in case()) {
        let plan = plan(case.domain, case.format, case.sync_type, 7);
        let objects = block_on(stored(&plan));
        // Which object holds which record is asked of the bytes, not of the verifier.
        let all = objects.all("place");
        let batch = records(id(1), &plan, 0..RECORDS);
        let mut places = by_place(&plan, |index, _| {
            let payload = batch.payload(index as usize);
            let mut holders = all.iter();
            let holder = holders.find(|(_, bytes)| memchr::memmem::find(bytes, payload).is_some());
            holder.unwrap().0.clone()
        });
        for (name, held) in &places {
            if plan.format() != Format::Avro {
                prop_assert_eq!(&framed(&plan, held), &all[name]);
            }
        }
        let manglings: Vec<_> = case.manglings.into_iter().filter(|(mangling, _)| {
            // Where a record of a block ends is known by reading it: junk there is damage.
            plan.format() != Format::Avro || !matches!(mangling, Mangling::Change | Mangling::Junk)
        }).collect();
        let missing = mangle(&plan, &mut places, &manglings);
        let mut absent = 0;
        for (name, held) in &places {
            if held.items.is_empty() {
                objects.take("place", name);
                absent += 1;
            } else {
                objects.insert("place", name, framed(&plan, held)).unwrap();
            }
        }
        let report = block_on(report(&delivered(&plan), DeliverySource::Objects(Arc::new(objects))));
        names_exactly(&report, &places, &missing);
        prop_assert_eq!(report.places.iter().filter(|place| place.absent).count(), absent);
    }
}
