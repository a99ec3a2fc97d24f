//! Whether the records look like life, measured from the records alone.

use std::collections::{HashMap, HashSet};

use emulator_domain::Timestamp;
use emulator_domain::record::Value;
use emulator_world::declared::{CATEGORIES, CITIES, TAIL_ALPHA, TAIL_SHARE, TAIL_START};
use statrs::distribution::{ContinuousCDF, LogNormal, Pareto};

use crate::harness::{all, field, longs, read, seconds, stream, texts, world};

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

#[test]
fn nobody_pays_in_the_hour_of_leaving_or_later() {
    let model = world();
    let (customer, payment) = (stream(&model, "customer"), stream(&model, "payment"));
    let customers = all(&**customer, 7);
    let left = field(&**customer, &customers, "left_at");
    let payments = all(&**payment, 7);
    let payers = longs(&**payment, &payments, "customer_id");
    let hour = |time: Timestamp| time.micros().div_euclid(3_600_000_000);
    let mut last = HashMap::new();
    for (payer, time) in payers.iter().zip(&payments.times) {
        last.insert(*payer as usize - 1, hour(*time));
    }
    let (mut leavers, mut until_the_hour_before) = (0, 0);
    for (customer, last) in last {
        if let Value::Timestamp(left) = left.get(customer) {
            assert!(last < hour(left), "customer {customer} has left before");
            leavers += 1;
            until_the_hour_before += u64::from(last + 1 == hour(left));
        }
    }
    assert!(leavers > 50, "{leavers}");
    // In the hour before they are customers still.
    assert!(until_the_hour_before > 0);
}

#[test]
fn a_colluding_merchant_is_one_shop_of_a_campaign_and_not_its_citys_largest() {
    // Every trait of a pattern shows.
    let document = r#"{"world": "payments", "customers": 2000, "days": 182, "difficulty": 0,
        "fraud_share": 0.035}"#;
    let model = read(document).unwrap();
    let get = |name| stream(&model, name).as_ref();
    let (payment, truth, merchant) = (get("payment"), get("payment_truth"), get("merchant"));
    let [payments, truths, merchants] = [payment, truth, merchant].map(|stream| all(stream, 7));
    let cities = texts(merchant, &merchants, "city");
    let categories = texts(merchant, &merchants, "category");
    let patterns = texts(truth, &truths, "pattern");
    let campaigns = longs(truth, &truths, "campaign");
    let mut honest: HashMap<usize, u64> = HashMap::new();
    let mut colluding: HashMap<i64, Vec<usize>> = HashMap::new();
    for (row, shop) in longs(payment, &payments, "merchant_id").iter().enumerate() {
        let shop = *shop as usize - 1;
        match &*patterns[row] {
            "" => *honest.entry(shop).or_default() += 1,
            "colluding_merchant" => colluding.entry(campaigns[row]).or_default().push(shop),
            _ => {}
        }
    }
    let mut largest: HashMap<_, (u64, usize)> = HashMap::new();
    for (shop, payments) in &honest {
        let kind = (&cities[*shop], &categories[*shop]);
        let largest = largest.entry(kind).or_default();
        *largest = (*largest).max((*payments, *shop));
    }
    assert!(colluding.len() > 50, "{}", colluding.len());
    for (campaign, shops) in colluding {
        let most = |shop: &usize| shops.iter().filter(|one| *one == shop).count();
        let shop = shops.iter().max_by_key(|shop| most(shop)).unwrap();
        // A victim of another city, where nobody else was found, pays at home.
        assert!(
            2 * most(shop) > shops.len(),
            "campaign {campaign}: {shops:?}"
        );
        let (_, largest) = largest[&(&cities[*shop], &categories[*shop])];
        assert_ne!(*shop, largest, "campaign {campaign}");
    }
}
