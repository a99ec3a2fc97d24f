//! What a destination holds of a run, against what it should hold.
//!
//! Whoever reads the destination back hands over a [`Verdict`] on each record, place by place: a
//! partition of a topic, an object of a store. A [`Verification`] remembers one bit a record and a
//! bounded number of findings, and gives a [`VerificationReport`].

mod arrivals;
mod indices;
mod rows;
mod twice;
mod verdict;

pub use indices::Indices;
pub use rows::{RowPart, RowVerifier, TableRows};
pub use verdict::Verdict;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use self::arrivals::Arrivals;
use self::indices::Room;
use crate::imperfection::Deliveries;

/// What is wrong with an object beside its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// It does not begin as its format does.
    Header,
    /// Records do not stand one behind the other as the format says.
    Separator,
    /// It ends before its last record or its format ends.
    Cut,
    /// There are bytes behind its end.
    Trailing,
    /// It has a line longer than any record.
    LongLine,
    /// It has a block whose records cannot be found.
    Block,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "does not begin as its format does",
            Self::Separator => "a separator between records is missing or wrong",
            Self::Cut => "ends too early",
            Self::Trailing => "has bytes behind its end",
            Self::LongLine => "has a line longer than any record",
            Self::Block => "has a block that cannot be read",
        })
    }
}

/// A partition or an object, and what was found in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordLocation {
    /// The number of the partition, the name of the object.
    pub name: String,
    /// The records that belong here and nowhere else; `None` for a partition, which may hold any.
    pub expected: Option<Range<u64>>,
    /// There is no such object.
    pub absent: bool,
    /// Records that were read, of whatever emulation.
    pub read: u64,
    /// Those of a partition that say that they belong to other emulations; in an object they are
    /// foreign.
    pub other_emulations: u64,
    /// Records that are there, once and unchanged.
    pub intact: u64,
    /// Expected here and not arrived by the time the place was read to its end.
    pub missing: Indices,
    /// Arrived before, here or in another place.
    pub duplicate: Indices,
    /// Of the id of a record, with other bytes.
    pub corrupt: Indices,
    /// Before a record of a higher index, or outside of the place that it belongs to.
    pub out_of_order: Indices,
    /// Not of the run. These are positions, not indices: offsets of a partition; in an object the
    /// record's number, from 0.
    pub foreign: Indices,
    /// The first thing wrong with the object beside its records.
    pub damage: Option<Damage>,
    /// The index of the last intact record.
    before: Option<u64>,
    /// Whether records may come in any order.
    is_unordered: bool,
}

impl RecordLocation {
    /// A place of which nothing was read yet.
    pub fn new(name: impl Into<String>, expected: Option<Range<u64>>) -> Self {
        Self {
            name: name.into(),
            expected,
            absent: false,
            read: 0,
            other_emulations: 0,
            intact: 0,
            missing: Indices::default(),
            duplicate: Indices::default(),
            corrupt: Indices::default(),
            out_of_order: Indices::default(),
            foreign: Indices::default(),
            damage: None,
            before: None,
            is_unordered: false,
        }
    }

    /// A table, or a part of one, whose rows may be any records in any order.
    pub fn table(name: impl Into<String>) -> Self {
        Self {
            is_unordered: true,
            ..Self::new(name, None)
        }
    }

    /// Whether it is a table.
    pub const fn is_table(&self) -> bool {
        self.is_unordered
    }

    /// Remembers what is wrong with the object, if nothing was before.
    pub fn damaged(&mut self, damage: Damage) {
        self.damage.get_or_insert(damage);
    }

    /// Whether there is nothing to say about it.
    pub fn is_clean(&self) -> bool {
        let findings = [
            &self.missing,
            &self.duplicate,
            &self.corrupt,
            &self.out_of_order,
            &self.foreign,
        ];
        !self.absent && self.damage.is_none() && findings.iter().all(|found| found.count() == 0)
    }
}

/// Findings of all places together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Partitions or objects.
    pub places: u64,
    /// Objects with [`RecordLocation::damage`].
    pub damaged: u64,
    /// As in [`RecordLocation`].
    pub read: u64,
    /// As in [`RecordLocation`].
    pub other_emulations: u64,
    /// As in [`RecordLocation`].
    pub intact: u64,
    /// Of which nothing arrived anywhere.
    pub missing: u64,
    /// As in [`RecordLocation`].
    pub duplicate: u64,
    /// As in [`RecordLocation`].
    pub corrupt: u64,
    /// As in [`RecordLocation`].
    pub out_of_order: u64,
    /// As in [`RecordLocation`].
    pub foreign: u64,
    /// Objects under the run's name that are not the run's.
    pub foreign_objects: u64,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerificationReport {
    /// How many records the run made.
    pub records: u64,
    /// How many it was to make, if it ended before it had.
    pub planned: u64,
    /// How many of them need not be there, because the destination did not acknowledge them.
    pub unacknowledged: u64,
    /// Counts over all places. They are exact, whatever was left out below.
    pub totals: Totals,
    /// Records of which nothing arrived anywhere.
    pub missing: Indices,
    /// Of a run whose records were read as rows: each column, and the records that differ in it.
    pub columns: Vec<(String, Indices)>,
    /// The first places, and all with findings, as far as there was room for them.
    pub places: Vec<RecordLocation>,
    /// Names of objects that are not the run's, as far as there was room for them.
    pub foreign_objects: Vec<String>,
}

impl VerificationReport {
    /// Whether everything that was acknowledged is there, once, unchanged and in order, and nothing
    /// else under the run's name.
    pub fn is_sound(&self) -> bool {
        let Totals {
            damaged,
            missing,
            duplicate,
            corrupt,
            out_of_order,
            foreign,
            foreign_objects,
            ..
        } = self.totals;
        let faults = [
            damaged,
            duplicate,
            corrupt,
            out_of_order,
            foreign,
            foreign_objects,
        ];
        missing <= self.unacknowledged && faults.iter().all(|count| *count == 0)
    }
}

