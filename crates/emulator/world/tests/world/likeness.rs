//! Whether the records look like life, measured from the records alone.

use std::collections::{HashMap, HashSet};

use emulator_world::declared::{CATEGORIES, CITIES, TAIL_ALPHA, TAIL_SHARE, TAIL_START};
use statrs::distribution::{ContinuousCDF, LogNormal, Pareto};

use crate::harness::{all, longs, read, seconds, stream, texts, world};

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// By a library's distributions, not by ours.
#[test]
fn amounts_are_those_declared() {
    let model =
        read(r#"{"world": "payments", "customers": 3000, "days": 182, "difficulty": 1}"#).unwrap();
    let payment = stream(&model, "payment").as_ref();
    let block = all(payment, 1);
    let categories = texts(payment, &block, "category");
    let amounts = longs(payment, &block, "amount");
    let mut of: HashMap<&str, Vec<f64>> = HashMap::new();
    for (category, cents) in categories.iter().zip(&amounts) {
        of.entry(category).or_default().push(*cents as f64 / 100.0);
    }
    for category in CATEGORIES {
        let body = LogNormal::new(category.median.ln(), category.sigma).unwrap();
        let tail = Pareto::new(category.median * TAIL_START, TAIL_ALPHA).unwrap();
        let mut amounts = of.remove(category.name).unwrap();
        amounts.sort_by(f64::total_cmp);
        let n = amounts.len() as f64;
        let distance = amounts.iter().enumerate().map(|(number, amount)| {
            let declared = (1.0 - TAIL_SHARE) * body.cdf(*amount) + TAIL_SHARE * tail.cdf(*amount);
            // Prices of one amount count together.
            let next = amounts.get(number + 1);
            if next == Some(amount) {
                0.0
            } else {
                (declared - (number + 1) as f64 / n).abs()
            }
        });
        let distance = distance.fold(0.0, f64::max);
        // What rounding does to prices, and what chance and the incomes of 3,000 people do.
        let allowed = 0.02 + 1.95 / n.sqrt();
        assert!(
            distance < allowed,
            "{}: {distance} of {n}, allowed {allowed}",
            category.name
        );
    }
    let mut all: Vec<f64> = amounts.iter().map(|cents| *cents as f64 / 100.0).collect();
    let mean = all.iter().sum::<f64>() / all.len() as f64;
    assert!((38.0..50.0).contains(&mean), "{mean}");
    assert!(
        (27.0..33.0).contains(&median(&mut all)),
        "{}",
        median(&mut all)
    );
}

#[test]
fn people_have_habits_and_bursts_and_are_in_one_place_at_a_time() {
    let model = world();
    let (payment, merchant, truth) = (
        stream(&model, "payment").as_ref(),
        stream(&model, "merchant").as_ref(),
        stream(&model, "payment_truth").as_ref(),
    );
    let (block, shops) = (all(payment, 5), all(merchant, 5));
    let fraud = longs(truth, &all(truth, 5), "is_fraud");
    let cities = texts(merchant, &shops, "city");
    let place = |name: &str| CITIES.iter().find(|city| city.name == name);
    let places: Vec<_> = cities.iter().map(|city| place(city)).collect();
    let times = seconds(&block.times);
    let mut people: HashMap<i64, Vec<(f64, i64)>> = HashMap::new();
    let customers = longs(payment, &block, "customer_id");
    let merchants = longs(payment, &block, "merchant_id");
    for row in 0..block.len() {
        if fraud[row] == 0 {
            let person = people.entry(customers[row]).or_default();
            person.push((times[row], merchants[row]));
        }
    }
    let founders: Vec<_> = people
        .iter()
        .filter(|(customer, _)| **customer <= 1_700)
        .collect();
    let months = 182.0 / 30.4375;
    let mut counts: Vec<f64> = founders
        .iter()
        .map(|(_, all)| all.len() as f64 / months)
        .collect();
    let mean = counts.iter().sum::<f64>() / counts.len() as f64;
    let variance = counts
        .iter()
        .map(|count| (count - mean).powi(2))
        .sum::<f64>()
        / counts.len() as f64;
    assert!(
        median(&mut counts) >= 15.0 && variance / mean >= 5.0,
        "{mean} {variance}"
    );

    let mut distinct: Vec<f64> = founders
        .iter()
        .map(|(_, all)| {
            all.iter()
                .map(|(_, shop)| shop)
                .collect::<HashSet<_>>()
                .len() as f64
        })
        .collect();
    distinct.sort_by(f64::total_cmp);
    let quartiles = [1, 2, 3].map(|quarter| distinct[distinct.len() * quarter / 4]);
    assert!(
        quartiles[0] >= 46.0 && quartiles[2] <= 87.0,
        "{quartiles:?}"
    );

    // Kim and Jo's measure for finite samples (arXiv 1604.01125).
    let mut bursts: Vec<f64> = founders
        .iter()
        .filter(|(_, all)| all.len() > 20)
        .map(|(_, all)| {
            let gaps: Vec<f64> = all.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
            let n = gaps.len() as f64;
            let mean = gaps.iter().sum::<f64>() / n;
            let sd = (gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / n).sqrt();
            let r = sd / mean;
            let (more, less) = ((n + 1.0).sqrt(), (n - 1.0).sqrt());
            (more * r - less) / ((more - 2.0) * r + less)
        })
        .collect();
    let burstiness = median(&mut bursts);
    assert!((0.2..0.6).contains(&burstiness), "{burstiness}");

    let (mut moves, mut impossible) = (0.0, 0.0);
    for person in people.values() {
        let places = person
            .iter()
            .filter_map(|(time, shop)| Some((time, places[*shop as usize - 1]?)));
        let places: Vec<_> = places.collect();
        for pair in places.windows(2) {
            let hours = (pair[1].0 - pair[0].0) / 3600.0;
            moves += 1.0;
            if kilometres(pair[0].1, pair[1].1) > 50.0 + 900.0 * hours {
                impossible += 1.0;
            }
        }
    }
    assert!(impossible / moves < 0.001, "{impossible} of {moves}");
}

/// On a sphere.
fn kilometres(a: &emulator_world::declared::City, b: &emulator_world::declared::City) -> f64 {
    let [(a, x), (b, y)] =
        [a, b].map(|city| (city.latitude.to_radians(), city.longitude.to_radians()));
    let half = ((b - a) / 2.0).sin().powi(2) + a.cos() * b.cos() * ((y - x) / 2.0).sin().powi(2);
    12_742.0 * half.sqrt().asin()
}
