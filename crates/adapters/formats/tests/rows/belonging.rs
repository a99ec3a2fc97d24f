//! Whose record a row is that was read back: of the run, of another, of nobody.

use emulator_domain::imperfection::{CorruptKind, Corruption, Imperfections};
use emulator_domain::plan::{RecordCount, Window};
use emulator_domain::verification::Verdict;
use proptest::prelude::*;

use super::imperfections::{moved, share};
use super::*;

fn verdicts(plan: &EmulationPlan, payloads: &[(Vec<u8>, Vec<u8>)]) -> Vec<Verdict> {
    let mut read = Payloads::default();
    for (position, (key, payload)) in (0..).zip(payloads) {
        read.push_message(position, Some(key), Some(payload), std::iter::empty());
    }
    let mut verdicts = Vec::new();
    let verifier = Formats.record_verifier(id(1), plan, SchemaIds::default());
    verifier.inspect(&read, &mut verdicts);
    verdicts
}

fn delivered(plan: &EmulationPlan, range: std::ops::Range<u64>) -> Vec<(Vec<u8>, Vec<u8>)> {
    let batch = encoded(plan, range);
    let records = batch.records();
    records
        .map(|record| (record.key.unwrap().to_vec(), record.payload.to_vec()))
        .collect()
}

#[test]
fn rows_are_known_by_their_ids_in_any_order() {
    for format in FORMATS {
        for envelope in [Envelope::None, Envelope::Emulation] {
            let plan = plan(
                Mixed::new(envelope, &["id", "ship_to.zip"], "text", true),
                Sink::Kafka,
                format,
                Grouping::Grouped,
            );
            let all: Vec<_> = [0, 7, 8, 9, 512, 3]
                .into_iter()
                .flat_map(|index| delivered(&plan, index..index + 1))
                .collect();
            let expected = [0, 7, 8, 9, 512, 3].map(Verdict::Intact);
            assert_eq!(verdicts(&plan, &all), expected, "{format} {envelope:?}");
            let mut keyed = all.clone();
            keyed[1].0.push(b'x');
            assert_eq!(verdicts(&plan, &keyed)[1], Verdict::Corrupt(7));
        }
    }
}

#[test]
fn rows_of_other_emulations_are_told_from_what_is_no_row() {
    for format in FORMATS {
        let plan = messages(Envelope::Emulation, format, true);
        let own = delivered(&plan, 4..5).remove(0);
        let mut other = own.clone();
        replace(&mut other.1, id(1).get(), id(2).get());
        let nothing = (Vec::new(), b"[1, 2".to_vec());
        let found = verdicts(&plan, &[own, other, nothing]);
        use Verdict::{Foreign, Intact, OtherEmulation};
        assert_eq!(found, [Intact(4), OtherEmulation, Foreign]);
    }
}

/// A topic of several runs of one timeline, each of which takes a part.
#[test]
fn rows_of_other_parts_are_told_from_those_of_the_run() {
    for format in FORMATS {
        for (envelope, before, after) in [
            (
                Envelope::None,
                Verdict::OtherEmulation,
                Verdict::OtherEmulation,
            ),
            (Envelope::Emulation, Verdict::Foreign, Verdict::Intact(50)),
        ] {
            let whole = messages(envelope, format, true);
            let part = part(&whole, 100, 50);
            let mut all: Vec<_> = [99, 100, 149, 150]
                .into_iter()
                .flat_map(|index| delivered(&whole, index..index + 1))
                .collect();
            all[2].0.push(b'x');
            let expected = [before, Verdict::Intact(0), Verdict::Corrupt(49), after];
            assert_eq!(verdicts(&part, &all), expected, "{format} {envelope:?}");
            assert_eq!(
                delivered(&part, 0..1),
                delivered(&whole, 100..101),
                "{format}"
            );
        }
    }
}

/// The records of the plan from `first` on.
fn part(plan: &EmulationPlan, first: u64, count: u64) -> EmulationPlan {
    EmulationPlan::new(PlanSpec {
        window: Window {
            first_index: first,
            ..Window::default()
        },
        count: RecordCount::new(count).ok(),
        ..plan.spec().clone()
    })
    .unwrap()
}

