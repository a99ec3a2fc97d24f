//! How likely a payment is fraudulent, judging by its fields.
//!
//! A rule leaves traces: an amount in its range, a merchant, a country. These occur without fraud
//! too. The score weighs how often each rule produces a payment with these fields against how often
//! payments have them anyway (Bayes' theorem): it is the share of such payments that are
//! fraudulent. It uses nothing that depends on the seed, neither who is compromised nor where a
//! user lives.

use crate::money::{Cents, Spending};
use crate::vocabulary::merchants::HIGH_RISK_MERCHANTS;
use crate::vocabulary::places::PLACES;

use super::fraud::FraudRule;

/// A payment as an observer sees it.
#[derive(Clone, Copy, Debug)]
pub struct ObservedPayment<'a> {
    /// The payer.
    pub user_id: u32,
    /// The amount.
    pub amount: Cents,
    /// The payee.
    pub merchant: &'a str,
    /// The country, ISO 3166-1 alpha-2.
    pub location: &'a str,
}

/// How likely a payment is fraudulent, and by which rules.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Suspicion {
    parts: [f64; FraudRule::ALL.len()],
}

/// The share of base payments at high-risk merchants, as in [`fraud`](super::fraud).
const HIGH_RISK: f64 = 0.003;
/// The share of users who are compromised.
const COMPROMISED: f64 = 50.0 / 9000.0;
// Shares of the amounts over all spending levels, as in `FraudRule::expected_share`.
const ABOVE_500: f64 = 0.066_366;
const BELOW_2: f64 = 0.057_824;
const ABOVE_3000: f64 = 0.010_017;

impl ObservedPayment<'_> {
    /// How likely it is fraudulent.
    pub fn suspicion(&self) -> Suspicion {
        // Amounts above the ceiling are treated like the ceiling.
        let cents = self.amount.get().clamp(Cents::MIN.get(), Cents::MAX.get());
        let usual = usual_amount(cents);
        let high_risk = HIGH_RISK_MERCHANTS
            .iter()
            .any(|one| one.as_str() == self.merchant);
        let merchant = if high_risk {
            HIGH_RISK
        } else {
            1.0 - HIGH_RISK
        };
        let place = PLACES
            .iter()
            .find(|place| place.code.as_str() == self.location);
        let place = f64::from(place.map_or(1, |place| place.share)) / 256.0;
        let within = |low: u32, high: u32| match (low..=high).contains(&cents) {
            true => 1.0 / f64::from(high - low + 1),
            false => 0.0,
        };
        let only = |holds: bool, chance: f64| if holds { chance } else { 0.0 };
        let thousandth = self.user_id.is_multiple_of(1000);
        let five_hundredth = self.user_id.is_multiple_of(500);
        let abroad = ["CN", "GB", "RU"].contains(&self.location);
        // How often each rule produces such a payment of this user.
        let made = FraudRule::ALL.map(|rule| match rule {
            FraudRule::AccountTakeover => {
                let chance = COMPROMISED * ABOVE_500 * 0.30;
                only(high_risk, chance * within(50_000, 500_000) * place)
            }
            FraudRule::CardTesting => {
                let chance = BELOW_2 * 0.25 * within(1, 200) * merchant;
                only(thousandth && self.location == "US", chance)
            }
            FraudRule::MerchantCollusion => {
                let chance = HIGH_RISK * ABOVE_3000 * 0.15;
                only(high_risk, chance * within(30_000, 150_000) * place)
            }
            FraudRule::GeographicalAnomaly => {
                only(five_hundredth && abroad, 0.10 * usual * merchant / 3.0)
            }
            FraudRule::Baseline => 0.002 * within(10_000, 200_000) * merchant * place,
        });
        let honest = if five_hundredth { 0.898 } else { 0.998 };
        let all = made.iter().sum::<f64>() + honest * usual * merchant * place;
        Suspicion {
            parts: made.map(|part| part / all),
        }
    }
}

