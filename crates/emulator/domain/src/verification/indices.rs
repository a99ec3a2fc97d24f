//! Numbers stored as ranges.

use std::ops::Range;

/// How many more ranges may be kept.
#[derive(Clone, Debug)]
pub(crate) struct Room(usize);

impl Room {
    pub(crate) const fn new(ranges: usize) -> Self {
        Self(ranges)
    }

    /// Returns the room of ranges that will not be kept after all.
    pub(crate) fn give_back(&mut self, indices: &Indices) {
        self.0 += indices.ranges.len();
    }
}

/// How many numbers there are, and which, as long as there was room for their ranges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Indices {
    count: u64,
    ranges: Vec<Range<u64>>,
    left_out: u64,
}

impl Indices {
    /// How many were added. Exact even where [`ranges`](Self::ranges) is incomplete.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Which they are: ascending once the report is made, and without overlaps.
    pub fn ranges(&self) -> &[Range<u64>] {
        &self.ranges
    }

    /// How many of them are in no range, because there was no room for it.
    pub const fn left_out(&self) -> u64 {
        self.left_out
    }

    pub(crate) fn add(&mut self, index: u64, room: &mut Room) {
        self.add_range(index..index.saturating_add(1), room);
    }

    pub(crate) fn add_range(&mut self, range: Range<u64>, room: &mut Room) {
        let len = range.end - range.start;
        self.count += len;
        match self.ranges.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ if room.0 > 0 => {
                room.0 -= 1;
                self.ranges.push(range);
            }
            _ => self.left_out += len,
        }
    }

    /// Sorts the ranges and merges those that touch.
    pub(crate) fn sort(&mut self) {
        self.ranges.sort_unstable_by_key(|range| range.start);
        self.ranges.dedup_by(|next, range| {
            let touches = next.start <= range.end;
            if touches {
                range.end = range.end.max(next.end);
            }
            touches
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn indices(all: &[u64], room: usize) -> Indices {
        let mut indices = Indices::default();
        let mut room = Room::new(room);
        for &index in all {
            indices.add(index, &mut room);
        }
        indices.sort();
        indices
    }

    #[expect(
        clippy::single_range_in_vec_init,
        reason = "lists of ranges are what is compared"
    )]
    #[test]
    fn neighbours_become_one_range() {
        for (all, ranges) in [
            (&[][..], &[][..]),
            (&[4], &[4..5]),
            (&[4, 5, 6, 9], &[4..7, 9..10]),
            (&[9, 4, 6, 5], &[4..7, 9..10]),
            (&[4, 4, 4, 5], &[4..6]),
        ] {
            let found = indices(all, 100);
            assert_eq!(found.ranges(), ranges);
            assert_eq!(found.count(), all.len() as u64);
            assert_eq!(found.left_out(), 0);
        }
    }

    #[test]
    fn what_there_is_no_room_for_is_counted() {
        let found = indices(&[1, 3, 5, 6, 8, 9], 2);
        assert_eq!(found.ranges(), [1..2, 3..4]);
        assert_eq!((found.count(), found.left_out()), (6, 4));
    }
}
