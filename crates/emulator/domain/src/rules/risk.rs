//! The risk rules of the contract, applied one after the other.
//!
//! | rule | when | chance | level becomes |
//! |---|---|---|---|
//! | credit score | always | 1 | at least 700 low, at least 500 medium, else high |
//! | country | NG, IR, SY or KP | 0.5 | high |
//! | recent sign-up | less than 30 days before the record's event time | 1 | low → medium, medium → high |
//! | exception | always | 0.01 | high |
//!
//! Shares of all profiles: the score's density rises linearly from 300 to 850 (the larger of two
//! draws), so 47.11 % start low, 39.67 % medium and 13.22 % high; 9 of 256 users (3.52 %) live in
//! the four countries; 30 of 730 (4.11 %) signed up recently. The result is 43.94 % low, 38.88 %
//! medium and 17.19 % high ([`RiskLevel::expected_share`]).

use std::fmt;

use crate::credit::CreditScore;
use crate::seed::{Chance, RecordRandom};
use crate::text::{ByteWriter, Text, WriteText};

/// How risky a user is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "lowercase")
)]
pub enum RiskLevel {
    /// Good credit and no other risk.
    Low = 0,
    /// Fair credit, or new.
    Medium = 1,
    /// Poor credit, or another risk.
    High = 2,
}

impl RiskLevel {
    fn name(self) -> &'static Text<8> {
        static NAMES: [Text<8>; 3] = [Text::new("low"), Text::new("medium"), Text::new("high")];
        &NAMES[self as usize]
    }

    /// The share of profiles that end with this level.
    pub const fn expected_share(self) -> f64 {
        match self {
            Self::Low => 0.439355,
            Self::Medium => 0.388784,
            Self::High => 0.171861,
        }
    }

    /// The level one above, or the highest.
    const fn raised(self) -> Self {
        match self {
            Self::Low => Self::Medium,
            Self::Medium | Self::High => Self::High,
        }
    }
}

impl fmt::Display for RiskLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name().as_str())
    }
}

impl WriteText for RiskLevel {
    #[inline(always)]
    fn write(&self, line: &mut ByteWriter<'_>) {
        line.text(self.name());
    }
}

static HIGH_RISK_COUNTRIES: [Text<2>; 4] = [
    Text::new("NG"),
    Text::new("IR"),
    Text::new("SY"),
    Text::new("KP"),
];

const COUNTRY: usize = 13;
const EXCEPTION: usize = 14;

/// The risk level of a user with `credit_score` who lives in `country` and signed up
/// `days_since_signup` days before.
#[inline(always)]
pub(crate) fn assess<const BLOCKS: usize>(
    credit_score: CreditScore,
    country: &Text<2>,
    days_since_signup: u32,
    draws: &RecordRandom<BLOCKS>,
) -> RiskLevel {
    let mut level = match credit_score.hundredths() {
        70_000.. => RiskLevel::Low,
        50_000.. => RiskLevel::Medium,
        _ => RiskLevel::High,
    };
    if HIGH_RISK_COUNTRIES.contains(country) && draws.happens::<COUNTRY>(const { Chance::of(1, 2) })
    {
        level = RiskLevel::High;
    }
    if days_since_signup < 30 {
        level = level.raised();
    }
    if draws.happens::<EXCEPTION>(const { Chance::of(1, 100) }) {
        level = RiskLevel::High;
    }
    level
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(score: u32, country: &str, days: u32, words: &[(usize, u32)]) -> RiskLevel {
        let score = CreditScore::from_hundredths(score).unwrap();
        assess(
            score,
            &Text::new(country),
            days,
            &RecordRandom::<1>::with(words),
        )
    }

    #[test]
    fn each_rule_holds_at_its_exact_borders() {
        use RiskLevel::{High, Low, Medium};
        const NEVER: &[(usize, u32)] = &[];
        const HALF: u32 = 1 << 31;
        const HUNDREDTH: u32 = ((1u64 << 32) / 100) as u32;
        for (score, country, days, words, expected) in [
            (85_000, "US", 30, NEVER, Low),
            (70_000, "US", 30, NEVER, Low),
            (69_999, "US", 30, NEVER, Medium),
            (50_000, "US", 30, NEVER, Medium),
            (49_999, "US", 30, NEVER, High),
            (30_000, "US", 30, NEVER, High),
            (85_000, "NG", 30, &[(COUNTRY, HALF - 1)], High),
            (85_000, "IR", 30, &[(COUNTRY, 0)], High),
            (85_000, "SY", 30, &[(COUNTRY, 0)], High),
            (85_000, "KP", 30, &[(COUNTRY, 0)], High),
            (85_000, "NG", 30, &[(COUNTRY, HALF)], Low),
            (85_000, "US", 30, &[(COUNTRY, 0)], Low),
            (85_000, "US", 29, NEVER, Medium),
            (69_999, "US", 29, NEVER, High),
            (49_999, "US", 0, NEVER, High),
            (85_000, "US", 30, &[(EXCEPTION, HUNDREDTH - 1)], High),
            (85_000, "US", 30, &[(EXCEPTION, HUNDREDTH)], Low),
        ] {
            let got = level(score, country, days, words);
            assert_eq!(got, expected, "{score} {country} {days} {words:?}");
        }
    }
}
