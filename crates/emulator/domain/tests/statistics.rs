//! Over many seeds, records are distributed as the documentation says.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use std::collections::HashMap;

use emulator_domain::record::device_log::DeviceLogFactory;
use emulator_domain::record::transaction::{Labels, TransactionFactory};
use emulator_domain::record::user_profile::UserProfileFactory;
use emulator_domain::rules::fraud::{FraudRule, HIGH_RISK_MERCHANTS};
use emulator_domain::rules::risk::RiskLevel;
use emulator_domain::{Cents, Factory, Rate, Seed, Timeline, Timestamp, UserIds};

fn timeline() -> Timeline {
    let start = Timestamp::from_micros(1_767_225_600_000_000).unwrap();
    Timeline::new(start, Rate::per_second(10_000.0).unwrap())
}

/// Asserts that `count` of `trials` lies in the two-sided 99.9 % interval of the binomial
/// distribution with this probability.
///
/// # Panics
/// If it does not.
fn assert_binomial(what: &str, count: u64, trials: u64, probability: f64) {
    let mean = trials as f64 * probability;
    let deviation = (mean * (1.0 - probability)).sqrt();
    // 3.2905 standard deviations, and half a count for the step to whole numbers.
    let reach = 3.2905 * deviation + 0.5;
    assert!(
        (count as f64 - mean).abs() <= reach,
        "{what}: {count} of {trials}, expected {mean:.1} ± {reach:.1}"
    );
}

#[test]
fn each_fraud_rule_has_its_documented_share_of_four_million_transactions() {
    // Many seeds, because a seed draws its users: 50 compromised ones are few.
    const SEEDS: u64 = 2_000;
    const RECORDS: u64 = 2_000;
    let mut fired = HashMap::<FraudRule, u64>::new();
    let (mut labelled, mut at_high_risk) = (0, 0);
    for seed in 0..SEEDS {
        let factory = TransactionFactory::new(
            Seed::new(seed),
            UserIds::CONTRACT,
            timeline(),
            Labels::Shown,
        );
        for (at, record) in factory.records(0..RECORDS).unwrap() {
            assert!((Cents::MIN..=Cents::MAX).contains(&record.amount));
            assert!(UserIds::CONTRACT.contains(record.user_id));
            let booked = record.timestamp.micros() - at.micros();
            assert!((-300_000_000..=3_000_000_000).contains(&booked));
            if let Some(rule) = record.fraud {
                *fired.entry(rule).or_default() += 1;
            }
            labelled += u64::from(record.is_fraud == Some(true));
            let high_risk = HIGH_RISK_MERCHANTS.contains(record.merchant);
            at_high_risk +=
                u64::from(high_risk && record.fraud != Some(FraudRule::AccountTakeover));
        }
    }
    let trials = SEEDS * RECORDS;
    for rule in FraudRule::ALL {
        let count = fired.get(&rule).copied().unwrap_or_default();
        assert!(count > 0, "{rule:?} never fires");
        assert_binomial(&format!("{rule:?}"), count, trials, rule.expected_share());
    }
    let fraudulent = fired.values().sum();
    assert_binomial("labelled", labelled, fraudulent, 0.985);
    assert_binomial("high-risk merchants", at_high_risk, trials, 0.003);
}

#[test]
fn profiles_have_the_documented_risk_and_every_user_comes_once() {
    const SEEDS: u64 = 112;
    let mut levels = HashMap::<RiskLevel, u64>::new();
    let mut trials = 0;
    for seed in 0..SEEDS {
        let factory = UserProfileFactory::new(Seed::new(seed), UserIds::CONTRACT, timeline());
        let mut seen = vec![false; 9000];
        for (at, profile) in factory.records(0..9000).unwrap() {
            let slot = &mut seen[profile.user_id as usize - 1000];
            assert!(
                !std::mem::replace(slot, true),
                "user {} twice",
                profile.user_id
            );
            let age = i32::from(at.date().year()) - i32::from(profile.date_of_birth.year());
            assert!((18..=91).contains(&age));
            *levels.entry(profile.risk_level).or_default() += 1;
            trials += 1;
        }
        assert!(factory.record(9000).is_err());
    }
    for (level, count) in levels {
        assert_binomial(&format!("{level}"), count, trials, level.expected_share());
    }
}

#[test]
fn seventy_in_a_hundred_sessions_end_within_their_hour() {
    let factory = DeviceLogFactory::new(Seed::new(7), UserIds::CONTRACT, timeline());
    const RECORDS: u64 = 1_000_000;
    let mut ended = 0;
    for (at, log) in factory.records(0..RECORDS).unwrap() {
        let before = at.micros() - log.login_timestamp.micros();
        assert!((0..=3_600_000_000).contains(&before));
        if let Some(logout) = log.logout_timestamp {
            let length = logout.micros() - log.login_timestamp.micros();
            assert!((30_000_000..=3_600_000_000).contains(&length));
            ended += 1;
        }
        let [network, ..] = log.ip_address.octets();
        assert!(
            !matches!(network, 0 | 10 | 127 | 224..),
            "{}",
            log.ip_address
        );
    }
    assert_binomial("logged out", ended, RECORDS, 0.70);
}

#[test]
fn the_domains_of_a_seed_speak_of_the_same_users() {
    let seed = Seed::new(7);
    let profiles = UserProfileFactory::new(seed, UserIds::CONTRACT, timeline());
    let home: HashMap<u32, String> = profiles
        .records(0..9000)
        .unwrap()
        .map(|(_, profile)| (profile.user_id, profile.country.to_string()))
        .collect();
    let transactions =
        TransactionFactory::new(seed, UserIds::CONTRACT, timeline(), Labels::Withheld);
    let logs = DeviceLogFactory::new(seed, UserIds::CONTRACT, timeline());
    let mut devices = HashMap::<u32, std::collections::HashSet<uuid::Uuid>>::new();
    let (mut paid_at_home, mut logged_in_at_home) = (0, 0);
    for (_, payment) in transactions.records(0..100_000).unwrap() {
        assert_eq!(payment.is_fraud, None);
        paid_at_home += u64::from(home[&payment.user_id] == payment.location.as_str());
    }
    for (_, log) in logs.records(0..100_000).unwrap() {
        logged_in_at_home += u64::from(home[&log.user_id] == log.location.as_str());
        devices
            .entry(log.user_id)
            .or_default()
            .insert(log.device_id);
    }
    assert!((92_000..97_000).contains(&paid_at_home), "{paid_at_home}");
    assert!(
        (95_500..98_500).contains(&logged_in_at_home),
        "{logged_in_at_home}"
    );
    assert!(devices.values().all(|own| (1..=3).contains(&own.len())));
}
