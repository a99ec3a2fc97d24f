//! A keyed permutation of the numbers below a bound, in both directions and without a table.

use crate::random::{Key, below, mix};

/// A keyed permutation of `0..len`.
///
/// Four rounds of a Feistel network on a rectangle that just holds the range (Black and Rogaway's
/// generalised Feistel cipher), with cycle walking where a value falls into the surplus cells.
#[derive(Clone, Copy, Debug)]
pub struct Permutation {
    len: u64,
    rows: u64,
    columns: u64,
}

impl Permutation {
    /// Permutations of `0..len`.
    pub fn new(len: u64) -> Self {
        let rows = len.isqrt() + 1;
        Self {
            len,
            rows,
            columns: len.div_ceil(rows).max(1),
        }
    }

    /// How many numbers there are.
    pub const fn size(&self) -> u64 {
        self.len
    }

    /// The image of `value` (below [`size`](Self::size)) under `key`.
    #[inline]
    pub fn forward(&self, key: Key, mut value: u64) -> u64 {
        debug_assert!(value < self.len);
        loop {
            let (mut row, mut column) = (value / self.columns, value % self.columns);
            row = add(row, shift(key, 0, column, self.rows), self.rows);
            column = add(column, shift(key, 1, row, self.columns), self.columns);
            row = add(row, shift(key, 2, column, self.rows), self.rows);
            column = add(column, shift(key, 3, row, self.columns), self.columns);
            value = row * self.columns + column;
            if value < self.len {
                return value;
            }
        }
    }

    /// The preimage of `value`; `None` if it is beyond the range.
    pub fn backward(&self, key: Key, mut value: u64) -> Option<u64> {
        if value >= self.len {
            return None;
        }
        loop {
            let (mut row, mut column) = (value / self.columns, value % self.columns);
            column = subtract(column, shift(key, 3, row, self.columns), self.columns);
            row = subtract(row, shift(key, 2, column, self.rows), self.rows);
            column = subtract(column, shift(key, 1, row, self.columns), self.columns);
            row = subtract(row, shift(key, 0, column, self.rows), self.rows);
            value = row * self.columns + column;
            if value < self.len {
                return Some(value);
            }
        }
    }
}

#[inline(always)]
const fn shift(key: Key, round: u64, value: u64, bound: u64) -> u64 {
    below(mix(value ^ key.get().rotate_left(16 * round as u32)), bound)
}

#[inline(always)]
const fn add(a: u64, b: u64, bound: u64) -> u64 {
    let sum = a + b;
    if sum >= bound { sum - bound } else { sum }
}

const fn subtract(a: u64, b: u64, bound: u64) -> u64 {
    if a >= b { a - b } else { a + bound - b }
}

#[cfg(test)]
mod tests {
    use emulator_domain::Seed;
    use proptest::prelude::*;

    use super::*;
    use crate::random::Name;

    proptest! {
        #[test]
        fn it_goes_both_ways_and_stays_within(len in 1..=u64::MAX >> 1, seed: u64, value: u64) {
            let (order, value) = (Permutation::new(len), value % len);
            let key = Key::new(Seed::new(seed), Name::new("p"));
            let there = order.forward(key, value);
            prop_assert!(there < len);
            prop_assert_eq!(order.backward(key, there), Some(value));
            prop_assert_eq!(order.backward(key, len), None);
        }

        #[test]
        fn no_two_numbers_share_a_place(len in 1..2000_u64, seed: u64) {
            let order = Permutation::new(len);
            let key = Key::new(Seed::new(seed), Name::new("p"));
            let mut seen: Vec<_> = (0..len).map(|value| order.forward(key, value)).collect();
            seen.sort_unstable();
            prop_assert!(seen.into_iter().eq(0..len));
        }
    }

    #[test]
    fn neighbours_are_scattered() {
        let order = Permutation::new(1_000_000);
        let key = Key::new(Seed::new(3), Name::new("p"));
        let places: Vec<_> = (0..10_000).map(|value| order.forward(key, value)).collect();
        let rising = places.windows(2).filter(|pair| pair[0] < pair[1]).count();
        assert!((4_700..5_300).contains(&rising), "{rising}");
        let low = places.iter().filter(|place| **place < 500_000).count();
        assert!((4_700..5_300).contains(&low), "{low}");
    }
}
