//! The source of every random decision: one ChaCha8 key stream per seed and domain.

use std::ops::Range;

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use crate::{Domain, InvalidValue};

/// The number that determines an entire data set. Any 64-bit value is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Seed(u64);

impl Seed {
    /// Wraps a number; all 2^64 are valid.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A seed drawn at random: below 2^53, so that it survives programs that represent every number
    /// as a 64-bit float, such as many JSON parsers.
    pub const fn drawn(random: u64) -> Self {
        Self(random >> 11)
    }

    /// The allowed values, for people.
    pub fn expected() -> String {
        format!("a whole number from 0 to {}", u64::MAX)
    }

    /// The number itself.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// A 64-bit key for one purpose; different purposes give unrelated keys.
    pub(crate) fn key(self, purpose: Purpose) -> u64 {
        mix(mix(self.0 ^ 0x9e37_79b9_7f4a_7c15)
            .wrapping_add(purpose.number().wrapping_mul(0xd1b5_4a32_d192_ed03)))
    }
}

impl std::str::FromStr for Seed {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let seed = text.parse().map(Self);
        seed.map_err(|_| InvalidValue::text(text, Self::expected()))
    }
}

/// What a derived key is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    Records(Domain),
    Population,
    Devices,
    Compromised,
    Merchants,
    IdHigh,
    IdLow,
    UserOrder,
    Traffic,
    Imperfections,
}

impl Purpose {
    /// Part of the generator version: a number keeps its purpose.
    const fn number(self) -> u64 {
        match self {
            Self::Records(domain) => domain.number(),
            Self::Population => 4,
            Self::Devices => 5,
            Self::Compromised => 6,
            Self::Merchants => 7,
            Self::IdHigh => 8,
            Self::IdLow => 9,
            Self::UserOrder => 10,
            Self::Traffic => 11,
            Self::Imperfections => 12,
        }
    }
}

/// A 64-bit finaliser with full avalanche (Pelle Evensen's *moremur*): cheap keyed randomness for
/// attributes that need random access, such as a user's home country.
pub(crate) const fn mix(value: u64) -> u64 {
    let mut z = value;
    z = (z ^ (z >> 27)).wrapping_mul(0x3c79_ac49_2ba7_b653);
    z = (z ^ (z >> 33)).wrapping_mul(0x1c69_b3f7_4ac4_ae35);
    z ^ (z >> 27)
}

/// Words of a ChaCha block.
const BLOCK_WORDS: usize = 16;
/// Bytes of a ChaCha block.
const BLOCK: usize = 4 * BLOCK_WORDS;

/// The random 32-bit words that belong to one record: sixteen for each of its ChaCha blocks.
///
/// A record kind assigns each of its decisions a word with a fixed number, so a new decision never
/// shifts the others. A kind that has used up its words takes another block, which comes from a
/// separate key stream, so the existing words stay the same. A word number out of range does not
/// compile.
#[derive(Clone, Copy, Debug)]
pub struct RecordRandom<const BLOCKS: usize = 1>([[u32; BLOCK_WORDS]; BLOCKS]);

impl<const BLOCKS: usize> RecordRandom<BLOCKS> {
    /// Words for a test: those given; all others have the value at which nothing happens.
    #[cfg(test)]
    pub(crate) fn with(words: &[(usize, u32)]) -> Self {
        let mut draws = Self([[u32::MAX; BLOCK_WORDS]; BLOCKS]);
        for &(number, word) in words {
            draws.0.as_flattened_mut()[number] = word;
        }
        draws
    }

    /// Word `N` as it is.
    pub(crate) const fn word<const N: usize>(&self) -> u32 {
        const { assert!(N < Self::WORDS, "the record has no word of that number") };
        self.0[N / BLOCK_WORDS][N % BLOCK_WORDS]
    }

    /// Word `N` as a number in `0..bound`, by multiplication; the bias is below `bound / 2^32`.
    pub(crate) const fn below<const N: usize>(&self, bound: u32) -> u32 {
        below(self.word::<N>(), bound)
    }

    /// Words `N` and `M` as one number.
    pub(crate) const fn wide<const N: usize, const M: usize>(&self) -> u64 {
        (self.word::<N>() as u64) << 32 | self.word::<M>() as u64
    }

    /// Whether the event decided by word `N` happens.
    pub(crate) const fn happens<const N: usize>(&self, chance: Chance) -> bool {
        (self.word::<N>() as u64) < chance.0
    }

    /// How many words there are.
    pub const WORDS: usize = BLOCKS * BLOCK_WORDS;
}

/// The words of a record kind: [`RecordRandom`] with some number of blocks.
pub trait RandomWords: Sized {
    /// Reads the words of consecutive records.
    type Stream: std::fmt::Debug;

    /// A reader for these records of a domain.
    fn stream(seed: Seed, domain: Domain, records: &Range<u64>) -> Self::Stream;

    /// The words of the next record.
    fn next(stream: &mut Self::Stream) -> Self;
}

impl<const BLOCKS: usize> RandomWords for RecordRandom<BLOCKS> {
    type Stream = KeyStream<BLOCKS>;

