//! Where every random decision comes from: one ChaCha8 key stream per seed and domain.

use std::ops::Range;

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use crate::Domain;

/// The number from which a whole data set follows. Any 64-bit value is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Seed(u64);

impl Seed {
    /// Wraps a number; all 2^64 are valid.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The number itself.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// A 64-bit key for one purpose; different purposes give unrelated keys.
    pub(crate) fn key(self, purpose: Purpose) -> u64 {
        mix(mix(self.0 ^ 0x9e37_79b9_7f4a_7c15)
            .wrapping_add((purpose as u64).wrapping_mul(0xd1b5_4a32_d192_ed03)))
    }
}

/// What a derived key is for. The numbers are part of the generator's version.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    Transactions = 1,
    UserProfiles = 2,
    DeviceLogs = 3,
    Population = 4,
    Devices = 5,
    Compromised = 6,
    Merchants = 7,
    IdHigh = 8,
    IdLow = 9,
    UserOrder = 10,
}

/// A 64-bit finaliser with full avalanche (Pelle Evensen's *moremur*): cheap keyed randomness for
/// facts that must be had at random places, such as a user's home country.
pub(crate) const fn mix(value: u64) -> u64 {
    let mut z = value;
    z = (z ^ (z >> 27)).wrapping_mul(0x3c79_ac49_2ba7_b653);
    z = (z ^ (z >> 33)).wrapping_mul(0x1c69_b3f7_4ac4_ae35);
    z ^ (z >> 27)
}

/// The sixteen 32-bit words that belong to one record, a ChaCha block of its own.
///
/// A record kind gives each of its decisions a word with a fixed number, so that a new decision
/// never shifts the others.
#[derive(Clone, Copy, Debug)]
pub struct RecordRandom([u32; 16]);

impl RecordRandom {
    /// Words for a test: those given, and for all others the one with which nothing happens.
    #[cfg(test)]
    pub(crate) fn with(words: &[(usize, u32)]) -> Self {
        let mut draws = Self([u32::MAX; 16]);
        for &(number, word) in words {
            draws.0[number] = word;
        }
        draws
    }

    /// Word `N` as it is.
    pub(crate) const fn word<const N: usize>(&self) -> u32 {
        self.0[N]
    }

    /// Word `N` as a number in `0..bound`, by multiplication; the bias is below `bound / 2^32`.
    pub(crate) const fn below<const N: usize>(&self, bound: u32) -> u32 {
        below(self.0[N], bound)
    }

    /// Words `N` and `N + 1` as one number.
    pub(crate) const fn wide<const N: usize>(&self) -> u64 {
        (self.0[N] as u64) << 32 | self.0[N + 1] as u64
    }

    /// Whether the event decided by word `N` happens.
    pub(crate) const fn happens<const N: usize>(&self, chance: Chance) -> bool {
        (self.0[N] as u64) < chance.0
    }
}

/// `word` scaled to `0..bound`.
pub(crate) const fn below(word: u32, bound: u32) -> u32 {
    ((word as u64 * bound as u64) >> 32) as u32
}

/// A probability, held as the share of the 2^32 values of a word.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    /// `parts` in `whole`.
    pub(crate) const fn of(parts: u64, whole: u64) -> Self {
        assert!(parts <= whole);
        Self((parts << 32) / whole)
    }
}

/// A reader of the key stream, from one record on. Getting to the first costs a seek, reading on
/// does not.
#[derive(Clone, Debug)]
pub(crate) struct KeyStream {
    stream: ChaCha8Rng,
    /// The words of some records at once: taking them one by one costs twice as much.
    ahead: [u8; Self::AHEAD * Self::BLOCK],
    /// Offsets into `ahead` of the next record and of the end.
    next: usize,
    end: usize,
    /// Records that will be asked for and are not in `ahead`.
    remaining: u64,
}

impl KeyStream {
    const BLOCK: usize = 64;
    const AHEAD: usize = 16;

    /// The words of `records` in order.
    pub(crate) fn new(seed: Seed, domain: Domain, records: &Range<u64>) -> Self {
        let purpose = match domain {
            Domain::Transaction => Purpose::Transactions,
            Domain::UserProfile => Purpose::UserProfiles,
            Domain::DeviceLog => Purpose::DeviceLogs,
        };
        let mut key = [0; 32];
        let (words, _) = key.as_chunks_mut::<8>();
        let mut part = seed.key(purpose);
        for word in words {
            *word = part.to_le_bytes();
            part = mix(part.wrapping_add(seed.get()) ^ 0xa076_1d64_78bd_642f);
        }
        let mut stream = ChaCha8Rng::from_seed(key);
        stream.set_word_pos(u128::from(records.start) * 16);
        Self {
            stream,
            ahead: [0; Self::AHEAD * Self::BLOCK],
            next: 0,
            end: 0,
            remaining: records.end.saturating_sub(records.start),
        }
    }

    /// The words of the next record.
    #[inline(always)]
    pub(crate) fn draws(&mut self) -> RecordRandom {
        if self.next == self.end {
            self.read_ahead();
        }
        let (blocks, _) = self.ahead.as_chunks::<{ Self::BLOCK }>();
        let (words, _) = blocks[self.next / Self::BLOCK].as_chunks::<4>();
        self.next += Self::BLOCK;
        RecordRandom(std::array::from_fn(|i| u32::from_le_bytes(words[i])))
    }

    #[inline(never)]
    fn read_ahead(&mut self) {
        let records = self.remaining.min(Self::AHEAD as u64);
        self.remaining -= records;
        self.next = 0;
        self.end = records as usize * Self::BLOCK;
        self.stream.fill_bytes(&mut self.ahead[..self.end]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(seed: u64, domain: Domain, records: Range<u64>) -> Vec<[u32; 16]> {
        let mut stream = KeyStream::new(Seed::new(seed), domain, &records);
        records.map(|_| stream.draws().0).collect()
    }

    #[test]
    fn a_record_has_the_same_words_wherever_the_reader_began() {
        let all = words(7, Domain::Transaction, 0..1000);
        for range in [0..1, 999..1000, 3..20, 500..533, 16..32] {
            let part = &all[range.start as usize..range.end as usize];
            assert_eq!(words(7, Domain::Transaction, range), part);
        }
        let end = 1 << 63;
        assert_eq!(words(7, Domain::Transaction, end - 1..end).len(), 1);
    }

    #[test]
    fn seeds_and_domains_are_unrelated() {
        let mut seen = std::collections::HashSet::new();
        for seed in [0, 1, u64::MAX] {
            for domain in Domain::ALL {
                assert!(seen.insert(words(seed, domain, 0..1)));
            }
        }
    }
}
