//! Deliveries against their definition, carried out record by record and sorted.

use proptest::prelude::*;

use super::*;
use crate::delivery::Counts;
use crate::timeline::tests::shapes;
use crate::{Domain, Rate, Seed, Timeline, Timestamp, Traffic};

fn clock(traffic: &Traffic, seed: u64) -> Clock {
    let start = Timestamp::from_micros(1_767_225_600_000_000).unwrap();
    Clock {
        timeline: Timeline::of(start, traffic, Seed::new(seed)).unwrap(),
        dataset: Domain::Transaction.into(),
        seed: Seed::new(seed),
    }
}

fn settings(shares: [f64; 5]) -> Imperfections {
    Imperfections::with_shares(shares.map(|share| Share::new(share).unwrap()))
}

/// The deliveries of `first..end` by their definition: each record that is not missing at its own
/// place or, where it leaves that, before the record whose turn it is then.
fn by_definition(all: &Deliveries, clock: &Clock, first: u64, end: u64) -> Vec<u64> {
    let mut placed = Vec::new();
    for record in first..end {
        let fault = all.faulty(record).filter(|(found, ..)| *found == record);
        let fault = fault.map(|(_, fault, number)| (fault, number));
        // Those that come from elsewhere come before the record at its own place.
        if !fault.is_some_and(|(fault, _)| fault.leaves_its_place()) {
            placed.push(((record, 1, 0, 0, 0), record));
        }
        let Some((fault, number)) = fault else {
            continue;
        };
        let (route, lanes, least) = match fault {
            Fault::Late => (0, 32, 0),
            Fault::OutOfOrder => (1, 16, 1),
            Fault::Duplicate => (2, 16, 0),
            Fault::Missing | Fault::Corrupt | Fault::ClockSkew | Fault::Drift => continue,
        };
        let lane = number % lanes;
        let place = match fault {
            Fault::Late => {
                // The middle of the lane's part of the exponential distribution of mean 0.5 s.
                let thousandths = EXPONENTIAL[lane as usize];
                let delay = (500 * thousandths).min(3_000_000) as i64;
                let time = clock.timeline.at(record).unwrap().moved(delay);
                let mut place = record + 1;
                while place < end && clock.timeline.at(place).unwrap() < time {
                    place += 1;
                }
                place
            }
            _ => record + 1 + least + lane * (50 - least) / 15,
        };
        let place = if place < end { place } else { u64::MAX };
        placed.push(((place, 0, route, lane, number), record));
    }
    placed.sort_unstable();
    placed.into_iter().map(|(_, record)| record).collect()
}

/// −ln(1 − (n + ½) / 32) in thousandths, in the order of the lanes.
const EXPONENTIAL: [u64; 32] = [
    548, 3060, 189, 1114, 16, 1451, 398, 792, 116, 2213, 267, 940, 662, 48, 1761, 495, 4159, 309,
    1023, 81, 1326, 604, 152, 1962, 863, 227, 2549, 352, 1214, 725, 445, 1594,
];

