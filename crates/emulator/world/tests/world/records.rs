//! Each record follows from its index, and leads to those it names.

use std::collections::{HashMap, HashSet};

use emulator_domain::Seed;
use sha2::{Digest, Sha256};

use crate::harness::{all, field, fill, lines, longs, stream, texts, timeline, total, world};

const DAY: i64 = 86_400_000_000;

#[test]
fn any_part_is_the_same_as_in_the_whole_and_time_never_goes_back() {
    let world = world();
    for stream in world.streams() {
        let (name, len) = (stream.name(), total(&**stream, 7));
        assert!(len > 1_000, "{name}: {len}");
        let (from, to) = (len / 3, len / 3 + 700);
        let whole = lines(&fill(&**stream, 7, from..to.min(len)));
        for (number, line) in whole.iter().enumerate().step_by(13) {
            let index = from + number as u64;
            assert_eq!(
                lines(&fill(&**stream, 7, index..index + 1)),
                std::slice::from_ref(line),
                "{name}"
            );
        }
        let halves = [from..from + 311, from + 311..to.min(len)];
        let halves = halves.map(|range| lines(&fill(&**stream, 7, range)));
        assert_eq!(halves.concat(), whole, "{name}");
        let entities = stream.population(Seed::new(7)) < u64::MAX;
        assert_eq!(
            lines(&fill(&**stream, 8, from..from + 5)) == whole[..5],
            entities,
            "{name}"
        );

        let block = all(&**stream, 7);
        assert!(block.times.is_sorted(), "{name}");
        let timeline = timeline(&**stream);
        for index in [0, 1, len / 2, len - 1] {
            let position = stream.position(Seed::new(7), index);
            assert_eq!(
                timeline.at(position),
                Some(block.times[index as usize]),
                "{name}"
            );
            let first = stream.first_at(Seed::new(7), position);
            let time = block.times[index as usize];
            let expected = block.times.partition_point(|earlier| *earlier < time);
            assert_eq!(first, expected as u64, "{name}");
        }
        // Moments of records, and those right before and after.
        let positions = (0..len).map(|index| stream.position(Seed::new(7), index));
        let positions: Vec<_> = positions.collect();
        for position in positions.iter().step_by(7) {
            for moment in [position.saturating_sub(1), *position, position + 1] {
                let first = stream.first_at(Seed::new(7), moment);
                let expected = positions.partition_point(|earlier| *earlier < moment);
                assert_eq!(first, expected as u64, "{name} at {moment}");
            }
        }
        let mut beyond = Default::default();
        assert!(
            stream
                .fill(Seed::new(7), &timeline, len..len + 1, &mut beyond)
                .is_err()
        );
    }
}

/// A change here is a change of what people have generated before: raise `VERSION`.
/// What is kept of one run is not taken for another one's.
#[test]
fn runs_of_other_seeds_in_the_same_hours_have_their_own_records() {
    let seeds = [7, 8, 9, 7, 8];
    let alone = |name: &str, seed| {
        let world = world();
        lines(&fill(&**stream(&world, name), seed, 5_000..5_400))
    };
    let together = world();
    for name in ["payment", "login", "payment_truth"] {
        for seed in seeds {
            let found = fill(&**stream(&together, name), seed, 5_000..5_400);
            assert!(lines(&found) == alone(name, seed), "{name} of seed {seed}");
        }
    }
}

#[test]
fn every_stream_has_its_golden_digest() {
    let world = world();
    let mut digests = format!("version {}\n", emulator_world::VERSION);
    for stream in world.streams() {
        let len = total(&**stream, 7);
        let mut digest = Sha256::new();
        for range in [0..300, len / 2..len / 2 + 300, len - 300..len] {
            digest.update(lines(&fill(&**stream, 7, range)).join("\n"));
        }
        let hex: String = (digest.finalize().iter().take(8))
            .map(|byte| format!("{byte:02x}"))
            .collect();
        digests.push_str(&format!("{} {len} {hex}\n", stream.name()));
    }
    assert_eq!(digests, include_str!("golden.txt"));
}

