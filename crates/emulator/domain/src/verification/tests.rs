use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;

use super::Verdict::{Corrupt, Foreign, Intact, OtherEmulation};
use super::*;
use crate::Domain;
use crate::imperfection::{Imperfections, Nearby, Share};
use crate::plan::{EmulationPlan, Format, PlanSpec, RecordCount, Sink};

fn partition(records: u64, verdicts: &[Verdict]) -> VerificationReport {
    let mut verification = Verification::new(records, 0);
    let mut place = RecordLocation::new("0", None);
    for (position, verdict) in verdicts.iter().enumerate() {
        verification.note(&mut place, *verdict, position as u64);
    }
    verification.close(place);
    verification.finish()
}

fn named(indices: &Indices) -> Vec<u64> {
    indices.ranges().iter().cloned().flatten().collect()
}

#[test]
fn each_fault_is_named_as_what_it_is() {
    let all = [Intact(0), Intact(1), Intact(2), Intact(3)];
    assert!(partition(4, &all).is_sound());
    assert!(partition(0, &[]).is_sound());
    // Missing, duplicate, corrupt, out of order, foreign.
    type Faults = [&'static [u64]; 5];
    let cases: &[(&[Verdict], Faults)] = &[
        (
            &[Intact(0), Intact(2), Intact(3)],
            [&[1], &[], &[], &[], &[]],
        ),
        (
            &[Intact(0), Intact(1), Intact(1), Intact(2), Intact(3)],
            [&[], &[1], &[], &[], &[]],
        ),
        // What comes again is a duplicate, and not out of order as well.
        (
            &[
                Intact(0),
                Intact(1),
                Intact(2),
                Intact(0),
                Intact(1),
                Intact(3),
            ],
            [&[], &[0, 1], &[], &[], &[]],
        ),
        (
            &[Intact(0), Corrupt(1), Intact(2), Intact(3)],
            [&[], &[], &[1], &[], &[]],
        ),
        (
            &[Intact(0), Intact(2), Intact(1), Intact(3)],
            [&[], &[], &[], &[1], &[]],
        ),
        (
            &[
                Intact(0),
                Foreign,
                Intact(1),
                Intact(2),
                Intact(3),
                Intact(4),
            ],
            [&[], &[], &[], &[], &[1, 5]],
        ),
    ];
    for (verdicts, expected) in cases {
        let report = partition(4, verdicts);
        let place = &report.places[0];
        let found = [
            &report.missing,
            &place.duplicate,
            &place.corrupt,
            &place.out_of_order,
            &place.foreign,
        ];
        assert_eq!(
            found.map(named),
            expected.map(<[u64]>::to_vec),
            "{verdicts:?}"
        );
        assert!(!report.is_sound(), "{verdicts:?}");
    }
}

#[test]
fn other_emulations_share_topics_and_not_objects() {
    let report = partition(1, &[OtherEmulation, Intact(0), OtherEmulation]);
    assert_eq!(report.totals.other_emulations, 2);
    assert!(report.is_sound());
    let mut verification = Verification::new(1, 0);
    let mut object = RecordLocation::new("object", Some(0..1));
    verification.note(&mut object, Intact(0), 0);
    verification.note(&mut object, OtherEmulation, 1);
    verification.close(object);
    assert_eq!(verification.finish().totals.foreign, 1);
}

#[test]
fn what_was_not_acknowledged_may_be_missing() {
    for (unacknowledged, sound) in [(0, false), (1, false), (2, true)] {
        let mut verification = Verification::new(3, unacknowledged);
        let mut place = RecordLocation::new("0", None);
        verification.note(&mut place, Intact(1), 0);
        verification.close(place);
        assert_eq!(verification.finish().is_sound(), sound);
    }
}

#[test]
fn a_record_outside_of_its_object_is_out_of_order_and_missing_there() {
    let mut verification = Verification::new(4, 0);
    for (name, expected, verdicts) in [
        ("a", 0..2, [Intact(0), Intact(2)]),
        ("b", 2..4, [Intact(3), Intact(1)]),
    ] {
        let mut place = RecordLocation::new(name, Some(expected));
        for verdict in verdicts {
            verification.note(&mut place, verdict, 0);
        }
        verification.close(place);
    }
    let report = verification.finish();
    assert_eq!(report.totals.missing, 0);
    assert_eq!(named(&report.places[0].out_of_order), [2]);
    assert_eq!(named(&report.places[0].missing), [1]);
    assert_eq!(named(&report.places[1].out_of_order), [1]);
    assert!(!report.is_sound());
}

#[test]
fn findings_beyond_the_room_are_counted() {
    let mut verification = Verification::new(1 << 40, 0);
    for number in 0..20_000u64 {
        let mut place = RecordLocation::new(number.to_string(), None);
        for record in 0..20 {
            verification.note(&mut place, Intact((number * 20 + record) * 2), record);
            verification.note(&mut place, Corrupt((number * 20 + record) * 2), record);
        }
        verification.close(place);
        verification.foreign_object("x");
    }
    let report = verification.finish();
    assert_eq!(report.totals.places, 20_000);
    assert_eq!(report.totals.corrupt, 400_000);
    assert_eq!(report.totals.foreign_objects, 20_000);
    assert_eq!(report.totals.missing, (1 << 40) - 400_000);
    let kept = |place: &RecordLocation| place.corrupt.ranges().len() + place.missing.ranges().len();
    assert!(report.places.iter().map(kept).sum::<usize>() <= Verification::RANGES);
    assert!(report.missing.ranges().len() <= Verification::RANGES);
    assert!(report.missing.left_out() > 0);
    assert!(report.places.len() <= Verification::PLACES);
    assert!(report.foreign_objects.len() <= Verification::PLACES);
}

proptest! {
    #[test]
    fn counts_add_up_and_missing_is_what_never_came(
        records in 1..300u64,
        verdicts in proptest::collection::vec(
            prop_oneof![
                6 => (0..400u64).prop_map(Intact),
                1 => (0..400u64).prop_map(Corrupt),
                1 => Just(Foreign),
                1 => Just(OtherEmulation),
            ],
            0..500,
        ),
    ) {
        let report = partition(records, &verdicts);
        let totals = report.totals;
        prop_assert_eq!(totals.read, verdicts.len() as u64);
        prop_assert_eq!(
            totals.read,
            totals.intact + totals.duplicate + totals.corrupt + totals.foreign
                + totals.other_emulations
        );
        let came: BTreeSet<_> = verdicts
            .iter()
            .filter_map(|verdict| match verdict {
                Intact(index) | Corrupt(index) => Some(*index),
                Foreign | OtherEmulation => None,
            })
            .collect();
        let never: Vec<_> = (0..records).filter(|index| !came.contains(index)).collect();
        prop_assert_eq!(named(&report.missing), never);
    }
}

#[test]
fn what_was_planned_and_never_made_is_missing_and_no_fault() {
    for (planned, missing) in [(2, vec![]), (3, vec![2]), (5, vec![2, 3, 4])] {
        let mut verification = Verification::new(2, 0).of_planned(planned);
        let mut place = RecordLocation::new("0", None);
        verification.note(&mut place, Intact(0), 0);
        verification.note(&mut place, Intact(1), 1);
        verification.close(place);
        let report = verification.finish();
        assert_eq!(named(&report.missing), missing);
        assert_eq!(report.totals.missing, missing.len() as u64);
        assert!(report.is_sound());
    }
}

#[test]
fn a_place_is_clean_until_something_is_found_in_it() {
    type Finding = fn(&mut RecordLocation, &mut Room);
    let findings: [Finding; 7] = [
        |place, _| place.absent = true,
        |place, _| place.damaged(Damage::Cut),
        |place, room| place.missing.add(1, room),
        |place, room| place.duplicate.add(1, room),
        |place, room| place.corrupt.add(1, room),
        |place, room| place.out_of_order.add(1, room),
        |place, room| place.foreign.add(1, room),
    ];
    for (number, finding) in findings.into_iter().enumerate() {
        let mut place = RecordLocation::new("0", None);
        assert!(place.is_clean() && !place.is_table());
        finding(&mut place, &mut Room::new(10));
        assert!(!place.is_clean(), "{number}");
    }
}

#[test]
fn of_an_object_the_first_damage_is_told_and_counted() {
    let mut place = RecordLocation::new("0", None);
    place.damaged(Damage::Cut);
    place.damaged(Damage::Trailing);
    assert_eq!(place.damage, Some(Damage::Cut));
    assert_eq!(Damage::Cut.to_string(), "ends too early");
    let mut verification = Verification::new(0, 0);
    let whole = RecordLocation::new("1", None);
    for place in [place.clone(), whole, place] {
        verification.close(place);
    }
    let totals = verification.finish().totals;
    assert_eq!((totals.places, totals.damaged), (3, 2));
}

#[test]
fn rows_of_a_table_may_come_in_any_order() {
    let mut verification =
        Verification::new(3, 0).of_columns(["first", "second"].map(String::from).into());
    let mut table = RecordLocation::table("table");
    assert!(table.is_table());
    for index in [2, 0, 1] {
        verification.note(&mut table, Intact(index), index);
    }
    assert!(table.is_clean());
    verification.note_columns(&[1], 2);
    verification.close(table);
    let report = verification.finish();
    let columns = report.columns.iter().map(|(_, found)| named(found));
    assert_eq!(columns.collect::<Vec<_>>(), [vec![], vec![2]]);
}

#[test]
fn a_record_that_the_run_does_not_have_is_foreign_damaged_or_not() {
    for verdict in [Intact(3), Corrupt(3), Corrupt(u64::MAX)] {
        let report = partition(3, &[Intact(0), Intact(1), Intact(2), verdict]);
        let place = &report.places[0];
        assert_eq!(named(&place.foreign), [3]);
        assert_eq!((place.corrupt.count(), place.intact), (0, 3));
    }
}

#[test]
fn foreign_objects_beyond_the_room_are_counted() {
    let mut verification = Verification::new(0, 0);
    for number in 0..=Verification::PLACES {
        verification.foreign_object(&number.to_string());
    }
    let report = verification.finish();
    assert_eq!(report.totals.foreign_objects, 10_001);
    assert_eq!(report.foreign_objects.len(), 10_000);
    assert_eq!(report.foreign_objects[9_999], "9999");
}

#[test]
fn deliveries_that_look_the_same_are_told_apart_by_their_place() {
    let share = |share| Share::new(share).unwrap();
    let plan = EmulationPlan::new(PlanSpec {
        count: RecordCount::new(1_000).ok(),
        imperfections: Imperfections {
            missing: share(0.1),
            duplicate: Some(Nearby {
                share: share(0.2),
                window: 30,
            }),
            ..Imperfections::default()
        },
        ..PlanSpec::new(Domain::Transaction, Sink::Null, Format::Json)
    });
    let plan = plan.unwrap();
    let all = plan.deliveries().unwrap();
    // A reader knows the record, not which of its deliveries it has read.
    let read = |delivery: u64| all.one_of(all.at(delivery).unwrap().record).unwrap();
    let second = (0..all.len()).find(|delivery| all.alike(*delivery).first() < Some(delivery));
    let second = second.unwrap();
    let report = |order: &[u64], is_unordered, damaged| {
        let mut verification = Verification::new(all.len(), 0).of_deliveries(Some(Arc::clone(all)));
        let mut place = RecordLocation::new("0", None);
        place.is_unordered = is_unordered;
        for (position, delivery) in order.iter().enumerate() {
            let verdict = match damaged == Some(*delivery) {
                true => Corrupt(read(*delivery)),
                false => Intact(read(*delivery)),
            };
            verification.note(&mut place, verdict, position as u64);
        }
        verification.close(place);
        verification.finish()
    };
    let whole: Vec<_> = (0..all.len()).collect();
    assert!(report(&whole, false, None).is_sound());
    let backwards: Vec<_> = whole.iter().rev().copied().collect();
    assert!(report(&backwards, true, None).is_sound());
    assert!(!report(&backwards, false, None).is_sound());
    let damaged = report(&whole, false, Some(second));
    assert_eq!(named(&damaged.places[0].corrupt), [second]);
    let mut less = whole.clone();
    less.remove(second as usize);
    let less = report(&less, false, None);
    assert_eq!((less.totals.missing, less.totals.duplicate), (1, 0));
    assert_eq!(named(&less.missing), [second]);
    let mut more = whole.clone();
    more.insert(second as usize + 1, second);
    let more = report(&more, false, None);
    assert_eq!((more.totals.missing, more.totals.duplicate), (0, 1));
}
