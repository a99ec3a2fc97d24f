//! Amounts of money, and how much users spend.

use std::fmt;

use crate::seed::below;

/// US dollars as whole cents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cents(u32);

impl Cents {
    /// The smallest amount of a transaction, 0.01.
    pub const MIN: Self = Self(1);
    /// The largest amount of a transaction, 10,000.00.
    pub const MAX: Self = Self(1_000_000);

    /// Wraps a number of cents.
    pub const fn new(cents: u32) -> Self {
        Self(cents)
    }

    /// The number of cents.
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// Two decimals: `123.45`.
impl fmt::Display for Cents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Cents {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(f64::from(self.0) / 100.0)
    }
}

/// The spending level of a user. Amounts within a level are log-normal with σ = 1.5 around its
/// median, roughly as those of card payments: most are small, a few are very large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spending {
    /// Median 12 dollars; 102 of 256 users.
    Thrifty,
    /// Median 38 dollars; 115 of 256 users.
    Average,
    /// Median 140 dollars; 31 of 256 users.
    Affluent,
    /// Median 900 dollars; 8 of 256 users.
    Business,
}

impl Spending {
    /// Every level, with the number of users, out of 256, who have it.
    pub const SHARES: [(Self, u32); 4] = [
        (Self::Thrifty, 102),
        (Self::Average, 115),
        (Self::Affluent, 31),
        (Self::Business, 8),
    ];

    /// The level of a user whose random byte is `draw`.
    pub(crate) const fn from_draw(draw: u8) -> Self {
        match draw {
            0..102 => Self::Thrifty,
            102..217 => Self::Average,
            217..248 => Self::Affluent,
            248.. => Self::Business,
        }
    }

    /// The median amount.
    pub const fn median(self) -> Cents {
        Cents(match self {
            Self::Thrifty => 1_200,
            Self::Average => 3_800,
            Self::Affluent => 14_000,
            Self::Business => 90_000,
        })
    }

    /// The amount at quantile `word / 2^32`. An amount above the ceiling is divided by four or by
    /// sixteen, as if it were paid in parts.
    #[inline(always)]
    pub(crate) fn amount(self, word: u32) -> Cents {
        let at = (word >> 24) as usize;
        let (low, high) = (QUANTILES[at], QUANTILES[at + 1]);
        let factor = low + below(word << 8, high - low);
        let mut cents = (u64::from(self.median().0) * u64::from(factor)) >> QUANTILE_SHIFT;
        while cents > u64::from(Cents::MAX.0) {
            cents /= 4;
        }
        Cents((cents as u32).max(Cents::MIN.0))
    }

    /// The probability of exactly this many cents, ignoring amounts that were divided.
    pub(crate) fn density(self, cents: u32) -> f64 {
        let factor = (u64::from(cents) << QUANTILE_SHIFT) / u64::from(self.median().0);
        let above = QUANTILES.partition_point(|quantile| u64::from(*quantile) <= factor);
        // Beyond the ends the density is taken to be that at the ends.
        let at = above.clamp(1, QUANTILES.len() - 1);
        let width = f64::from(QUANTILES[at] - QUANTILES[at - 1]) / f64::from(1 << QUANTILE_SHIFT);
        1.0 / 256.0 / (width * f64::from(self.median().0))
    }
}

const QUANTILE_SHIFT: u32 = 12;

/// `exp(1.5 z)` at the quantiles 0, 1/256, ... 1 of the standard normal distribution, in 1/4096
/// (the two ends at 1/4096 and 4095/4096). A table, not a formula: `exp` may differ in its last bit
/// between machines, and records must not.
static QUANTILES: [u32; 257] = [
    22, 76, 109, 137, 162, 185, 208, 229, 251, 271, 292, 312, 332, 351, 371, 391, 410, 430, 449,
    469, 488, 508, 528, 547, 567, 587, 607, 627, 647, 668, 688, 709, 729, 750, 771, 792, 814, 835,
    857, 878, 900, 922, 945, 967, 990, 1013, 1036, 1059, 1083, 1106, 1130, 1154, 1179, 1203, 1228,
    1253, 1278, 1304, 1329, 1355, 1382, 1408, 1435, 1462, 1489, 1517, 1545, 1573, 1601, 1630, 1659,
    1689, 1718, 1748, 1779, 1809, 1840, 1872, 1903, 1935, 1968, 2000, 2034, 2067, 2101, 2135, 2170,
    2205, 2240, 2276, 2313, 2349, 2386, 2424, 2462, 2501, 2540, 2579, 2619, 2660, 2701, 2742, 2784,
    2827, 2870, 2913, 2958, 3002, 3048, 3094, 3140, 3187, 3235, 3283, 3333, 3382, 3433, 3484, 3536,
    3588, 3641, 3696, 3750, 3806, 3862, 3919, 3977, 4036, 4096, 4157, 4218, 4281, 4344, 4408, 4474,
    4540, 4607, 4676, 4745, 4816, 4887, 4960, 5034, 5110, 5186, 5264, 5343, 5423, 5505, 5588, 5673,
    5759, 5846, 5935, 6026, 6118, 6212, 6308, 6406, 6505, 6606, 6709, 6814, 6921, 7030, 7141, 7255,
    7371, 7489, 7609, 7732, 7858, 7986, 8117, 8250, 8387, 8526, 8669, 8815, 8964, 9117, 9273, 9433,
    9596, 9764, 9936, 10112, 10292, 10477, 10666, 10861, 11061, 11266, 11476, 11692, 11915, 12143,
    12379, 12621, 12870, 13127, 13391, 13664, 13946, 14236, 14536, 14846, 15167, 15498, 15842,
    16197, 16566, 16949, 17346, 17758, 18188, 18634, 19099, 19585, 20091, 20620, 21174, 21754,
    22362, 23001, 23673, 24380, 25126, 25914, 26749, 27634, 28575, 29578, 30649, 31795, 33027,
    34354, 35788, 37345, 39043, 40903, 42950, 45219, 47751, 50598, 53831, 57542, 61858, 66961,
    73115, 80733, 90496, 103630, 122652, 153907, 221431, 765606,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_rise_from_the_floor_and_have_the_levels_median() {
        for (level, share) in Spending::SHARES {
            assert_eq!(
                (0..=255)
                    .filter(|&draw| Spending::from_draw(draw) == level)
                    .count(),
                share as usize
            );
            assert_eq!(level.amount(1 << 31), level.median());
            assert!(level.amount(0) >= Cents::MIN);
            assert!(
                (0..=u32::MAX)
                    .step_by(65_537)
                    .all(|word| level.amount(word) <= Cents::MAX)
            );
        }
        assert_eq!(Cents::new(12_305).to_string(), "123.05");
    }
}
