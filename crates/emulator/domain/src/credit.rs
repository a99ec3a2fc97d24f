//! Credit scores.

use std::fmt;

use crate::seed::below;

/// A credit score with two decimals, 300.00..=850.00.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CreditScore(u32);

impl CreditScore {
    const MIN: u32 = 30_000;
    const MAX: u32 = 85_000;

    /// From hundredths of a point; `None` outside 300.00..=850.00.
    pub const fn from_hundredths(hundredths: u32) -> Option<Self> {
        if hundredths < Self::MIN || hundredths > Self::MAX {
            return None;
        }
        Some(Self(hundredths))
    }

    /// The larger of two draws, so that high scores are common and low ones rare.
    #[inline(always)]
    pub(crate) fn from_draws(a: u32, b: u32) -> Self {
        Self(Self::MIN + below(a.max(b), Self::MAX - Self::MIN + 1))
    }

    /// The score in hundredths of a point.
    pub const fn hundredths(self) -> u32 {
        self.0
    }
}

impl fmt::Display for CreditScore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for CreditScore {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(f64::from(self.0) / 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_between_300_and_850() {
        for (hundredths, allowed) in [
            (0, false),
            (29_999, false),
            (30_000, true),
            (85_000, true),
            (85_001, false),
            (u32::MAX, false),
        ] {
            let score = CreditScore::from_hundredths(hundredths);
            let found = score.map(CreditScore::hundredths);
            assert_eq!(found, allowed.then_some(hundredths));
        }
    }

    #[test]
    fn the_larger_draw_decides_over_the_whole_range() {
        for (a, b, expected) in [
            (0, 0, "300.00"),
            (0, 1 << 31, "575.00"),
            (1 << 31, 1 << 30, "575.00"),
            (u32::MAX, 0, "850.00"),
            (80_000, 0, "300.01"),
        ] {
            assert_eq!(CreditScore::from_draws(a, b).to_string(), expected);
        }
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_score_is_a_number_in_json() {
        let score = CreditScore::from_hundredths(70_105);
        assert_eq!(serde_json::to_string(&score).unwrap(), "701.05");
    }
}
