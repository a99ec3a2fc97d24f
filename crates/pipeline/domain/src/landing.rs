//! Which events have put their row into a table, even across crashes.
//!
//! Rows are written before the consumer's offsets are committed, so a crash in between makes the
//! broker redeliver the same events. Their ids are in the table by then, which looks as if other
//! events had the same ids. To tell the two apart, a [`Journal`] for each partition records which
//! events of its last batch landed, in the same SQL transaction as the rows. Only that batch can be
//! redelivered, because the next one is read after its offsets were committed.

use std::collections::{BTreeMap, BTreeSet};

use crate::log::{EventOrigin, Partition};
use crate::row::Row;

/// An event with a valid row.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrival {
    /// Its partition and offset.
    pub origin: EventOrigin,
    /// The row.
    pub row: Row,
}

/// What a table did with the row of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Insertion {
    /// It took the row.
    Inserted,
    /// A row with this id already exists; nothing was changed.
    Exists,
    /// It refused the row, for the database's own reason: a constraint, a trigger.
    Refused(String),
}

/// The outcome of an event with a valid row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Landing {
    /// Its row is in the table now.
    Landed,
    /// Its row was already in the table, from an earlier delivery of the same event.
    LandedBefore,
    /// The table has a row of another event with this id; nothing was changed.
    Duplicate,
    /// The database refuses the row, for this reason; nothing was changed.
    Refused(String),
}

/// Which events of a partition's last batch landed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journal {
    /// Offset of the batch's first event.
    pub base: i64,
    /// When that event was created. It tells a topic from one that was deleted and
    /// created again under its name.
    pub created: i64,
    /// A bitmap of the landed offsets from `base` on, lowest bit first.
    pub landed: Vec<u8>,
}

impl Journal {
    fn starting_at(origin: EventOrigin) -> Self {
        Self {
            base: origin.offset,
            created: origin.created,
            landed: Vec::new(),
        }
    }

    /// The offset after the last event that landed.
    fn end(&self) -> i64 {
        let unused = self.landed.last().map_or(0, |last| last.leading_zeros());
        self.base + 8 * self.landed.len() as i64 - i64::from(unused)
    }

    fn insert(&mut self, offset: i64) {
        let bit = (offset - self.base) as usize;
        if self.landed.len() <= bit / 8 {
            self.landed.resize(bit / 8 + 1, 0);
        }
        self.landed[bit / 8] |= 1 << (bit % 8);
    }

    fn contains(&self, offset: i64) -> bool {
        let bit = offset - self.base;
        (0..8 * self.landed.len() as i64).contains(&bit)
            && self.landed[bit as usize / 8] & 1 << (bit % 8) != 0
    }

    /// Whether a batch that begins with this event can be a redelivery of this one, or of its rest.
    fn covers(&self, first: EventOrigin) -> bool {
        (self.base..self.end()).contains(&first.offset)
            && (first.offset != self.base || first.created == self.created)
    }

    /// Whether a batch that begins with this event is older, and thus comes from a process whose
    /// work another one has taken over and continued. In a recreated topic, events are younger.
    fn is_newer_than(&self, first: EventOrigin) -> bool {
        first.offset < self.base && first.created < self.created
    }
}

/// The journals of the partitions of a batch.
pub type Journals = BTreeMap<Partition, Journal>;

