//! The transactions of the contract's domain, spread over six months.

use std::collections::{HashMap, HashSet};

use emulator_domain::record::device_log::DeviceLogFactory;
use emulator_domain::record::transaction::{Labels, TransactionFactory};
use emulator_domain::record::user_profile::UserProfileFactory;
use emulator_domain::rules::fraud::HIGH_RISK_MERCHANTS;
use emulator_domain::{Factory, Rate, Seed, Timeline, UserIds};

use super::{ByPayer, DAYS, Payer, Payments, Plan, References, Run};

/// Records between two progress reports.
const BLOCK: u64 = 16_384;

pub(super) fn read(plan: Plan, population: Seed, seed: Seed, read: &(dyn Fn(u64) + Sync)) -> Run {
    let first_day = emulator_world::Settings::default().start;
    let start =
        emulator_domain::Timestamp::EARLIEST.moved(i64::from(first_day.days()) * 86_400_000_000);
    let rate = plan.records as f64 / (DAYS * 86_400) as f64;
    let timeline = Timeline::new(start, Rate::per_second(rate).expect("it is in range"));
    let users = UserIds::CONTRACT;
    let factory = TransactionFactory::new(seed, users, timeline.clone(), Labels::Shown);
    let factory = factory.among(population);
    let profiles = UserProfileFactory::new(population, users, timeline.clone());
    let known: HashSet<u32> = profiles
        .records(0..profiles.capacity())
        .expect("these are all")
        .map(|(_, profile)| profile.user_id)
        .collect();
    let mut references = References::default();
    let mut payments = Payments::default();
    let mut merchants = HashMap::new();
    let mut first = 0;
    while first < plan.records {
        let end = (first + BLOCK).min(plan.records);
        let records = factory.records(first..end).expect("the timeline goes on");
        for (_, record) in records {
            let position = payments.times.len() as u32;
            references.follow(known.contains(&record.user_id));
            let next = merchants.len() as u32;
            let merchant = *merchants.entry(record.merchant.as_str()).or_insert(next);
            // Its merchants have no category; three are known for fraud.
            let category = HIGH_RISK_MERCHANTS
                .iter()
                .position(|risky| risky == record.merchant);
            let country = record.location.as_str().bytes();
            let is_fraud = record.is_fraud == Some(true);
            payments.times.push(record.timestamp.micros());
            payments.payers.push(record.user_id);
            payments.merchants.push(merchant);
            payments
                .categories
                .push(category.map_or(0, |category| category as u8 + 1));
            payments
                .countries
                .push(country.fold(0, |code, letter| code << 8 | u16::from(letter)));
            payments.cents.push(record.amount.get());
            payments.tokens.push(record.transaction_id.as_u128() as u32);
            payments
                .campaigns
                .push(if is_fraud { position + 1 } else { 0 });
        }
        read(end - first);
        first = end;
    }
    // It has no cards, terminals, channels or devices.
    let none = || vec![0; payments.times.len()];
    (payments.cards, payments.terminals, payments.devices) = (none(), none(), none());
    payments.channels = vec![0; payments.times.len()];
    let logs = DeviceLogFactory::new(seed, users, timeline).among(population);
    let logs = logs
        .records(0..plan.records.min(BLOCK))
        .expect("the timeline goes on");
    logs.for_each(|(_, log)| references.follow(known.contains(&log.user_id)));
    let nobody = users.first() as usize;
    let payers = (0..=users.last() as usize).map(|user| Payer {
        exists: user >= nobody,
        offset: 0,
        stays: user >= nobody,
    });
    let payers: Vec<Payer> = payers.collect();
    Run {
        by_payer: ByPayer::new(&payments, payers.len()),
        plan,
        payments,
        payers,
        cities: Vec::new(),
        networks: Vec::new(),
        references,
        first_day: i64::from(first_day.days()),
    }
}