/// The share of base payments of exactly this amount, over all spending levels.
fn usual_amount(cents: u32) -> f64 {
    Spending::SHARES
        .into_iter()
        .map(|(level, users)| level.density(cents) * f64::from(users) / 256.0)
        .sum()
}

impl Suspicion {
    /// The share of payments with such fields that are fraudulent, 0 to 1.
    pub fn score(&self) -> f64 {
        self.parts.iter().sum()
    }

    /// The rules that may have produced it, the most likely first, each with its part of the score.
    pub fn reasons(&self) -> impl Iterator<Item = (FraudRule, f64)> {
        let mut reasons: [_; FraudRule::ALL.len()] =
            std::array::from_fn(|at| (FraudRule::ALL[at], self.parts[at]));
        reasons.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        reasons.into_iter().filter(|(_, part)| *part > 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::transaction::{Labels, TransactionFactory};
    use crate::{Factory, Rate, Seed, Timeline, Timestamp, UserIds};

    #[test]
    fn a_score_is_the_share_of_such_payments_that_are_fraudulent() {
        let timeline = Timeline::new(Timestamp::EARLIEST, Rate::per_second(1000.0).unwrap());
        // Score from, score to, how many, sum of scores, fraudulent ones.
        let mut bands = [
            (0.0, 0.001),
            (0.001, 0.01),
            (0.01, 0.1),
            (0.1, 0.5),
            (0.5, 1.0),
        ]
        .map(|(low, high)| (low, high, 0u32, 0.0, 0u32));
        for seed in 0..8 {
            let factory = TransactionFactory::new(
                Seed::new(seed),
                UserIds::CONTRACT,
                timeline.clone(),
                Labels::Withheld,
            );
            for (_, payment) in factory.records(0..1_000_000).unwrap() {
                let observed = ObservedPayment {
                    user_id: payment.user_id,
                    amount: payment.amount,
                    merchant: payment.merchant.as_str(),
                    location: payment.location.as_str(),
                };
                let score = observed.suspicion().score();
                let band = bands
                    .iter_mut()
                    .find(|(low, high, ..)| (*low..*high).contains(&score))
                    .unwrap();
                band.2 += 1;
                band.3 += score;
                band.4 += u32::from(payment.fraud.is_some());
            }
        }
        for (low, high, count, expected, fraudulent) in bands {
            let difference = (f64::from(fraudulent) - expected).abs();
            // Users and their homes are drawn by the seed: what holds on average over seeds
            // differs by more than chance in one.
            let allowed = 5.0 * expected.sqrt() + 0.15 * expected + 1.0;
            assert!(
                difference < allowed,
                "{low}..{high}: {count} payments, {expected:.1} expected, {fraudulent} fraudulent"
            );
            assert!(count > 0, "{low}..{high} occurs");
        }
    }

    #[test]
    fn the_likeliest_rule_is_named_first() {
        let payment = |user_id, cents, merchant, location| {
            let observed = ObservedPayment {
                user_id,
                amount: Cents::new(cents),
                merchant,
                location,
            };
            let suspicion = observed.suspicion();
            (suspicion.score(), suspicion.reasons().next())
        };
        for (payment, rule, least) in [
            (
                payment(1234, 400_000, "QuickCash", "DE"),
                FraudRule::AccountTakeover,
                0.5,
            ),
            (
                payment(3000, 120, "Smith Inc", "US"),
                FraudRule::CardTesting,
                0.1,
            ),
            (
                payment(1500, 3_000, "Smith Inc", "RU"),
                FraudRule::GeographicalAnomaly,
                0.4,
            ),
            (
                payment(1234, 90_000, "Smith Inc", "DE"),
                FraudRule::Baseline,
                0.01,
            ),
        ] {
            let (score, first) = payment;
            assert_eq!(first.map(|(rule, _)| rule), Some(rule), "{score}");
            assert!(score > least && score < 1.0, "{rule:?}: {score}");
        }
        assert_eq!(payment(1234, 4_000, "Smith Inc", "DE"), (0.0, None));
    }
}
