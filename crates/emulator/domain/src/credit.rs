//! How creditworthy a user is.

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

    /// The larger of two draws: many good scores, few bad ones.
    #[inline(always)]
    pub(crate) fn from_draws(a: u32, b: u32) -> Self {
        Self(Self::MIN + below(a.max(b), Self::MAX - Self::MIN + 1))
    }

    /// Hundredths of a point.
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
