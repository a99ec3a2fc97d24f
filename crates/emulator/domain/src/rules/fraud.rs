//! The fraud rules of the contract, in order; the first that fires wins.
//!
//! | rule | when | chance | becomes | share of all records |
//! |---|---|---|---|---|
//! | account takeover | user compromised, amount > 500 | 0.30 | 500..5000 at a high-risk merchant | 0.0111 % |
//! | card testing | amount < 2.00, user id mod 1000 = 0 | 0.25 | 0.01..2.00 in US | 0.00145 % |
//! | merchant collusion | high-risk merchant, amount > 3000 | 0.15 | 300..1500 | 0.00045 % |
//! | geographical anomaly | user id mod 500 = 0 | 0.10 | in CN, GB or RU | 0.0200 % |
//! | baseline | any | 0.002 | 100..2000 | 0.1999 % |
//!
//! The rules test the amount, user and merchant of the base record. The flow chart of the original
//! article tests rules 2 to 5 only for users who are not compromised; the original code, and
//! therefore this one, tests them for every user whom rule 1 did not flag.
//!
//! The shares hold for the contract's 9,000 users, averaged over seeds: the users and their
//! spending depend on the seed ([`FraudRule::expected_share`] has the exact values).
//!
//! Of all fraudulent records, 1.5 % carry the label 0, because real labels have noise too.

use crate::money::Cents;
use crate::population::Population;
use crate::seed::{Chance, RecordRandom, below};
use crate::text::Text;
use crate::vocabulary::merchants::Merchant;

pub use crate::vocabulary::merchants::HIGH_RISK_MERCHANTS;

static ANOMALOUS_COUNTRIES: [Text<2>; 3] = [Text::new("CN"), Text::new("GB"), Text::new("RU")];
static UNITED_STATES: Text<2> = Text::new("US");

const TAKEOVER_ABOVE: u32 = 50_000;
const TESTING_BELOW: u32 = 200;
const COLLUSION_ABOVE: u32 = 300_000;

/// Why a transaction is fraudulent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "snake_case")
)]
pub enum FraudRule {
    /// A stolen account is emptied.
    AccountTakeover,
    /// A stolen card is tried with a tiny amount.
    CardTesting,
    /// A merchant is an accomplice.
    MerchantCollusion,
    /// The card is used where its owner is not.
    GeographicalAnomaly,
    /// Fraud that none of the other rules describes.
    Baseline,
}

impl FraudRule {
    /// All rules, in the order in which they are tried.
    pub const ALL: [Self; 5] = [
        Self::AccountTakeover,
        Self::CardTesting,
        Self::MerchantCollusion,
        Self::GeographicalAnomaly,
        Self::Baseline,
    ];

    /// The name used in files and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AccountTakeover => "account_takeover",
            Self::CardTesting => "card_testing",
            Self::MerchantCollusion => "merchant_collusion",
            Self::GeographicalAnomaly => "geographical_anomaly",
            Self::Baseline => "baseline",
        }
    }

    /// The share of records that the rule makes fraudulent, for the contract's user ids, averaged
    /// over seeds.
    pub const fn expected_share(self) -> f64 {
        // Shares of the amounts, over all spending levels: above 500: 6.6366 %, below 2: 5.7824 %,
        // above 3000: 1.0017 %.
        match self {
            Self::AccountTakeover => 50.0 / 9000.0 * 0.066_366 * 0.30,
            Self::CardTesting => 9.0 / 9000.0 * 0.057_824 * 0.25,
            Self::MerchantCollusion => 0.003 * 0.010_017 * 0.15,
            Self::GeographicalAnomaly => 18.0 / 9000.0 * 0.10,
            Self::Baseline => 0.002 * (1.0 - 0.000_330),
        }
    }
}

/// A payment as drawn; the rules test and change it.
pub(crate) struct Payment<'a> {
    pub(crate) user_id: u32,
    pub(crate) amount: Cents,
    pub(crate) merchant: &'a Merchant,
    pub(crate) high_risk_merchant: bool,
    pub(crate) location: Text<2>,
}

// Each rule has its own word. The effects share two, because at most one rule takes effect.
const TAKEOVER: usize = 6;
const TESTING: usize = 7;
const COLLUSION: usize = 8;
const ANOMALY: usize = 9;
const BASELINE: usize = 10;
const EFFECT_AMOUNT: usize = 11;
const EFFECT_PLACE: usize = 12;
const NOISE: usize = 13;

/// Applies the first rule that fires to the payment.
#[inline(always)]
pub(crate) fn apply<const BLOCKS: usize>(
    payment: &mut Payment<'_>,
    population: &Population,
    draws: &RecordRandom<BLOCKS>,
) -> Option<FraudRule> {
    let rule = first_that_fires(payment, population, draws)?;
    take_effect(rule, payment, draws);
    Some(rule)
}

#[inline(always)]
fn first_that_fires<const BLOCKS: usize>(
    payment: &Payment<'_>,
    population: &Population,
    draws: &RecordRandom<BLOCKS>,
) -> Option<FraudRule> {
    let amount = payment.amount.get();
    // The cheapest and most selective part of each condition comes first; this does not change the
    // result.
    if amount > TAKEOVER_ABOVE
        && draws.happens::<TAKEOVER>(const { Chance::of(30, 100) })
        && population.is_compromised(payment.user_id)
    {
        return Some(FraudRule::AccountTakeover);
    }
    if amount < TESTING_BELOW
        && payment.user_id.is_multiple_of(1000)
        && draws.happens::<TESTING>(const { Chance::of(25, 100) })
    {
        return Some(FraudRule::CardTesting);
    }
    if payment.high_risk_merchant
        && amount > COLLUSION_ABOVE
        && draws.happens::<COLLUSION>(const { Chance::of(15, 100) })
    {
        return Some(FraudRule::MerchantCollusion);
    }
    if payment.user_id.is_multiple_of(500)
        && draws.happens::<ANOMALY>(const { Chance::of(10, 100) })
    {
        return Some(FraudRule::GeographicalAnomaly);
    }
    draws
        .happens::<BASELINE>(const { Chance::of(2, 1000) })
        .then_some(FraudRule::Baseline)
}

#[cold]
fn take_effect<const BLOCKS: usize>(
    rule: FraudRule,
    payment: &mut Payment<'_>,
    draws: &RecordRandom<BLOCKS>,
) {
    let between =
        |low: u32, high: u32| Cents::new(low + draws.below::<EFFECT_AMOUNT>(high - low + 1));
    let one_of_three = draws.below::<EFFECT_PLACE>(3) as usize;
    match rule {
        FraudRule::AccountTakeover => {
            payment.amount = between(50_000, 500_000);
            payment.merchant = &HIGH_RISK_MERCHANTS[one_of_three];
        }
        FraudRule::CardTesting => {
            payment.amount = between(1, 200);
            payment.location = UNITED_STATES;
        }
        FraudRule::MerchantCollusion => payment.amount = between(30_000, 150_000),
        FraudRule::GeographicalAnomaly => payment.location = ANOMALOUS_COUNTRIES[one_of_three],
        FraudRule::Baseline => payment.amount = between(10_000, 200_000),
    }
}

/// The label that the record carries: 1.5 % of the fraudulent records are labelled 0.
#[inline(always)]
pub(crate) fn label<const BLOCKS: usize>(
    rule: Option<FraudRule>,
    draws: &RecordRandom<BLOCKS>,
) -> bool {
    rule.is_some() && below(draws.word::<NOISE>(), 1000) >= 15
}

#[cfg(test)]
mod tests;