#[test]
fn ids_lead_back_to_their_records_and_occur_once() {
    let world = world();
    for stream in world.streams() {
        let block = fill(&**stream, 7, 0..1_000);
        let ids = field(&**stream, &block, &stream.id_fields()[0]);
        let mut seen = HashSet::new();
        for row in 0..1_000 {
            let id = match ids.get(row) {
                emulator_domain::record::Value::Uuid(id) => id.to_string(),
                emulator_domain::record::Value::Long(id) => id.to_string(),
                other => panic!("{other:?}"),
            };
            assert_eq!(stream.index_of(Seed::new(7), &[&id]), Some(row as u64));
            assert!(seen.insert(id));
        }
        assert_eq!(stream.index_of(Seed::new(7), &["0"]), None);
    }
}

/// Every field that names a record of another stream, and the truth about payments and chargebacks.
#[test]
fn references_lead_to_records_and_the_truth_to_payments() {
    let model = world();
    let get = |name| stream(&model, name).as_ref();
    let (payment, truth, chargeback) = (get("payment"), get("payment_truth"), get("chargeback"));
    let (card, terminal, customer) = (get("card"), get("terminal"), get("customer"));
    let [cards, terminals, customers] = [card, terminal, customer].map(|stream| all(stream, 7));
    let holders = longs(card, &cards, "customer_id");
    let shops = longs(terminal, &terminals, "merchant_id");
    let merchants = total(get("merchant"), 7) as i64;
    let people = customers.len() as i64;
    assert!(holders.iter().all(|holder| (1..=people).contains(holder)));
    assert!(shops.iter().all(|shop| (1..=merchants).contains(shop)));

    let payments = all(payment, 7);
    let payers = longs(payment, &payments, "customer_id");
    for (row, (card, customer)) in longs(payment, &payments, "card_id")
        .iter()
        .zip(&payers)
        .enumerate()
    {
        assert_eq!(holders[*card as usize - 1], *customer, "payment {row}");
        let joined = customers.times[*customer as usize - 1];
        assert!(
            joined <= payments.times[row],
            "payment {row} before its customer"
        );
    }
    let sold = longs(payment, &payments, "terminal_id");
    let sold = sold.iter().map(|terminal| shops[*terminal as usize - 1]);
    assert!(sold.eq(longs(payment, &payments, "merchant_id")));
    let login = get("login");
    let logins = longs(login, &all(login, 7), "customer_id");
    assert!(
        logins
            .iter()
            .all(|customer| (1..=people).contains(customer))
    );

    let truths = all(truth, 7);
    let ids = texts(payment, &payments, "payment_id");
    assert_eq!(ids, texts(truth, &truths, "payment_id"));
    let is_fraud = longs(truth, &truths, "is_fraud");
    let is_disputed = longs(truth, &truths, "is_disputed");
    let wrong = longs(truth, &truths, "label_is_wrong");
    let frauds = is_fraud.iter().sum::<i64>() as f64;
    let expected = payments.len() as f64 * 0.0025;
    // 99.9 %.
    assert!(
        (frauds - expected).abs() < 3.3 * expected.sqrt(),
        "{frauds}, {expected}"
    );

    let rows: HashMap<&str, usize> = ids
        .iter()
        .enumerate()
        .map(|(row, id)| (&**id, row))
        .collect();
    let chargebacks = all(chargeback, 7);
    let about = texts(chargeback, &chargebacks, "payment_id");
    let mut disputed = HashSet::new();
    let mut delays = Vec::new();
    for (number, id) in about.iter().enumerate() {
        let row = rows[&**id];
        assert!(disputed.insert(row), "payment {row} is disputed twice");
        assert_eq!(is_disputed[row], 1, "payment {row}");
        delays.push(chargebacks.times[number].micros() - payments.times[row].micros());
    }
    assert_eq!(disputed.len() as i64, is_disputed.iter().sum::<i64>());
    delays.sort_unstable();
    assert!(
        delays[0] >= DAY && delays[delays.len() - 1] < 50 * DAY,
        "{delays:?}"
    );
    let (mut right, mut mistaken) = (0, 0);
    for row in 0..payments.len() {
        assert_eq!(wrong[row] == 1, is_fraud[row] != is_disputed[row]);
        right += is_fraud[row] & is_disputed[row];
        mistaken += is_disputed[row] & !is_fraud[row] & 1;
    }
    // 24 of 32 payments of a campaign, and three others.
    assert_eq!(
        (right * 4, mistaken * 32),
        (frauds as i64 * 3, frauds as i64 * 3)
    );
}
