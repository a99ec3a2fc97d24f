//! The account of a run's records: generated = acknowledged + failed + in flight.

use std::collections::BTreeMap;
use std::ops::Range;

/// Where a run can continue: everything before it was acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checkpoint {
    /// The index after the longest prefix of acknowledged records.
    pub next_index: u64,
    /// In how many units the records before it were acknowledged; for objects, the number of
    /// objects.
    pub acknowledged_units: u64,
}

/// How many records are in which state. The equation holds at any moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Generated and encoded.
    pub generated: u64,
    /// Confirmed as stored by the destination.
    pub acknowledged: u64,
    /// Known not to be stored, or given up.
    pub failed: u64,
    /// The bytes of the generated records as encoded, without headers and footers. In text formats
    /// they include the line ends, except for messages.
    pub bytes: u64,
    /// How many of the generated records have the time of a skewed clock, each counted once.
    pub skewed: u64,
}

impl Counts {
    /// Handed on, and neither acknowledged nor failed.
    pub const fn in_flight(&self) -> u64 {
        self.generated - self.acknowledged - self.failed
    }
}

/// A report about records that are not in flight.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("records {}..{} are not in flight and cannot be settled", .0.start, .0.end)]
pub struct NotInFlight(pub Range<u64>);

/// Follows every record of a run from its generation to its acknowledgement.
///
/// Memory is bounded by what is settled out of order, not by the size of the run.
#[derive(Clone, Debug)]
pub struct Ledger {
    counts: Counts,
    /// Records with smaller indices were generated.
    generated_to: u64,
    checkpoint: Checkpoint,
    /// Settled ranges beyond the checkpoint, by their start: their end, and whether they were
    /// acknowledged.
    settled: BTreeMap<u64, (u64, bool)>,
}

impl Ledger {
    /// The ledger of a run that continues from `checkpoint`. The records before it have `bytes`
    /// bytes in total, and `skewed` of them have the time of a skewed clock.
    pub fn new(checkpoint: Checkpoint, bytes: u64, skewed: u64) -> Self {
        Self {
            counts: Counts {
                generated: checkpoint.next_index,
                acknowledged: checkpoint.next_index,
                failed: 0,
                bytes,
                skewed,
            },
            generated_to: checkpoint.next_index,
            checkpoint,
            settled: BTreeMap::new(),
        }
    }

    /// The next `records` were generated, with `bytes` bytes in total; `skewed` of them have the
    /// time of a skewed clock.
    pub fn generated(&mut self, records: u64, bytes: u64, skewed: u64) {
        self.generated_to += records;
        self.counts.generated += records;
        self.counts.bytes += bytes;
        self.counts.skewed += skewed;
    }

    /// The destination has stored these records.
    ///
    /// # Errors
    /// If one of them is not in flight; in that case nothing is counted.
    pub fn acknowledged(&mut self, records: Range<u64>) -> Result<(), NotInFlight> {
        self.settle(&records, true)?;
        self.counts.acknowledged += records.end - records.start;
        while let Some(entry) = self.settled.first_entry() {
            let (end, acknowledged) = *entry.get();
            if *entry.key() != self.checkpoint.next_index || !acknowledged {
                break;
            }
            entry.remove();
            self.checkpoint.next_index = end;
            self.checkpoint.acknowledged_units += 1;
        }
        Ok(())
    }

    /// The destination has not stored these records and will not.
    ///
    /// # Errors
    /// If one of them is not in flight; in that case nothing is counted.
    pub fn failed(&mut self, records: Range<u64>) -> Result<(), NotInFlight> {
        self.settle(&records, false)?;
        self.counts.failed += records.end - records.start;
        Ok(())
    }

    /// Gives up everything in flight; it will never be acknowledged.
    pub fn abandon(&mut self) {
        self.counts.failed += self.counts.in_flight();
        self.settled.clear();
        self.settled
            .insert(self.checkpoint.next_index, (u64::MAX, false));
    }

    /// How many records are in which state.
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// From where the run could continue.
    pub const fn checkpoint(&self) -> Checkpoint {
        self.checkpoint
    }

