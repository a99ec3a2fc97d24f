//! The gate lets through what looks like life, and stops what does not.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use emulator_domain::Seed;
use emulator_gate::{Outcome, Plan, Report, Run, Runs, Verdict, World, gate};

fn runs(world: World) -> Runs {
    let plan = Plan::new(world, Plan::FEWEST).unwrap();
    let run = |people, seed| Run::read(plan, Seed::new(people), Seed::new(seed), &|_| ());
    Runs {
        one: run(1, 1),
        other: run(2, 2),
        sibling: run(1, 2),
    }
}

/// The measures with this verdict, each by how its name begins.
fn with(report: &Report, verdict: Verdict) -> Vec<&str> {
    let rows = report.rows.iter().filter(|row| row.verdict() == verdict);
    rows.map(|row| row.measure).collect()
}

fn value(report: &Report, measure: &str) -> f64 {
    let mut rows = report.rows.iter();
    let row = rows.find(|row| row.measure.starts_with(measure)).unwrap();
    match row.outcome {
        Outcome::Measured(value, _) => value,
        _ => panic!("{row:?}"),
    }
}

#[test]
fn the_world_of_payments_passes_and_each_planted_fault_is_stopped() {
    let mut runs = runs(World::Payments);
    let report = gate(&runs);
    assert_eq!(with(&report, Verdict::Fails), [""; 0], "{:#?}", report.rows);
    assert_eq!(report.rows.len(), 17);
    assert!(report.holds());
    let again = gate(&runs);
    assert_eq!(format!("{report:?}"), format!("{again:?}"));

    plant(&mut runs);
    let report = gate(&runs);
    let stopped = [
        "fraud share",
        "hour x weekday against declared, total variation",
        "fields declared independent, mutual information",
        "merchants a customer in six months, first quartile",
        "merchants a customer in six months, third quartile",
        "impossible travel among honest payments",
        "best single feature, F1",
        "boosted trees: before, after, another seed: AUC",
        "fraud in the category with most",
        "two runs of other seeds told apart: AUC",
    ];
    assert_eq!(with(&report, Verdict::Fails), stopped, "{:#?}", report.rows);
    assert!(value(&report, "boosted trees") > 0.99);
    assert!(value(&report, "best single feature") > 0.9);
}

/// A fault for each measure that is to fail.
fn plant(runs: &mut Runs) {
    let payments = &mut runs.one.payments;
    // Half of the frauds are none; five hours late; amounts by the customer's last digit; somewhere
    // else each time; all fraud in one category.
    for position in 0..payments.len() {
        let campaign = &mut payments.campaigns[position];
        *campaign *= *campaign % 2;
        payments.times[position] += 5 * 3_600_000_000;
        payments.cents[position] *= payments.payers[position] % 10 + 1;
        payments.merchants[position] = position as u32 % 20_000 + 1;
        let category = &mut payments.categories[position];
        *category = match payments.campaigns[position] {
            0 if *category == 13 => 0,
            0 => *category,
            _ => 13,
        };
    }
    // In both runs the amount gives fraud away.
    for payments in [&mut runs.one.payments, &mut runs.other.payments] {
        let frauds = payments.cents.iter_mut().zip(&payments.campaigns);
        let frauds = frauds.filter(|(_, campaign)| **campaign > 0);
        frauds.for_each(|(cents, _)| *cents += 4_000_000);
    }
}

#[test]
fn the_contracts_domain_is_measured_and_fails_where_it_is_not_like_life() {
    let report = gate(&runs(World::Contract));
    assert_eq!(
        with(&report, Verdict::Fails),
        [
            "hour x weekday against declared, total variation",
            "payments a customer and month, median",
            "payments a customer and month, variance / mean",
            "merchants a customer in six months, first quartile",
            "merchants a customer in six months, third quartile",
            "burstiness of the median customer",
            "boosted trees: before, after, another seed: AUC",
        ],
        "{:#?}",
        report.rows
    );
    assert!(!report.holds());
}

#[test]
fn too_few_payments_are_refused_with_how_many_are_needed() {
    let refused = Plan::new(World::Payments, 1000).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "got 1000; expected 300000 to 1000000000 payments: with fewer there are not enough frauds \
         to tell one model from another"
    );
}
