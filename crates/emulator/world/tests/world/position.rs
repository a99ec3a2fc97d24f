//! Where a payment stands tells nothing: in its hour, its five days, the window; in worlds of any size.

use std::collections::BTreeMap;

use crate::harness::{all, longs, read, seconds, stream};

/// Payments of one class, and those of them with some trait.
#[derive(Default)]
struct Class {
    all: f64,
    with: f64,
}

/// Each payment with the classes it is in, by what is looked at.
fn classes(times: &[f64]) -> Vec<Vec<(&'static str, u64)>> {
    let hour = |row: usize| (times[row] / 3600.0) as u64;
    let mut classes = vec![Vec::new(); times.len()];
    let (mut first, window) = (0, times[times.len() - 1] - times[0] + 1.0);
    // Five days and their payments: campaigns have their steps in eighths of these.
    let days = |time: f64| ((time - times[0]) / 432_000.0) as u64;
    let before = |five: u64| times.partition_point(|time| days(*time) < five);
    while first < times.len() {
        let len = times[first..]
            .iter()
            .take_while(|time| (**time / 3600.0) as u64 == hour(first));
        let len = len.count();
        let five = days(times[first]);
        let (start, end) = (before(five), before(five + 1));
        for (place, row) in (first..first + len).enumerate() {
            let eighths = 8.0 * (row - start) as f64 / (end - start) as f64;
            let since = times[row] - times[0];
            classes[row] = vec![
                ("from the end of the hour", (len - 1 - place).min(24) as u64),
                ("twelfth of the hour", (times[row] % 3600.0 / 300.0) as u64),
                ("payments of the hour", (len as u64).ilog2().into()),
                ("payments of the hour beyond dozens", len as u64 % 12),
                ("eighth of five days", (since % 432_000.0 / 54_000.0) as u64),
                ("fortieth of an eighth", (eighths.fract() * 40.0) as u64),
                ("twentieth of the window", (since / window * 20.0) as u64),
            ];
        }
        first += len;
    }
    classes
}

/// A trait of payments of which so many come together in an hour and in some days, `share` of all on average: in each class as
/// often as anywhere, within what chance does once in ten thousand times.
fn assert_even(
    world: &str,
    trait_: &str,
    found: &BTreeMap<(&'static str, u64), Class>,
    share: f64,
    [in_an_hour, in_days]: [f64; 2],
) {
    for (class, Class { all, with }) in found {
        let together = match class.0 {
            "twentieth of the window" => in_days,
            _ => in_an_hour,
        };
        let expected = all * share;
        // Poisson's tail is longer than the normal one where little is expected.
        let allowed = 3.9 * (expected * together).sqrt() + 4.0 * together;
        assert!(
            (with - expected).abs() <= allowed,
            "{world}: {with} of {all} payments are {trait_}, {expected} expected, {allowed} off \
             allowed: {class:?}"
        );
    }
}

#[test]
fn no_place_has_more_fraud_or_more_mistakes_than_another() {
    for (world, seeds) in [
        // One payment a minute, one in ten minutes, one in an hour.
        (r#""customers": 1000, "days": 90"#, 8),
        (
            r#""customers": 1000, "days": 92, "payments_a_month": 5"#,
            30,
        ),
        (
            r#""customers": 1000, "days": 365, "payments_a_month": 1"#,
            40,
        ),
        (r#""customers": 4000, "days": 61"#, 2),
    ] {
        let model = read(&format!(
            r#"{{"world": "payments", "fraud_share": 0.035, {world}}}"#
        ));
        let model = model.unwrap();
        let (payment, truth) = (
            stream(&model, "payment").as_ref(),
            stream(&model, "payment_truth").as_ref(),
        );
        let (mut fraud, mut mistakes) = (BTreeMap::new(), BTreeMap::new());
        let mut total = Class::default();
        for seed in 0..seeds {
            let times = seconds(&all(payment, seed).times);
            let truths = all(truth, seed);
            let is_fraud = longs(truth, &truths, "is_fraud");
            let is_disputed = longs(truth, &truths, "is_disputed");
            total.all += times.len() as f64;
            total.with += is_fraud.iter().sum::<i64>() as f64;
            for (row, classes) in classes(&times).into_iter().enumerate() {
                for class in classes {
                    let found: &mut Class = fraud.entry(class).or_default();
                    found.all += 1.0;
                    found.with += is_fraud[row] as f64;
                    if is_disputed[row] == 1 {
                        let found: &mut Class = mistakes.entry(class).or_default();
                        found.all += 1.0;
                        found.with += 1.0 - is_fraud[row] as f64;
                    }
                }
            }
        }
        let expected = total.all * 0.035;
        assert!(
            (total.with - expected).abs() <= 32.0 * seeds as f64,
            "{world}: {} frauds, {expected} expected",
            total.with
        );
        // Those of a campaign: up to six in one hour, 32 in five days.
        assert_even(world, "fraud", &fraud, 0.035, [6.0, 32.0]);
        assert_even(
            world,
            "disputed by mistake",
            &mistakes,
            3.0 / 27.0,
            [1.0, 3.0],
        );
    }
}
