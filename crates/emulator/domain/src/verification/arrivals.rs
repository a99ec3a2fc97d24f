//! A set of records with one bit per record.

use std::ops::Range;

const WORDS: usize = 1024;
const BITS: u64 = WORDS as u64 * 64;

type Block = Box<[u64; WORDS]>;

/// A set of indices that grows with the largest of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arrivals {
    /// Bitmaps of 65,536 indices each; absent if none of them is in the set.
    blocks: Vec<Option<Block>>,
}

impl Arrivals {
    /// Adds an index; returns whether it was new.
    #[inline]
    pub(crate) fn insert(&mut self, index: u64) -> bool {
        let block = (index / BITS) as usize;
        if block >= self.blocks.len() {
            self.blocks.resize(block + 1, None);
        }
        let block = self.blocks[block].get_or_insert_with(|| Box::new([0; WORDS]));
        let word = &mut block[(index % BITS / 64) as usize];
        let bit = 1 << (index % 64);
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    /// Whether an index is in the set.
    pub(crate) fn contains(&self, index: u64) -> bool {
        let block = self.blocks.get((index / BITS) as usize);
        let word = |block: &Block| block[(index % BITS / 64) as usize];
        block.is_some_and(|block| {
            block
                .as_ref()
                .is_some_and(|block| word(block) >> (index % 64) & 1 == 1)
        })
    }

    /// The ranges within `range` that are not in the set, in order.
    pub(crate) fn gaps(&self, range: Range<u64>) -> impl Iterator<Item = Range<u64>> {
        let mut from = range.start;
        std::iter::from_fn(move || {
            let start = self.find(from, false).filter(|start| *start < range.end)?;
            let end = self.find(start, true).unwrap_or(u64::MAX).min(range.end);
            from = end;
            Some(start..end)
        })
    }

    /// The first index from `from` on that is in the set or, if not `wanted`, is not in it.
    fn find(&self, from: u64, wanted: bool) -> Option<u64> {
        let mut index = from;
        loop {
            match self.blocks.get((index / BITS) as usize) {
                None if wanted => return None,
                None => return Some(index),
                Some(None) if !wanted => return Some(index),
                Some(None) => index = (index / BITS + 1) * BITS,
                Some(Some(block)) => {
                    let word = block[(index % BITS / 64) as usize];
                    let word = if wanted { word } else { !word };
                    let rest = word & (u64::MAX << (index % 64));
                    if rest != 0 {
                        return Some(index / 64 * 64 + u64::from(rest.trailing_zeros()));
                    }
                    index = (index / 64 + 1) * 64;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_set_whose_gaps_are_what_is_not_in_it(
            sparse in proptest::collection::vec(0..200_000u64, 0..100),
            dense in proptest::collection::vec(65_500..65_700u64, 0..400),
            start in 0..70_000u64,
            len in 0..140_000u64,
        ) {
            let mut arrivals = Arrivals::default();
            let mut model = BTreeSet::new();
            for index in sparse.into_iter().chain(dense) {
                prop_assert_eq!(arrivals.insert(index), model.insert(index));
            }
            for index in (start..start + 300).chain(model.iter().copied()) {
                prop_assert_eq!(arrivals.contains(index), model.contains(&index));
            }
            let range = start..start + len;
            let gaps: Vec<_> = arrivals.gaps(range.clone()).collect();
            prop_assert!(gaps.windows(2).all(|pair| pair[0].end < pair[1].start));
            let outside = range.filter(|index| !model.contains(index));
            prop_assert!(gaps.into_iter().flatten().eq(outside));
        }
    }

    #[test]
    fn a_huge_range_without_arrivals_is_one_gap() {
        let mut arrivals = Arrivals::default();
        arrivals.insert(3);
        let gaps: Vec<_> = arrivals.gaps(0..1 << 63).collect();
        assert_eq!(gaps, [0..3, 4..1 << 63]);
    }

    #[test]
    fn what_lies_beyond_empty_blocks_is_found() {
        let mut arrivals = Arrivals::default();
        let far = 3 * BITS + 7;
        assert!(arrivals.insert(far) && !arrivals.insert(far));
        let gaps: Vec<_> = arrivals.gaps(5..4 * BITS).collect();
        assert_eq!(gaps, [5..far, far + 1..4 * BITS]);
        let gaps: Vec<_> = arrivals.gaps(far..far + 1).collect();
        assert_eq!(gaps, []);
        for other in [0, 7, BITS + 7, far - 1, far + 1, 4 * BITS + 7] {
            assert!(!arrivals.contains(other));
        }
        assert!(arrivals.contains(far));
    }
}
