use super::*;
use crate::{Seed, Spending, UserIds};

const ORDINARY: Merchant = Text::new("Smith Inc");
/// The first word with which an event of `parts` in `whole` does not happen.
const fn limit(parts: u64, whole: u64) -> u32 {
    ((parts << 32) / whole) as u32
}

struct Case {
    user_id: u32,
    amount: u32,
    high_risk: bool,
    words: Vec<(usize, u32)>,
}

fn outcome(case: &Case) -> (Option<FraudRule>, Payment<'static>) {
    static MERCHANT: Merchant = ORDINARY;
    let mut payment = Payment {
        user_id: case.user_id,
        amount: Cents::new(case.amount),
        merchant: &MERCHANT,
        high_risk_merchant: case.high_risk,
        location: Text::new("DE"),
    };
    let population = Population::new(Seed::new(7), UserIds::CONTRACT);
    let rule = apply(
        &mut payment,
        &population,
        &RecordRandom::<1>::with(&case.words),
    );
    (rule, payment)
}

fn compromised() -> u32 {
    let population = Population::new(Seed::new(7), UserIds::CONTRACT);
    *population
        .compromised()
        .iter()
        .find(|id| *id % 500 != 0)
        .unwrap()
}

#[test]
fn each_rule_fires_up_to_its_exact_borders_and_in_its_order() {
    use FraudRule::*;
    let victim = compromised();
    let case = |user_id, amount, high_risk, words: &[(usize, u32)]| Case {
        user_id,
        amount,
        high_risk,
        words: words.to_vec(),
    };
    let all = [
        (TAKEOVER, 0),
        (TESTING, 0),
        (COLLUSION, 0),
        (ANOMALY, 0),
        (BASELINE, 0),
    ];
    for (case, expected) in [
        (
            case(victim, 50_001, false, &[(TAKEOVER, limit(30, 100) - 1)]),
            Some(AccountTakeover),
        ),
        (
            case(victim, 50_001, false, &[(TAKEOVER, limit(30, 100))]),
            None,
        ),
        (case(victim, 50_000, false, &[(TAKEOVER, 0)]), None),
        (case(victim + 1, 50_001, false, &[(TAKEOVER, 0)]), None),
        (
            case(3000, 199, false, &[(TESTING, limit(25, 100) - 1)]),
            Some(CardTesting),
        ),
        (case(3000, 199, false, &[(TESTING, limit(25, 100))]), None),
        (case(3000, 200, false, &[(TESTING, 0)]), None),
        (case(3500, 199, false, &[(TESTING, 0)]), None),
        (
            case(1234, 300_001, true, &[(COLLUSION, limit(15, 100) - 1)]),
            Some(MerchantCollusion),
        ),
        (
            case(1234, 300_001, true, &[(COLLUSION, limit(15, 100))]),
            None,
        ),
        (case(1234, 300_000, true, &[(COLLUSION, 0)]), None),
        (case(1234, 300_001, false, &[(COLLUSION, 0)]), None),
        (
            case(1500, 5_000, false, &[(ANOMALY, limit(10, 100) - 1)]),
            Some(GeographicalAnomaly),
        ),
        (case(1500, 5_000, false, &[(ANOMALY, limit(10, 100))]), None),
        (case(1501, 5_000, false, &[(ANOMALY, 0)]), None),
        (
            case(1234, 5_000, false, &[(BASELINE, limit(2, 1000) - 1)]),
            Some(Baseline),
        ),
        (
            case(1234, 5_000, false, &[(BASELINE, limit(2, 1000))]),
            None,
        ),
        // The first that fires wins, and a compromised user is tested for the others, too.
        (case(victim, 300_001, true, &all), Some(AccountTakeover)),
        (case(victim, 50_000, false, &all), Some(Baseline)),
        (case(3000, 199, true, &all), Some(CardTesting)),
        (case(3000, 300_001, true, &all), Some(MerchantCollusion)),
        (case(3000, 5_000, true, &all), Some(GeographicalAnomaly)),
    ] {
        assert_eq!(
            outcome(&case).0,
            expected,
            "{} {}",
            case.user_id,
            case.amount
        );
    }
}

#[test]
fn each_rule_changes_what_it_says_within_its_range() {
    let victim = compromised();
    for (rule, user_id, amount, high_risk, word, low, high) in [
        (
            FraudRule::AccountTakeover,
            victim,
            60_000,
            false,
            TAKEOVER,
            50_000,
            500_000,
        ),
        (FraudRule::CardTesting, 3000, 150, false, TESTING, 1, 200),
        (
            FraudRule::MerchantCollusion,
            1234,
            400_000,
            true,
            COLLUSION,
            30_000,
            150_000,
        ),
        (
            FraudRule::GeographicalAnomaly,
            1500,
            777,
            false,
            ANOMALY,
            777,
            777,
        ),
        (
            FraudRule::Baseline,
            1234,
            777,
            false,
            BASELINE,
            10_000,
            200_000,
        ),
    ] {
        for (effect, expected) in [(0, low), (u32::MAX, high)] {
            let words = vec![(word, 0), (EFFECT_AMOUNT, effect), (EFFECT_PLACE, effect)];
            let (fired, payment) = outcome(&Case {
                user_id,
                amount,
                high_risk,
                words,
            });
            assert_eq!(fired, Some(rule));
            assert_eq!(payment.amount.get(), expected, "{rule:?}");
            let place = if effect == 0 { 0 } else { 2 };
            let merchant = match rule {
                FraudRule::AccountTakeover => HIGH_RISK_MERCHANTS[place],
                _ => ORDINARY,
            };
            assert_eq!(payment.merchant, &merchant, "{rule:?}");
            let location = match rule {
                FraudRule::CardTesting => "US",
                FraudRule::GeographicalAnomaly => ["CN", "GB", "RU"][place],
                _ => "DE",
            };
            assert_eq!(payment.location.as_str(), location, "{rule:?}");
        }
    }
}

#[test]
fn fifteen_in_a_thousand_labels_are_noise() {
    let labelled = |word| {
        label(
            Some(FraudRule::Baseline),
            &RecordRandom::<1>::with(&[(NOISE, word)]),
        )
    };
    let border = (15u64 << 32).div_ceil(1000) as u32;
    assert!(!labelled(0) && !labelled(border - 1) && labelled(border));
    assert!(!label(None, &RecordRandom::<1>::with(&[(NOISE, u32::MAX)])));
}

#[test]
fn the_documented_shares_follow_from_the_amounts() {
    const STEP: usize = 4_093;
    let share = |holds: fn(u32) -> bool| {
        Spending::SHARES
            .into_iter()
            .map(|(level, users)| {
                let all = (0..=u32::MAX).step_by(STEP);
                let number = all.clone().count() as f64;
                let held = all.filter(|&word| holds(level.amount(word).get())).count() as f64;
                held / number * f64::from(users) / 256.0
            })
            .sum::<f64>()
    };
    for (rule, share) in [
        (
            FraudRule::AccountTakeover,
            50.0 / 9000.0 * 0.30 * share(|cents| cents > TAKEOVER_ABOVE),
        ),
        (
            FraudRule::CardTesting,
            9.0 / 9000.0 * 0.25 * share(|cents| cents < TESTING_BELOW),
        ),
        (
            FraudRule::MerchantCollusion,
            0.003 * 0.15 * share(|cents| cents > COLLUSION_ABOVE),
        ),
    ] {
        assert!(
            (rule.expected_share() / share - 1.0).abs() < 1e-3,
            "{rule:?} {share}"
        );
    }
}
