//! Leaks that are planted into numbers are found, and where there is none, none is.

use emulator_model::{Key, Name};

use super::*;
use crate::features::count;

const ROWS: usize = 40_000;

/// Rows whose columns are all drawn by chance; fraud is what `leak` says of (column, chance).
fn features(seed: u64, leak: impl Fn(&dyn Fn(&str) -> f64, f64) -> bool) -> Features {
    let key = Key::new(emulator_domain::Seed::new(seed), Name::new("leaks"));
    let names: Vec<&str> = ALONE
        .iter()
        .chain(&HISTORY)
        .chain(&NUMBERS)
        .map(|feature| feature.name)
        .collect();
    let mut all = Features {
        columns: vec![Vec::new(); count()],
        campaigns: Vec::new(),
        times: Vec::new(),
        honest_weight: 1.0,
    };
    for row in 0..ROWS {
        let mut random = key.at(row as u64);
        let values: Vec<f64> = names.iter().map(|_| random.below(1_000) as f64).collect();
        let value = |name: &str| values[names.iter().position(|other| *other == name).unwrap()];
        let is_fraud = leak(&value, random.unit());
        all.campaigns
            .push(if is_fraud { row as u32 + 1 } else { 0 });
        all.times.push(row as f64 / ROWS as f64);
        for (column, value) in all.columns.iter_mut().zip(&values) {
            column.push(*value);
        }
    }
    all
}

#[test]
fn a_number_that_tells_is_found_and_numbers_that_do_not_are_let_through() {
    type Leak = fn(&dyn Fn(&str) -> f64, f64) -> bool;
    let cases: [(&str, bool, Leak); 4] = [
        ("none", false, |_, chance| chance < 0.1),
        // Customers with low numbers are robbed twice as often.
        ("customer", true, |value, chance| {
            chance
                < if value("customer") < 300.0 {
                    0.16
                } else {
                    0.08
                }
        }),
        ("minute", true, |value, chance| {
            chance
                < if value("minute of the hour") < 250.0 {
                    0.05
                } else {
                    0.11
                }
        }),
        // What is allowed to tell is not looked at.
        ("amount", false, |value, chance| {
            chance < if value("amount") < 500.0 { 0.02 } else { 0.18 }
        }),
    ];
    for (name, leaks, leak) in cases {
        let [one, other] = [1, 2].map(|seed| features(seed, leak));
        let (area, _) = numbers(&one, &other);
        assert_eq!(
            !(0.48..=0.52).contains(&area.value),
            leaks,
            "{name}: {area}"
        );
        assert!(
            area.low < area.value && area.value < area.high,
            "{name}: {area}"
        );
    }
}

#[test]
fn runs_that_differ_are_told_apart_and_one_feature_is_enough_if_it_tells_all() {
    let [one, other] = [1, 2].map(|seed| features(seed, |value, _| value("category") < 100.0));
    let mut dearer = features(3, |_, chance| chance < 0.1);
    dearer.columns[0]
        .iter_mut()
        .for_each(|amount| *amount += 300.0);
    let alone: Vec<usize> = (0..ALONE.len()).collect();
    assert!(told_apart(&one, &other, &alone) < 0.55);
    assert!(told_apart(&one, &dearer, &alone) > 0.6);
    let (best, name) = best_single(&one, &other, &alone);
    assert_eq!((best, name), (1.0, "category"));
}