#[test]
fn delays_are_the_quantiles_of_the_exponential_distribution() {
    let mut sorted = EXPONENTIAL;
    sorted.sort_unstable();
    for (number, thousandths) in sorted.into_iter().enumerate() {
        let quantile = -(1.0 - (number as f64 + 0.5) / 32.0).ln();
        assert!((thousandths as f64 / 1000.0 - quantile).abs() < 0.000_6);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn deliveries_are_what_their_definition_says_from_wherever_they_are_read(
        shares in prop::array::uniform5(0.0..0.19f64), seed: u64, shape in 0..8usize,
        first in 0..3_000u64, len in 1..3_000u64, at: prop::sample::Index,
    ) {
        let shapes = shapes::all();
        let traffic = Traffic::new(shapes[shape % shapes.len()].clone(), seed % 3 == 0).unwrap();
        let clock = clock(&traffic, seed);
        let end = (first + len).min(clock.timeline.capacity());
        prop_assume!(first < end);
        let all = Deliveries::new(&settings(shares), clock.clone(), first, end);
        let expected = by_definition(&all, &clock, first, end);
        prop_assert_eq!(all.len(), expected.len() as u64);
        let walked: Vec<_> = all.from(0).map(|delivery| delivery.record).collect();
        prop_assert_eq!(&walked, &expected);
        prop_assume!(!expected.is_empty());
        let from = at.index(expected.len());
        let rest: Vec<_> = all.from(from as u64).map(|delivery| delivery.record).collect();
        prop_assert_eq!(&rest, &expected[from..]);
        for (number, record) in expected.iter().enumerate().skip(from).take(100) {
            prop_assert_eq!(all.at(number as u64).unwrap().record, *record);
            let of = expected.iter().enumerate().filter(|(_, other)| *other == record);
            let of: Vec<_> = of.map(|(number, _)| number as u64).collect();
            prop_assert_eq!(&all.of(*record), &of);
            prop_assert!(of.contains(&all.one_of(*record).unwrap()));
        }
        prop_assert_eq!(all.at(all.len()), None);
    }

    #[test]
    fn parts_deliver_together_what_the_whole_does(
        shares in prop::array::uniform5(0.0..0.19f64), seed: u64, cut in 1..1_999u64,
    ) {
        let traffic = Rate::per_second(100.0).unwrap().into();
        let of = |first, end| {
            let all = Deliveries::new(&settings(shares), clock(&traffic, seed), first, end);
            let mut found: Vec<_> = all.from(0).map(|each| (each.record, each.fault)).collect();
            found.sort_unstable();
            found
        };
        let parts = [of(0, cut), of(cut, 2_000)].concat();
        prop_assert_eq!(of(0, 2_000), parts);
    }
}

#[test]
fn shares_and_bounds_are_kept() {
    let settings = Imperfections {
        missing: Share::new(0.05).unwrap(),
        late: Some(Late {
            share: Share::new(0.05).unwrap(),
            bound: crate::Span::seconds(30.0).unwrap(),
            mean: None,
        }),
        duplicate: Some(Nearby {
            share: Share::new(0.01).unwrap(),
            window: 10,
        }),
        ..Imperfections::default()
    };
    let traffic = Rate::per_second(1000.0).unwrap().into();
    let clock = clock(&traffic, 7);
    let count = 1_000_000;
    let all = Deliveries::new(&settings, clock.clone(), 0, count);
    let tally = all.tally(&Counts {
        generated: all.len(),
        skewed: 3,
        ..Counts::default()
    });
    let expected = [50_000, 50_000, 0, 10_000, 0, 3, 0];
    for ((fault, found), expected) in tally.into_iter().zip(expected) {
        assert!(u64::abs_diff(found, expected) <= 2, "{fault}: {found}");
    }
    assert_eq!(all.len(), count - tally[0].1 + tally[3].1);
    assert!(!all.is_empty());
    // Runs are equal if they deliver the same.
    let of = |settings: &Imperfections| Deliveries::new(settings, clock.clone(), 0, count);
    let renamed = Imperfections {
        new_ids: true,
        ..settings.clone()
    };
    assert!(of(&settings) == all && of(&renamed) != all);
    assert!(of(&Imperfections::default()) != all);
    let mut latest = Timestamp::EARLIEST;
    let mut delays = Vec::new();
    for delivery in all.from(0) {
        let time = clock.timeline.at(delivery.record).unwrap();
        if let Some((Fault::Late, _)) = delivery.fault {
            delays.push(latest.seconds_since(time));
        }
        latest = latest.max(time);
    }
    delays.sort_by(f64::total_cmp);
    // Even up to the bound: as far behind the newest record as was drawn, but at the run's end.
    assert!(delays[delays.len() - 1] <= 30.0);
    for part in 1..10 {
        let found = delays[delays.len() * part / 10];
        assert!((found - 3.0 * part as f64).abs() < 1.5, "{part}: {found}");
    }
}

#[test]
fn a_second_delivery_has_another_id_if_that_is_wanted() {
    let traffic = Rate::per_second(100.0).unwrap().into();
    for new_ids in [false, true] {
        let settings = Imperfections {
            new_ids,
            ..settings([0.1, 0.0, 0.0, 0.2, 0.0])
        };
        let all = Deliveries::new(&settings, clock(&traffic, 7), 100, 1_100);
        assert!(!all.has(99) && all.has(100) && all.has(1_099) && !all.has(1_100));
        let mut twice = 0;
        for record in 100..1_100 {
            let deliveries = all.of(record);
            let renamed = match *deliveries {
                [_, second] if new_ids => Some(second),
                _ => None,
            };
            twice += u64::from(deliveries.len() == 2);
            assert_eq!(all.renamed(record), renamed);
            assert_eq!(all.has_new_id(record), renamed.is_some());
            for delivery in &deliveries {
                let alike = match renamed {
                    Some(_) => vec![*delivery],
                    None => deliveries.clone(),
                };
                assert_eq!(all.alike(*delivery), alike);
            }
        }
        assert!((199..=201).contains(&twice), "{twice}");
        assert!(all.alike(all.len()).is_empty());
    }
}