/// Gathers verdicts.
///
/// Needs one bit for each record up to the highest that arrived, and room for a fixed number of
/// findings; what goes beyond that is counted and not named.
#[derive(Clone, Debug)]
pub struct Verification {
    arrivals: Arrivals,
    deliveries: Option<Arc<Deliveries>>,
    room: Room,
    report: VerificationReport,
}

impl Verification {
    /// Places that are named although there is nothing to say about them.
    const CLEAN_PLACES: usize = 100;
    /// Places, and names of foreign objects, that are kept.
    const PLACES: usize = 10_000;
    /// Ranges that are kept, of all places together.
    const RANGES: usize = 200_000;

    /// Of a run that made `records` records, `unacknowledged` of which need not be there.
    pub fn new(records: u64, unacknowledged: u64) -> Self {
        Self {
            arrivals: Arrivals::default(),
            deliveries: None,
            room: Room::new(Self::RANGES),
            report: VerificationReport {
                records,
                planned: records,
                unacknowledged,
                totals: Totals::default(),
                missing: Indices::default(),
                columns: Vec::new(),
                places: Vec::new(),
                foreign_objects: Vec::new(),
            },
        }
    }

    /// Of a run that ended before it had made all of `planned` records: the others are missing, and
    /// need not be there.
    #[must_use]
    pub fn of_planned(mut self, planned: u64) -> Self {
        let report = &mut self.report;
        let never_made = planned.saturating_sub(report.records);
        report.planned = report.records + never_made;
        report.unacknowledged += never_made;
        self
    }

    /// Of records that are read as rows with these columns.
    #[must_use]
    pub fn of_columns(mut self, names: Vec<String>) -> Self {
        let columns = names.into_iter().map(|name| (name, Indices::default()));
        self.report.columns = columns.collect();
        self
    }

    /// Record `index` is there and differs in these columns (positions).
    pub fn note_columns(&mut self, columns: &[usize], index: u64) {
        for column in columns {
            self.report.columns[*column].1.add(index, &mut self.room);
        }
    }

    /// The next record of a place, which is at `position` there.
    ///
    /// A record has arrived when its id has: a corrupt one is not also missing, and what comes with
    /// the same id later is a duplicate.
    pub fn note(&mut self, place: &mut RecordLocation, verdict: Verdict, position: u64) {
        place.read += 1;
        let (verdict, surely) = self.expected(place, verdict);
        let room = &mut self.room;
        match verdict {
            // Runs share topics, not objects.
            Verdict::OtherEmulation if place.expected.is_none() => place.other_emulations += 1,
            Verdict::Intact(index) if index < self.report.records => {
                if !self.arrivals.insert(index) {
                    place.duplicate.add(index, room);
                    return;
                }
                place.intact += 1;
                let belongs = place.expected.as_ref();
                if belongs.is_some_and(|expected| !expected.contains(&index)) {
                    place.out_of_order.add(index, room);
                    return;
                }
                if !place.is_unordered && place.before.is_some_and(|before| index < before) {
                    place.out_of_order.add(index, room);
                }
                place.before = Some(surely.unwrap_or(index));
            }
            Verdict::Corrupt(index) if index < self.report.records => {
                self.arrivals.insert(index);
                place.corrupt.add(index, room);
            }
            Verdict::Foreign
            | Verdict::OtherEmulation
            | Verdict::Intact(_)
            | Verdict::Corrupt(_) => {
                place.foreign.add(position, room);
            }
        }
    }

    /// A place was read to its end.
    pub fn close(&mut self, mut place: RecordLocation) {
        if let Some(expected) = &place.expected {
            for gap in self.arrivals.gaps(expected.clone()) {
                place.missing.add_range(gap, &mut self.room);
            }
        }
        let totals = &mut self.report.totals;
        totals.places += 1;
        totals.damaged += u64::from(place.damage.is_some());
        totals.read += place.read;
        totals.other_emulations += place.other_emulations;
        totals.intact += place.intact;
        totals.duplicate += place.duplicate.count();
        totals.corrupt += place.corrupt.count();
        totals.out_of_order += place.out_of_order.count();
        totals.foreign += place.foreign.count();
        let limit = if place.is_clean() {
            Self::CLEAN_PLACES
        } else {
            Self::PLACES
        };
        if self.report.places.len() < limit {
            self.report.places.push(place);
        } else {
            for found in [
                place.missing,
                place.duplicate,
                place.corrupt,
                place.out_of_order,
                place.foreign,
            ] {
                self.room.give_back(&found);
            }
        }
    }

    /// There is an object under the run's name that is not the run's.
    pub fn foreign_object(&mut self, name: &str) {
        self.report.totals.foreign_objects += 1;
        if self.report.foreign_objects.len() < Self::PLACES {
            self.report.foreign_objects.push(name.to_owned());
        }
    }

    /// All places were closed.
    pub fn finish(mut self) -> VerificationReport {
        // Places had their share; these are what it is all about.
        let mut room = Room::new(Self::RANGES);
        for gap in self.arrivals.gaps(0..self.report.planned) {
            self.report.missing.add_range(gap, &mut room);
        }
        self.report.totals.missing = self.report.missing.count();
        for (_, indices) in &mut self.report.columns {
            indices.sort();
        }
        for place in &mut self.report.places {
            place.duplicate.sort();
            place.corrupt.sort();
            place.out_of_order.sort();
        }
        self.report
    }
}

#[cfg(test)]
mod tests;