/// The same with every fault that changes where a record is, or its id.
#[test]
fn imperfect_rows_of_other_parts_are_told_from_those_that_no_part_delivers() {
    let faults = Imperfections {
        new_ids: true,
        corrupt: Some(Corruption {
            share: share(0.1),
            fields: vec!["id".to_owned()],
            kinds: vec![CorruptKind::Unknown],
        }),
        ..moved()
    };
    for format in FORMATS {
        for envelope in [Envelope::None, Envelope::Emulation] {
            let clean = messages(envelope, format, true);
            let whole = EmulationPlan::new(PlanSpec {
                imperfections: faults.clone(),
                ..clean.spec().clone()
            });
            let whole = whole.unwrap();
            let own = part(&whole, 400, 300);
            let read = verdicts(&own, &delivered(&own, 0..own.end()));
            assert!(
                read.into_iter().eq((0..own.end()).map(Verdict::Intact)),
                "{format}"
            );
            let elsewhere = match envelope {
                Envelope::None => Verdict::OtherEmulation,
                // It says that it is of this emulation, which has no such record.
                Envelope::Emulation => Verdict::Foreign,
            };
            for other in [part(&whole, 0, 400), part(&whole, 700, 500)] {
                let found = verdicts(&own, &delivered(&other, 0..other.end()));
                assert!(
                    found.iter().all(|verdict| *verdict == elsewhere),
                    "{format} {envelope:?}"
                );
            }
            // A record that neither comes twice nor is damaged, with ids that lead to it.
            let sound = |index: &u64| whole.injected(0).all(|fault| fault.index != *index);
            let index = (0..400).find(sound).unwrap();
            let record = delivered(&clean, index..index + 1).remove(0);
            for change in [1, AGAIN, UNKNOWN] {
                let made_up = Mixed::id(index).as_u128() ^ change;
                let mut other = record.clone();
                replace(&mut other.1, Mixed::id(index), Uuid::from_u128(made_up));
                assert_eq!(
                    verdicts(&own, &[other])[0],
                    Verdict::Foreign,
                    "{format} {change:x}"
                );
            }
        }
    }
}

/// What distinguishes a duplicate's new id from the record's own.
const AGAIN: u128 = 0x5555_aaaa_5555_0aaa_0155_aaaa_5555_aaaa;
/// What distinguishes a damaged id from the record's own.
const UNKNOWN: u128 = 0x2a2a_6666_2a2a_0666_02aa_6666_2a2a_6666;

/// Replaces an id by another, in text.
fn replace(payload: &mut [u8], id: Uuid, other: Uuid) {
    let [id, other] = [id, other].map(|id| id.to_string());
    let at = payload
        .windows(id.len())
        .position(|bytes| bytes == id.as_bytes());
    let at = at.unwrap();
    payload[at..at + id.len()].copy_from_slice(other.as_bytes());
}

proptest! {
    #[test]
    fn a_changed_row_is_never_intact(index in 0..1000_u64, at: prop::sample::Index, byte: u8) {
        for format in FORMATS {
            let plan = messages(Envelope::None, format, true);
            let own = delivered(&plan, index..index + 1).remove(0);
            let mut changed = own.clone();
            let at = at.index(changed.1.len());
            changed.1[at] = byte;
            match verdicts(&plan, std::slice::from_ref(&changed))[0] {
                Verdict::Intact(found) => {
                    prop_assert_eq!(found, index);
                    prop_assert_eq!(&changed, &own);
                }
                _ => prop_assert_ne!(&changed, &own),
            }
        }
    }

    #[test]
    fn anything_can_be_inspected(payload in proptest::collection::vec(any::<u8>(), 0..300)) {
        for format in FORMATS {
            let plan = messages(Envelope::Emulation, format, true);
            let found = verdicts(&plan, &[(Vec::new(), payload.clone())]);
            prop_assert_eq!(found, [Verdict::Foreign]);
        }
    }
}
