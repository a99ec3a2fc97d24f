//! The source of a field's random decisions.
//!
//! A reference may need any field of any record, so every decision must be randomly accessible.
//! Every field of a model has a key, and each (key, index) has its own stream of 64-bit words:
//! SplitMix64's counter with Pelle Evensen's *moremur* as its finaliser, from a state that the same
//! finaliser derives from key and index.

use std::convert::Infallible;
use std::hint::select_unpredictable;

use emulator_domain::Seed;
use rand_core::TryRng;

/// 2^64 divided by the golden ratio: the step of the counter.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// A bijection of 64-bit numbers with full avalanche.
#[inline(always)]
pub const fn mix(value: u64) -> u64 {
    let mut z = value;
    z = (z ^ (z >> 27)).wrapping_mul(0x3c79_ac49_2ba7_b653);
    z = (z ^ (z >> 33)).wrapping_mul(0x1c69_b3f7_4ac4_ae35);
    z ^ (z >> 27)
}

/// The key for one purpose. Draws with different keys are independent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(u64);

impl Key {
    /// The key of this name under a seed.
    pub const fn new(seed: Seed, name: Name) -> Self {
        Self(mix(mix(seed.get() ^ STEP).wrapping_add(name.0)))
    }

    /// A derived key, such as for the element of an array or for a round.
    #[inline(always)]
    pub const fn part(self, number: u64) -> Self {
        Self(mix(self.0 ^ mix(number.wrapping_add(STEP))))
    }

    /// The random words at `point`, usually the index of a record.
    #[inline(always)]
    pub const fn at(self, point: u64) -> Random {
        Random {
            state: mix(self.0 ^ point.wrapping_mul(STEP)),
        }
    }

    /// The key as a number, for callers with their own mixing.
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// The purpose of a key, by its path in the model: `shop/order/total`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name(u64);

impl Name {
    /// The name of a path: FNV-1a, finished by [`mix`].
    pub const fn new(path: &str) -> Self {
        Self(0xcbf2_9ce4_8422_2325).then(path)
    }

    /// The name of a part of this one.
    pub const fn then(self, part: &str) -> Self {
        let (mut hash, bytes, mut i) = (self.0 ^ 0xff, part.as_bytes(), 0);
        while i < bytes.len() {
            hash = (hash ^ bytes[i] as u64).wrapping_mul(0x0000_0100_0000_01b3);
            i += 1;
        }
        Self(mix(hash))
    }
}

/// The random words of one decision.
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
}

impl Random {
    /// The next word.
    #[inline(always)]
    pub const fn word(&mut self) -> u64 {
        self.state = self.state.wrapping_add(STEP);
        mix(self.state)
    }

    /// A number in `0..bound`; the bias is below `bound / 2^64`.
    #[inline(always)]
    pub const fn below(&mut self, bound: u64) -> u64 {
        below(self.word(), bound)
    }

    /// A number in 0..1, with 53 bits of precision.
    #[inline(always)]
    pub const fn unit(&mut self) -> f64 {
        (self.word() >> 11) as f64 * const { 1.0 / (1u64 << 53) as f64 }
    }

    /// Whether an event of this probability happens.
    #[inline(always)]
    pub fn happens(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Whether an event of this probability happens; if not `asked`, it does not, and no word is
    /// consumed.
    ///
    /// The same as `asked && self.happens(probability)`, for cases where neither is predictable: it
    /// always draws, which costs less than a branch misprediction.
    #[inline(always)]
    pub fn happens_if(&mut self, asked: bool, probability: f64) -> bool {
        let mut drawn = self.clone();
        let happens = drawn.happens(probability);
        self.state = select_unpredictable(asked, drawn.state, self.state);
        asked & happens
    }
}

/// `word` scaled to `0..bound`.
#[inline(always)]
pub const fn below(word: u64, bound: u64) -> u64 {
    ((word as u128 * bound as u128) >> 64) as u64
}

impl TryRng for Random {
    type Error = Infallible;

    #[inline(always)]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.word() >> 32) as u32)
    }

    #[inline(always)]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.word())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.word().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_key_point_and_number_alone() {
        let key = Key::new(Seed::new(7), Name::new("shop").then("order"));
        let words = |key: Key, point| {
            let mut random = key.at(point);
            [random.word(), random.word()]
        };
        assert_eq!(words(key, 5), words(key, 5));
        let mut seen = std::collections::HashSet::new();
        for key in [
            key,
            key.part(0),
            key.part(1),
            Key::new(Seed::new(8), Name::new("shop")),
        ] {
            for point in 0..1000 {
                assert!(words(key, point).iter().all(|word| seen.insert(*word)));
            }
        }
        assert_ne!(Name::new("ab").then("c"), Name::new("a").then("bc"));
    }

    #[test]
    fn each_bit_of_a_word_is_even_over_consecutive_points() {
        let key = Key::new(Seed::new(1), Name::new("x"));
        let mut ones = [0_u32; 64];
        const N: u32 = 100_000;
        for point in 0..u64::from(N) {
            let word = key.at(point).word();
            for (bit, ones) in ones.iter_mut().enumerate() {
                *ones += (word >> bit & 1) as u32;
            }
        }
        // Five standard deviations.
        assert!(
            ones.iter().all(|ones| ones.abs_diff(N / 2) < 800),
            "{ones:?}"
        );
    }
}