/// Decides the outcome of each arrival of a batch, and the new journals of its partitions.
/// `insertions` are the results of inserting the rows; `before` are the previous journals. The
/// arrivals of a partition are in the order of their offsets.
///
/// # Panics
/// If there are not as many `insertions` as `arrivals`.
pub fn settle(
    arrivals: &[Arrival],
    insertions: Vec<Insertion>,
    before: &Journals,
) -> (Vec<Landing>, Journals) {
    assert_eq!(arrivals.len(), insertions.len(), "one insertion per row");
    let mut after = Journals::new();
    let mut older: BTreeSet<Partition> = BTreeSet::new();
    let mut landings = Vec::with_capacity(arrivals.len());
    for (Arrival { origin, .. }, insertion) in arrivals.iter().zip(insertions) {
        let partition = origin.partition;
        let before = before.get(&partition);
        let journal = after.entry(partition).or_insert_with(|| {
            if before.is_some_and(|before| before.is_newer_than(*origin)) {
                older.insert(partition);
            }
            // A redelivered batch may be redelivered once more, from its beginning.
            let again = before.filter(|before| before.covers(*origin));
            again
                .cloned()
                .unwrap_or_else(|| Journal::starting_at(*origin))
        });
        let landing = match insertion {
            Insertion::Inserted => {
                journal.insert(origin.offset);
                Landing::Landed
            }
            _ if journal.contains(origin.offset) => Landing::LandedBefore,
            Insertion::Exists => Landing::Duplicate,
            Insertion::Refused(reason) => Landing::Refused(reason),
        };
        landings.push(landing);
    }
    after.retain(|partition, _| !older.contains(partition));
    (landings, after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use crate::source::Source;

    const PARTITION: Partition = Partition {
        source: Source::Second,
        number: 0,
    };

    fn arrival(offset: i64, id: i64) -> Arrival {
        Arrival {
            origin: EventOrigin {
                partition: PARTITION,
                offset,
                created: 1_000 + offset,
            },
            row: sample::row(Source::Second, id),
        }
    }

    /// A table of ids, and the journal beside it.
    #[derive(Default)]
    struct Table {
        ids: Vec<i64>,
        /// The id of a row that a constraint refuses.
        refuses: Option<i64>,
        journals: Journals,
    }

    impl Table {
        fn land(&mut self, arrivals: &[Arrival]) -> Vec<Landing> {
            let insertions = arrivals.iter().map(|arrival| {
                let id = arrival.row.id();
                if self.refuses == Some(id) {
                    return Insertion::Refused("too large".to_owned());
                }
                if self.ids.contains(&id) {
                    return Insertion::Exists;
                }
                self.ids.push(id);
                Insertion::Inserted
            });
            let insertions = insertions.collect();
            let (landings, journals) = settle(arrivals, insertions, &self.journals);
            self.journals.extend(journals);
            landings
        }
    }

    use Landing::{Duplicate, Landed, LandedBefore};

    #[test]
    fn what_comes_again_after_a_crash_is_no_duplicate_and_a_duplicate_stays_one() {
        let batch: Vec<Arrival> = [(3, 10), (4, 11), (6, 10), (7, 12)]
            .map(|(offset, id)| arrival(offset, id))
            .to_vec();
        let mut table = Table::default();
        assert_eq!(table.land(&batch), [Landed, Landed, Duplicate, Landed]);
        // The offsets were not committed: all of it comes again, and again.
        let again = [LandedBefore, LandedBefore, Duplicate, LandedBefore];
        assert_eq!(table.land(&batch), again);
        assert_eq!(table.land(&batch), again);
    }

    #[test]
    fn a_refused_row_is_refused_again_and_spoils_nothing_beside_it() {
        let refused = || Landing::Refused("too large".to_owned());
        let batch = [(0, 10), (1, 11), (2, 12)].map(|(offset, id)| arrival(offset, id));
        let mut table = Table {
            refuses: Some(11),
            ..Table::default()
        };
        assert_eq!(table.land(&batch), [Landed, refused(), Landed]);
        assert_eq!(table.land(&batch), [LandedBefore, refused(), LandedBefore]);
        // A constraint that came after the row: the event has landed all the same.
        table.refuses = Some(12);
        let expected = [LandedBefore, Landed, LandedBefore];
        assert_eq!(table.land(&batch), expected);
    }

    #[test]
    fn a_batch_may_come_again_in_pieces_of_any_size() {
        let batch: Vec<Arrival> = (0..40).map(|offset| arrival(offset, offset % 30)).collect();
        for first in 1..40 {
            for second in first..40 {
                let mut table = Table::default();
                let whole = table.land(&batch);
                let mut again = table.land(&batch[..first]);
                // Another crash, then the rest in two pieces.
                assert_eq!(table.land(&batch[..first]), again);
                again.extend(table.land(&batch[first..second]));
                again.extend(table.land(&batch[second..]));
                for (whole, again) in whole.iter().zip(&again) {
                    let expected = if *whole == Landed {
                        LandedBefore
                    } else {
                        Duplicate
                    };
                    assert_eq!(*again, expected, "{first} {second}");
                }
            }
        }
    }

    #[test]
    fn what_another_process_has_taken_over_is_not_spoilt_by_the_older_one() {
        let batch: Vec<Arrival> = (0..40).map(|offset| arrival(offset, offset % 30)).collect();
        for first in 1..39 {
            for late in [
                &batch[..],
                &batch[..first],
                &batch[first / 2..],
                &batch[first..],
            ] {
                let mut table = Table::default();
                // The newer one lands all of it in two batches and dies before it commits the
                // second; the older one lands what it has read, late.
                table.land(&batch[..first]);
                let whole = table.land(&batch[first..]);
                table.land(late);
                let again = table.land(&batch[first..]);
                for (whole, again) in whole.iter().zip(&again) {
                    let expected = if *whole == Landed {
                        LandedBefore
                    } else {
                        Duplicate
                    };
                    assert_eq!(*again, expected, "{first}, {} late", late.len());
                }
            }
        }
    }

    #[test]
    fn journals_do_not_grow_with_the_number_of_batches() {
        let mut table = Table::default();
        for first in (0..1_000).step_by(5) {
            let batch: Vec<Arrival> = (first..first + 5).map(|at| arrival(at, at)).collect();
            table.land(&batch);
            assert_eq!(table.journals[&PARTITION].landed.len(), 1);
        }
    }

    #[test]
    fn new_events_with_old_ids_are_duplicates() {
        let mut table = Table::default();
        table.land(&[arrival(0, 1), arrival(1, 2)]);
        assert_eq!(
            table.land(&[arrival(2, 1), arrival(3, 3), arrival(4, 2)]),
            [Duplicate, Landed, Duplicate]
        );
        assert_eq!(table.land(&[arrival(5, 3)]), [Duplicate]);
    }

    #[test]
    fn a_topic_that_was_made_anew_has_events_of_its_own() {
        let mut table = Table::default();
        let batch = [arrival(0, 1), arrival(1, 2)];
        table.land(&batch);
        let anew = batch.map(|mut arrival| {
            arrival.origin.created += 1_000_000;
            arrival
        });
        assert_eq!(table.land(&anew), [Duplicate, Duplicate]);
    }

    #[test]
    fn a_journal_has_a_bit_an_event_and_keeps_those_that_it_has() {
        let mut journal = Journal::starting_at(arrival(10, 1).origin);
        for (offset, landed) in [
            (20, &[0, 0b100][..]),
            (10, &[0b1, 0b100]),
            (17, &[0b1000_0001, 0b100]),
            (26, &[0b1000_0001, 0b100, 0b1]),
        ] {
            journal.insert(offset);
            assert_eq!(journal.landed, landed);
        }
        assert_eq!(journal.end(), 27);
    }

    #[test]
    fn a_batch_is_older_only_if_its_offset_and_its_time_are() {
        let journal = Journal::starting_at(arrival(10, 1).origin);
        for (offset, created, is_newer) in [
            (9, 1_009, true),
            (9, 1_010, false),
            (9, 1_011, false),
            (10, 1_009, false),
            (11, 1_009, false),
        ] {
            let first = EventOrigin {
                partition: PARTITION,
                offset,
                created,
            };
            assert_eq!(journal.is_newer_than(first), is_newer, "{offset} {created}");
        }
    }
}