    fn settle(&mut self, records: &Range<u64>, acknowledged: bool) -> Result<(), NotInFlight> {
        let before = self.settled.range(..records.end).next_back();
        let overlaps = before.is_some_and(|(_, &(end, _))| end > records.start);
        if records.is_empty()
            || records.start < self.checkpoint.next_index
            || records.end > self.generated_to
            || overlaps
        {
            return Err(NotInFlight(records.clone()));
        }
        self.settled
            .insert(records.start, (records.end, acknowledged));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ledger_with(records: u64) -> Ledger {
        let mut ledger = Ledger::new(Checkpoint::default(), 0, 0);
        ledger.generated(records, records * 10, 0);
        ledger
    }

    fn is_refused(ledger: &mut Ledger, wrong: Range<u64>) {
        let refusal = Err(NotInFlight(wrong.clone()));
        assert_eq!(ledger.acknowledged(wrong.clone()), refusal);
        assert_eq!(ledger.failed(wrong), refusal);
    }

    #[test]
    fn the_checkpoint_waits_for_the_gap_to_close() {
        let mut ledger = ledger_with(30);
        ledger.acknowledged(10..20).unwrap();
        assert_eq!(ledger.checkpoint(), Checkpoint::default());
        ledger.acknowledged(0..10).unwrap();
        assert_eq!(
            ledger.checkpoint(),
            Checkpoint {
                next_index: 20,
                acknowledged_units: 2
            }
        );
        assert_eq!(ledger.counts().in_flight(), 10);
    }

    #[test]
    fn a_failed_record_holds_the_checkpoint_back() {
        let mut ledger = ledger_with(3);
        ledger.failed(1..2).unwrap();
        ledger.acknowledged(0..1).unwrap();
        ledger.acknowledged(2..3).unwrap();
        assert_eq!(ledger.checkpoint().next_index, 1);
        let counts = ledger.counts();
        assert_eq!(
            (counts.acknowledged, counts.failed, counts.in_flight()),
            (2, 1, 0)
        );
    }

    #[test]
    fn what_is_not_in_flight_cannot_be_settled() {
        let mut ledger = ledger_with(10);
        ledger.acknowledged(2..6).unwrap();
        for wrong in [2..6, 0..3, 5..7, 3..4, 9..11, 4..4, 0..0, 8..8] {
            is_refused(&mut ledger, wrong);
        }
        assert_eq!(ledger.counts().acknowledged, 4);
        ledger.failed(0..1).unwrap();
        ledger.acknowledged(7..8).unwrap();
        for wrong in [0..1, 0..2, 6..8, 7..8] {
            is_refused(&mut ledger, wrong);
        }
        assert_eq!(ledger.counts().acknowledged, 5);
        ledger.abandon();
        assert_eq!(ledger.counts().failed, 5);
        is_refused(&mut ledger, 1..2);
    }

    #[test]
    fn what_lies_before_the_checkpoint_is_settled() {
        let mut ledger = ledger_with(10);
        ledger.acknowledged(0..6).unwrap();
        for settled in [0..1, 5..6, 5..7, 0..10] {
            is_refused(&mut ledger, settled);
        }
        ledger.acknowledged(6..10).unwrap();
        assert_eq!(ledger.checkpoint().next_index, 10);
    }

    #[test]
    fn a_resumed_run_has_its_past_acknowledged() {
        let from = Checkpoint {
            next_index: 100,
            acknowledged_units: 3,
        };
        let mut ledger = Ledger::new(from, 500, 7);
        ledger.generated(10, 50, 2);
        ledger.acknowledged(100..110).unwrap();
        let counts = ledger.counts();
        assert_eq!((counts.acknowledged, counts.bytes), (110, 550));
        assert_eq!(counts.skewed, 9);
        assert_eq!(
            ledger.checkpoint(),
            Checkpoint {
                next_index: 110,
                acknowledged_units: 4
            }
        );
    }

    proptest! {
        #[test]
        fn the_sum_holds_in_whatever_order_pieces_settle(
            cuts in proptest::collection::btree_set(1..1000u64, 0..50),
            order in proptest::collection::vec((any::<u32>(), any::<bool>()), 52),
        ) {
            let mut ledger = ledger_with(1000);
            let ends: Vec<_> = cuts.iter().copied().chain([1000]).collect();
            let mut acknowledged_units: Vec<_> = std::iter::once(0).chain(cuts.iter().copied()).zip(ends).collect();
            acknowledged_units.sort_by_key(|piece| order[(piece.0 % 52) as usize].0);
            let mut acknowledged = 0;
            for (start, end) in acknowledged_units {
                if order[(start % 52) as usize].1 {
                    ledger.acknowledged(start..end).unwrap();
                    acknowledged += end - start;
                } else {
                    ledger.failed(start..end).unwrap();
                }
                let counts = ledger.counts();
                prop_assert_eq!(counts.generated, counts.acknowledged + counts.failed + counts.in_flight());
            }
            prop_assert_eq!(ledger.counts().in_flight(), 0);
            prop_assert_eq!(ledger.counts().acknowledged, acknowledged);
        }
    }
}
