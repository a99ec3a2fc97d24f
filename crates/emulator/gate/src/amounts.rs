//! Measures of amounts.

use emulator_world::declared::{CATEGORIES, TAIL_ALPHA, TAIL_SHARE, TAIL_START};
use statrs::distribution::{ContinuousCDF, LogNormal, Pareto};

use crate::measure::{information, kolmogorov_smirnov, quantile};
use crate::run::Run;

/// The category whose honest amounts deviate most from the declared distribution, and by how much.
/// The deviation that chance alone causes in one of a thousand samples of this size is subtracted.
pub(crate) fn worst_category(run: &Run) -> (f64, &'static str) {
    let payments = &run.payments;
    let mut amounts = vec![Vec::new(); CATEGORIES.len()];
    for position in (0..payments.len()).filter(|position| !payments.is_fraud(*position)) {
        let category = usize::from(payments.categories[position]);
        amounts[category].push(f64::from(payments.cents[position]) / 100.0);
    }
    let distances = amounts.iter_mut().zip(&CATEGORIES).map(|(amounts, kind)| {
        amounts.sort_unstable_by(f64::total_cmp);
        let body = LogNormal::new(kind.median.ln(), kind.sigma).expect("sigma is positive");
        let tail = Pareto::new(kind.median * TAIL_START, TAIL_ALPHA).expect("they are positive");
        let distance = kolmogorov_smirnov(amounts, |amount| {
            (1.0 - TAIL_SHARE) * body.cdf(amount) + TAIL_SHARE * tail.cdf(amount)
        });
        (distance - 1.95 / (amounts.len() as f64).sqrt(), kind.name)
    });
    distances.fold((f64::NEG_INFINITY, ""), |worst, next| {
        if next.0 > worst.0 { next } else { worst }
    })
}

/// The largest mutual information, in nats, between fields that are declared to be independent, and
/// which fields these are.
pub(crate) fn most_information(run: &Run) -> (f64, &'static str) {
    let payments = &run.payments;
    let mut sorted: Vec<f64> = payments
        .cents
        .iter()
        .map(|cents| f64::from(*cents))
        .collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let deciles: Vec<f64> = (1..10)
        .map(|tenth| quantile(&sorted, f64::from(tenth) / 10.0))
        .collect();
    let decile = |position: usize| {
        deciles.partition_point(|up_to| *up_to < f64::from(payments.cents[position]))
    };
    let hour = |position: usize| (payments.times[position] / 3_600_000_000 % 24) as usize;
    let digit = |position: usize| payments.payers[position] as usize % 10;
    let second = |position: usize| (payments.times[position] / 1_000_000 % 60) as usize;
    let category = |position: usize| usize::from(payments.categories[position]);
    // Without cards the network is constant and carries no information.
    let network = |position: usize| {
        let card = payments.cards[position] as usize;
        run.networks
            .get(card)
            .map_or(0, |network| usize::from(*network))
    };
    type Class<'c> = &'c dyn Fn(usize) -> usize;
    let pairs: [(&str, Class<'_>, Class<'_>); 5] = [
        ("customer's last digit and amount", &digit, &decile),
        ("customer's last digit and hour", &digit, &hour),
        ("second of the minute and amount", &second, &decile),
        ("card's network and amount", &network, &decile),
        ("card's network and category", &network, &category),
    ];
    let told = pairs.into_iter().map(|(name, one, other)| {
        let mut counts = vec![vec![0; 24]; 60];
        for position in 0..payments.len() {
            counts[one(position)][other(position)] += 1;
        }
        (information(&counts), name)
    });
    told.fold(
        (0.0, ""),
        |most, next| if next.0 >= most.0 { next } else { most },
    )
}

/// The category (its position) with the largest share of fraud, and that share.
pub(crate) fn most_fraud(run: &Run) -> (f64, usize) {
    let payments = &run.payments;
    let mut counts = vec![(0_u64, 0_u64); CATEGORIES.len()];
    for position in 0..payments.len() {
        let (frauds, all) = &mut counts[usize::from(payments.categories[position])];
        *frauds += u64::from(payments.is_fraud(position));
        *all += 1;
    }
    let shares = counts
        .iter()
        .map(|(frauds, all)| *frauds as f64 / (*all).max(1) as f64);
    let worst = shares.enumerate().max_by(|a, b| a.1.total_cmp(&b.1));
    worst.map_or((0.0, 0), |(category, share)| (share, category))
}