    fn stream(seed: Seed, domain: Domain, records: &Range<u64>) -> KeyStream<BLOCKS> {
        KeyStream::new(seed, domain, records)
    }

    #[inline(always)]
    fn next(stream: &mut KeyStream<BLOCKS>) -> Self {
        stream.draws()
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

/// Reads the key streams of a domain, beginning with one record. The start costs a seek; reading on
/// does not.
#[derive(Clone, Debug)]
pub struct KeyStream<const BLOCKS: usize> {
    /// One for each block of a record.
    streams: [ChaCha8Rng; BLOCKS],
    /// The words of several records: reading them one record at a time costs twice as much.
    ahead: [[u8; AHEAD * BLOCK]; BLOCKS],
    /// Offsets into `ahead` of the next record and of the end.
    next: usize,
    end: usize,
    /// Records that will be read and are not in `ahead`.
    remaining: u64,
}

/// Records whose words are read together.
const AHEAD: usize = 16;

impl<const BLOCKS: usize> KeyStream<BLOCKS> {
    /// The words of `records` in order.
    fn new(seed: Seed, domain: Domain, records: &Range<u64>) -> Self {
        let mut key = [0; 32];
        let (words, _) = key.as_chunks_mut::<8>();
        let mut part = seed.key(Purpose::Records(domain));
        for word in words {
            *word = part.to_le_bytes();
            part = mix(part.wrapping_add(seed.get()) ^ 0xa076_1d64_78bd_642f);
        }
        Self {
            streams: std::array::from_fn(|block| {
                let mut stream = ChaCha8Rng::from_seed(key);
                stream.set_stream(block as u64);
                stream.set_word_pos(u128::from(records.start) * BLOCK_WORDS as u128);
                stream
            }),
            ahead: [[0; AHEAD * BLOCK]; BLOCKS],
            next: 0,
            end: 0,
            remaining: records.end.saturating_sub(records.start),
        }
    }

    /// The words of the next record.
    #[inline(always)]
    fn draws(&mut self) -> RecordRandom<BLOCKS> {
        if self.next == self.end {
            self.read_ahead();
        }
        let at = self.next / BLOCK;
        self.next += BLOCK;
        RecordRandom(std::array::from_fn(|block| {
            let (blocks, _) = self.ahead[block].as_chunks::<BLOCK>();
            let (words, _) = blocks[at].as_chunks::<4>();
            std::array::from_fn(|i| u32::from_le_bytes(words[i]))
        }))
    }

    #[inline(never)]
    fn read_ahead(&mut self) {
        let records = self.remaining.min(AHEAD as u64);
        self.remaining -= records;
        self.next = 0;
        self.end = records as usize * BLOCK;
        for (stream, ahead) in self.streams.iter_mut().zip(&mut self.ahead) {
            stream.fill_bytes(&mut ahead[..self.end]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks<const N: usize>(
        seed: u64,
        domain: Domain,
        records: Range<u64>,
    ) -> Vec<[[u32; 16]; N]> {
        let mut stream = KeyStream::<N>::new(Seed::new(seed), domain, &records);
        records.map(|_| stream.draws().0).collect()
    }

    fn words(seed: u64, domain: Domain, records: Range<u64>) -> Vec<[u32; 16]> {
        blocks(seed, domain, records)
            .into_iter()
            .map(|[words]| words)
            .collect()
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

    #[test]
    fn another_block_adds_words_and_changes_none() {
        let one = words(7, Domain::Transaction, 0..1000);
        let three = blocks::<3>(7, Domain::Transaction, 0..1000);
        let mut seen = std::collections::HashSet::new();
        for (words, blocks) in one.iter().zip(&three) {
            assert_eq!(words, &blocks[0]);
            assert!(blocks.iter().all(|block| seen.insert(*block)));
        }
        assert_eq!(
            blocks::<3>(7, Domain::Transaction, 500..533),
            three[500..533]
        );
    }

    #[test]
    fn a_word_has_its_number_in_whatever_block_it_is() {
        let random = RecordRandom::<2>::with(&[(15, 1), (16, 2), (31, 3)]);
        assert_eq!((random.word::<15>(), random.word::<16>()), (1, 2));
        assert_eq!(random.wide::<16, 31>(), 2 << 32 | 3);
        assert_eq!(RecordRandom::<2>::WORDS, 32);
    }

    #[test]
    fn no_two_purposes_have_a_number_in_common() {
        use Purpose::{
            Compromised, Devices, IdHigh, IdLow, Imperfections, Merchants, Population, Traffic,
            UserOrder,
        };
        let others = [
            Population,
            Devices,
            Compromised,
            Merchants,
            IdHigh,
            IdLow,
            UserOrder,
            Traffic,
            Imperfections,
        ];
        let all = Domain::ALL.map(Purpose::Records).into_iter().chain(others);
        let mut seen = std::collections::HashSet::new();
        for purpose in all {
            assert!(seen.insert(purpose.number()), "{purpose:?}");
        }
    }
}
