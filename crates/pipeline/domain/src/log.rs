//! Partitions and offsets.

use std::collections::BTreeMap;

use crate::source::Source;

/// A partition of a source's topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Partition {
    /// The source whose topic it is.
    pub source: Source,
    /// From 0.
    pub number: i32,
}

/// The partition and offset of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventOrigin {
    /// The partition.
    pub partition: Partition,
    /// Its offset there.
    pub offset: i64,
    /// When it was created, in milliseconds since 1970; -1 if unknown.
    pub created: i64,
}

/// The next offset to read in each partition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offsets(BTreeMap<Partition, i64>);

impl Offsets {
    /// The next offset of a partition, if any of it was read.
    pub fn next(&self, partition: Partition) -> Option<i64> {
        self.0.get(&partition).copied()
    }

    /// Records that everything before `offset` was read.
    pub fn advance(&mut self, partition: Partition, offset: i64) {
        let next = self.0.entry(partition).or_insert(offset);
        *next = offset.max(*next);
    }

    /// Advances every partition to the greater of both offsets.
    pub fn advance_all(&mut self, others: &Self) {
        for (partition, offset) in others.iter() {
            self.advance(partition, offset);
        }
    }

    /// Partitions with their next offset, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Partition, i64)> + '_ {
        self.0.iter().map(|(partition, next)| (*partition, *next))
    }

    /// Whether nothing was ever read.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(Partition, i64)> for Offsets {
    fn from_iter<T: IntoIterator<Item = (Partition, i64)>>(positions: T) -> Self {
        Self(positions.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_never_goes_back() {
        let partition = Partition {
            source: Source::First,
            number: 2,
        };
        let mut positions = Offsets::default();
        assert_eq!(positions.next(partition), None);
        assert!(positions.is_empty());
        positions.advance(partition, 7);
        positions.advance(partition, 3);
        assert!(!positions.is_empty());
        assert_eq!(positions.next(partition), Some(7));
        positions.advance_all(&Offsets::from_iter([(partition, 9)]));
        assert_eq!(positions.iter().collect::<Vec<_>>(), [(partition, 9)]);
    }
}
