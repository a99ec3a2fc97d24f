//! How many children each parent has. The distribution is exact in each block of parents, so the
//! parent of any child is found without counting from the beginning.

use crate::random::Key;

/// The largest number of parents in a block, whose children together have exactly the declared
/// distribution.
const LARGEST_BLOCK: u64 = 1000;

/// Numbers of children, each with how many parents of a block have it.
#[derive(Clone, Debug)]
pub(crate) struct Quotas {
    /// (children, parents of a block).
    counts: Vec<(u32, u32)>,
    /// Parents of a block.
    parents: u64,
    /// Children of a block.
    children: u64,
    /// The largest number of children of a parent.
    most: u32,
}

/// The parent of a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Family {
    /// The parent's index.
    pub(crate) parent: u64,
    /// The child's number among its siblings, from 0.
    pub(crate) ordinal: u32,
}

impl Quotas {
    /// `weights` are numbers of children with their weights, which are positive and finite; at
    /// least one number is not 0. Integer weights with a sum of at most 1,000 are used as quotas
    /// directly; others are scaled to blocks of 1,000 parents by the largest remainder method.
    pub(crate) fn new(weights: &[(u32, f64)]) -> Self {
        let sum: f64 = weights.iter().map(|(_, weight)| weight).sum();
        let whole = weights.iter().all(|(_, weight)| weight.fract() == 0.0);
        let parents = if whole && sum <= LARGEST_BLOCK as f64 {
            sum as u64
        } else {
            LARGEST_BLOCK
        };
        let ideal = |weight: f64| weight / sum * parents as f64;
        let mut counts: Vec<_> = weights
            .iter()
            .map(|&(children, weight)| (children, ideal(weight).floor() as u32))
            .collect();
        let given: u64 = counts.iter().map(|(_, parents)| u64::from(*parents)).sum();
        let mut by_remainder: Vec<usize> = (0..weights.len()).collect();
        by_remainder.sort_by(|a, b| {
            let remainder = |i: usize| ideal(weights[i].1).fract();
            remainder(*b).total_cmp(&remainder(*a))
        });
        for &position in by_remainder.iter().take((parents - given) as usize) {
            counts[position].1 += 1;
        }
        counts.sort_unstable();
        let children = counts.iter().map(|&(n, of)| u64::from(n) * u64::from(of));
        Self {
            parents,
            children: children.sum(),
            most: counts.iter().map(|(n, _)| *n).max().unwrap_or(0),
            counts,
        }
    }

    /// Whether no parent has a child.
    pub(crate) const fn is_barren(&self) -> bool {
        self.children == 0
    }

    /// The largest number of children of a parent.
    pub(crate) const fn most(&self) -> u32 {
        self.most
    }

    /// The mean number of children per parent.
    pub(crate) fn mean(&self) -> f64 {
        self.children as f64 / self.parents as f64
    }

    /// A reader under `key`.
    pub(crate) const fn reader(&self, key: Key) -> QuotaReader<'_> {
        QuotaReader {
            quotas: self,
            key,
            block: None,
            ends: Vec::new(),
        }
    }
}

/// Finds parents, with a cache of the last block.
#[derive(Debug)]
pub(crate) struct QuotaReader<'q> {
    quotas: &'q Quotas,
    key: Key,
    block: Option<u64>,
    /// For each parent of the block, the cumulative number of children up to and including its own.
    ends: Vec<u32>,
}

impl QuotaReader<'_> {
    /// The parent of child `index`; `u64::MAX` as parent if the number of parents overflows.
    pub(crate) fn family(&mut self, index: u64) -> Family {
        let Quotas {
            parents, children, ..
        } = *self.quotas;
        let (block, within) = (index / children, (index % children) as u32);
        let Some(first) = block.checked_mul(parents) else {
            return Family {
                parent: u64::MAX,
                ordinal: 0,
            };
        };
        self.go_to(block);
        let position = self.ends.partition_point(|end| *end <= within);
        let before = if position == 0 {
            0
        } else {
            self.ends[position - 1]
        };
        Family {
            parent: first.saturating_add(position as u64),
            ordinal: within - before,
        }
    }

    /// The index of the first child of `parent`, or of the next parent that has one; `u64::MAX` on
    /// overflow.
    pub(crate) fn first_child(&mut self, parent: u64) -> u64 {
        let Quotas {
            parents, children, ..
        } = *self.quotas;
        let (block, within) = (parent / parents, (parent % parents) as usize);
        let Some(first) = block.checked_mul(children) else {
            return u64::MAX;
        };
        self.go_to(block);
        let before = if within == 0 {
            0
        } else {
            self.ends[within - 1]
        };
        first.saturating_add(before.into())
    }

    fn go_to(&mut self, block: u64) {
        if self.block == Some(block) {
            return;
        }
        self.block = Some(block);
        self.ends.clear();
        for &(children, parents) in &self.quotas.counts {
            self.ends
                .extend(std::iter::repeat_n(children, parents as usize));
        }
        // Fisher–Yates shuffle.
        let mut random = self.key.at(block);
        for last in (1..self.ends.len()).rev() {
            self.ends.swap(last, random.below(last as u64 + 1) as usize);
        }
        let mut sum = 0;
        for end in &mut self.ends {
            sum += *end;
            *end = sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use emulator_domain::Seed;
    use proptest::prelude::*;

    use super::*;
    use crate::random::Name;

    fn key(seed: u64) -> Key {
        Key::new(Seed::new(seed), Name::new("order_line"))
    }

    #[test]
    fn each_block_has_the_declared_distribution_exactly() {
        let quotas = Quotas::new(&[(1, 60.0), (2, 25.0), (3, 10.0), (4, 5.0)]);
        let mut reader = quotas.reader(key(7));
        for block in [0, 1, 12_345, 1 << 50] {
            let mut counts = BTreeMap::new();
            for parent in block * 100..block * 100 + 100 {
                let children = reader.first_child(parent + 1) - reader.first_child(parent);
                *counts.entry(children).or_insert(0) += 1;
            }
            assert_eq!(counts, BTreeMap::from([(1, 60), (2, 25), (3, 10), (4, 5)]));
        }
    }

    #[test]
    fn shares_that_are_no_whole_numbers_are_rounded_once() {
        let quotas = Quotas::new(&[(0, 0.5), (1, 0.3333), (7, 0.1667)]);
        assert_eq!(
            (quotas.parents, quotas.counts.as_slice()),
            (1000, &[(0, 500), (1, 333), (7, 167)][..])
        );
        assert_eq!((quotas.children, quotas.most()), (333 + 7 * 167, 7));
    }

    proptest! {
        #[test]
        fn each_child_is_among_those_of_its_parent(
            weights in prop::collection::btree_map(0..9_u32, 1..50_u32, 1..6), seed: u64, from in 0..1u64 << 40,
        ) {
            let weights: Vec<_> = weights.into_iter().map(|(n, w)| (n, f64::from(w))).collect();
            let quotas = Quotas::new(&weights);
            prop_assume!(!quotas.is_barren());
            let mut reader = quotas.reader(key(seed));
            let mut before = reader.family(from);
            for child in from..from + 300 {
                let family = reader.family(child);
                prop_assert_eq!(reader.first_child(family.parent) + u64::from(family.ordinal), child);
                prop_assert!(family.parent >= before.parent);
                before = family;
            }
        }
    }
}
