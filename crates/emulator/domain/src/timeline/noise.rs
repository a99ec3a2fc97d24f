//! Randomly spaced records, as in a Poisson process, with random access to each.
//!
//! The positions of the records within a block of the timeline are found by recursive bisection:
//! how many of *n* records fall into the first half is binomial, and each half is halved again.
//! Each block of 2^40 records is spread over the 2^40 places that they would have without noise.
//! The counts in any shorter window are therefore those of a Poisson process, and the process does
//! not drift.

use super::curve::RECORD;
use crate::seed::mix;

const BLOCK: u32 = 40;
/// Records that a cursor computes together.
const TOGETHER: u64 = 1024;

/// Where records lie, in units of the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Noise {
    key: u64,
}

/// `records` records within `width` units from `from` on.
struct Node {
    key: u64,
    records: u64,
    from: u128,
    width: u128,
}

impl Node {
    fn halves(&self) -> [Self; 2] {
        let (width, first) = (self.width / 2, binomial(self.key, self.records));
        [
            Self {
                key: mix(self.key ^ 0x9e37_79b9_7f4a_7c15),
                records: first,
                from: self.from,
                width,
            },
            Self {
                key: mix(self.key ^ 0xd1b5_4a32_d192_ed03),
                records: self.records - first,
                from: self.from + width,
                width: self.width - width,
            },
        ]
    }

    /// The position of all its records, if it is known without further halving.
    fn place(&self) -> Option<u128> {
        match (self.records, self.width) {
            (_, 0..=1) => Some(self.from),
            (1, width) => {
                let share = u128::from(mix(self.key) >> 32);
                Some(self.from + ((share * (width >> 16)) >> 16))
            }
            _ => None,
        }
    }

    fn collect(self, places: &mut Vec<u128>) {
        if self.records == 0 {
            return;
        }
        if let Some(place) = self.place() {
            places.extend((0..self.records).map(|_| place));
            return;
        }
        for half in self.halves() {
            half.collect(places);
        }
    }
}

impl Noise {
    pub(crate) const fn new(key: u64) -> Self {
        Self { key }
    }

    fn block(self, number: u64) -> Node {
        let width = u128::from(RECORD) << BLOCK;
        Node {
            key: mix(self.key ^ mix(number)),
            records: 1 << BLOCK,
            from: u128::from(number) * width,
            width,
        }
    }

    /// The position of record `index`; positions never decrease.
    pub(crate) fn place(self, index: u64) -> u128 {
        let (node, rank) = self.node_of(index, 1);
        debug_assert_eq!(rank, 0);
        node.place().unwrap_or(node.from)
    }

    /// The positions of the records from `index` on, as many as are computed together.
    pub(crate) fn places(self, index: u64) -> Vec<u128> {
        let (node, rank) = self.node_of(index, TOGETHER);
        let mut places = Vec::with_capacity(node.records as usize);
        node.collect(&mut places);
        places.drain(..rank as usize);
        places
    }

    /// A group of at most `most` records that contains record `index`, and how many of the group
    /// come before it. If more than that share one position, the group consists of those from
    /// record `index` on.
    fn node_of(self, index: u64, most: u64) -> (Node, u64) {
        let mut node = self.block(index >> BLOCK);
        let mut rank = index & ((1 << BLOCK) - 1);
        while node.records > most {
            if node.width <= 1 {
                node.records -= rank;
                return (node, 0);
            }
            let [first, second] = node.halves();
            node = if rank < first.records {
                first
            } else {
                rank -= first.records;
                second
            };
        }
        (node, rank)
    }

    /// How many records lie before `units`.
    pub(crate) fn records_before(self, units: u128) -> u64 {
        let width = u128::from(RECORD) << BLOCK;
        let Ok(number) = u64::try_from(units / width) else {
            return u64::MAX;
        };
        let Some(mut before) = number.checked_mul(1 << BLOCK) else {
            return u64::MAX;
        };
        let mut node = self.block(number);
        while node.records > 0 {
            if let Some(place) = node.place() {
                return before + if place < units { node.records } else { 0 };
            }
            let [first, second] = node.halves();
            node = if units <= second.from {
                first
            } else {
                before += first.records;
                second
            };
        }
        before
    }
}

