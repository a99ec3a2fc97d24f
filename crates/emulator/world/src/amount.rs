//! The amounts of payments.

use std::hint::select_unpredictable;

use emulator_model::Random;
use rand_distr::{Distribution as _, StandardNormal};

use crate::declared::{CATEGORIES, INCOME_SHARE, TAIL_ALPHA, TAIL_SHARE, TAIL_START};
use crate::exponential::whole;

/// An amount in cents for a person whose income is the given standard normal number.
#[inline]
pub(crate) fn honest(random: &mut Random, category: usize, income: f64) -> i64 {
    let kind = &CATEGORIES[category];
    let (median, power) = if random.happens(TAIL_SHARE) {
        let unit = 1.0 - random.unit();
        (kind.median * TAIL_START, -libm::log(unit) / TAIL_ALPHA)
    } else {
        let own: f64 = StandardNormal.sample(random);
        let mixed =
            const { sqrt(INCOME_SHARE) } * income + const { sqrt(1.0 - INCOME_SHARE) } * own;
        (kind.median, kind.sigma * mixed)
    };
    cents(random, median, power)
}

/// An amount around `median` euros, independent of the person.
pub(crate) fn around(random: &mut Random, median: f64, sigma: f64) -> i64 {
    let own: f64 = StandardNormal.sample(random);
    cents(random, median, sigma * own)
}

/// The price nearest to `median * exp(power)` euros: many end in .99, .50 or on a whole euro.
#[inline]
fn cents(random: &mut Random, median: f64, power: f64) -> i64 {
    let exact = whole(power, |factor| median * factor * 100.0 + 0.5);
    let exact = exact.clamp(10, 5_000_000);
    // All endings are computed, because a branch would be mispredicted.
    let ending = random.below(100);
    let to = |unit: i64| (exact + unit / 2) / unit * unit;
    let (ten, fifty, hundred) = (to(10), to(50), to(100));
    let small = select_unpredictable(ending < 55, ten - i64::from(ending >= 40), exact);
    let large = select_unpredictable(ending < 50, fifty, exact);
    let large = select_unpredictable(ending < 40, hundred - i64::from(ending < 22), large);
    select_unpredictable(exact < 1000, small, large).max(10)
}

/// Square root by Newton's method, at compile time.
const fn sqrt(square: f64) -> f64 {
    let (mut root, mut round) = (1.0, 0);
    while round < 60 {
        root = (root + square / root) / 2.0;
        round += 1;
    }
    root
}