/// How many of `n` fair coins show heads. Up to 4,096 coins are tossed; a larger number is
/// approximated by the result of 1,024 coins, scaled to the right standard deviation in integer
/// arithmetic.
fn binomial(key: u64, n: u64) -> u64 {
    let word =
        |number: u64| mix(key.wrapping_add((number + 1).wrapping_mul(0xa076_1d64_78bd_642f)));
    let heads = |coins: u64| {
        let whole: u32 = (0..coins / 64).map(|each| word(each).count_ones()).sum();
        let rest = word(coins / 64) & ((1 << (coins % 64)) - 1);
        u64::from(whole + rest.count_ones())
    };
    if n <= 4096 {
        return heads(n);
    }
    // The standard deviation of 1,024 coins is 16, that of n is half the root of n.
    let root = i128::from(n.isqrt());
    let stretched = (i128::from(heads(1024)) - 512) * root;
    let between = ((i128::from(word(1024) >> 32) * root) >> 32) - root / 2;
    let first = i128::from(n / 2) + (stretched + between) / 32;
    first.clamp(0, n.into()) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_found_alone_among_others_and_by_its_place() {
        for key in [0, 7, u64::MAX] {
            let noise = Noise::new(key);
            for from in [0, 1, 5_000, 1 << 33, (1 << 40) - 3, 5 << 40] {
                let places = noise.places(from);
                assert!(!places.is_empty() && places.is_sorted());
                for (index, place) in (from..).zip(&places) {
                    assert_eq!(noise.place(index), *place);
                    let before = noise.records_before(*place);
                    let through = noise.records_before(place + 1);
                    assert!((before..through).contains(&index), "{index}");
                }
            }
        }
    }

    /// Mean and variance of a Poisson count are its expectation, whatever the length of the window;
    /// four standard errors of each are allowed.
    #[test]
    fn counts_of_windows_are_poisson() {
        const WINDOWS: u64 = 4_000;
        for expected in [1_u64, 30, 1_000, 50_000] {
            let noise = Noise::new(expected);
            let end =
                |window| noise.records_before(u128::from(window * expected) * u128::from(RECORD));
            let counts = (0..WINDOWS).map(|window| (end(window + 1) - end(window)) as f64);
            let counts: Vec<f64> = counts.collect();
            let (n, rate) = (WINDOWS as f64, expected as f64);
            let mean = counts.iter().sum::<f64>() / n;
            let variance = counts
                .iter()
                .map(|count| (count - rate).powi(2))
                .sum::<f64>()
                / n;
            assert!(
                (mean - rate).abs() < 4.0 * (rate / n).sqrt(),
                "{expected}: mean {mean}"
            );
            let error = (2.0 * rate * rate / n + rate / n).sqrt();
            assert!(
                (variance - rate).abs() < 4.0 * error,
                "{expected}: variance {variance}"
            );
        }
    }

    /// The gaps of a Poisson process are exponential: a Kolmogorov-Smirnov test at 0.1 %.
    #[test]
    fn gaps_between_records_are_exponential() {
        let noise = Noise::new(11);
        let places: Vec<u128> = (0..100_001).map(|index| noise.place(index)).collect();
        let gaps = places
            .windows(2)
            .map(|pair| (pair[1] - pair[0]) as f64 / RECORD as f64);
        let mut gaps: Vec<f64> = gaps.collect();
        gaps.sort_by(f64::total_cmp);
        let n = gaps.len() as f64;
        let apart = gaps.iter().enumerate().map(|(rank, gap)| {
            let expected = 1.0 - (-gap).exp();
            (expected - rank as f64 / n)
                .abs()
                .max((expected - (rank + 1) as f64 / n).abs())
        });
        let apart = apart.fold(0.0, f64::max);
        assert!(apart < 1.95 / n.sqrt(), "{apart}");
    }
}
