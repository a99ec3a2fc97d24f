//! Compares what a destination holds of a run with what it should hold.
//!
//! The reader of a destination passes a [`Verdict`] on each record, location by location: a
//! partition of a topic or an object in a store. A [`Verification`] stores one bit per record and a
//! bounded number of findings, and produces a [`VerificationReport`].

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

/// Damage to an object outside its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// It does not begin with the header of its format.
    Header,
    /// Records are not separated as the format requires.
    Separator,
    /// It ends before its last record, or before the end that the format requires.
    Cut,
    /// There are bytes after its end.
    Trailing,
    /// It has a line longer than any record.
    LongLine,
    /// It has a block whose records cannot be read.
    Block,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "does not begin as its format does",
            Self::Separator => "has a missing or wrong separator between records",
            Self::Cut => "ends too early",
            Self::Trailing => "has bytes after its end",
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
    /// The object does not exist.
    pub absent: bool,
    /// Records read, of any emulation.
    pub read: u64,
    /// Records in a partition that belong to other emulations, by their own account. In an object
    /// they would be foreign.
    pub other_emulations: u64,
    /// Records that arrived once and unchanged.
    pub intact: u64,
    /// Records expected here that had not arrived when the location was read to its end.
    pub missing: Indices,
    /// Records that had already arrived, here or elsewhere.
    pub duplicate: Indices,
    /// Records with the id of a record of the run, but other bytes.
    pub corrupt: Indices,
    /// Records before one with a higher index, or outside the location that they belong to.
    pub out_of_order: Indices,
    /// Records that are not of the run. These are positions, not indices: offsets in a partition,
    /// or numbers from 0 in an object.
    pub foreign: Indices,
    /// The first damage to the object.
    pub damage: Option<Damage>,
    /// The index of the last intact record.
    before: Option<u64>,
    /// Whether records may come in any order.
    is_unordered: bool,
}

impl RecordLocation {
    /// A location of which nothing was read yet.
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

    /// Notes damage to the object; only the first is kept.
    pub fn damaged(&mut self, damage: Damage) {
        self.damage.get_or_insert(damage);
    }

    /// Whether there are no findings.
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

/// The totals over all locations.
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
    /// Records that arrived nowhere.
    pub missing: u64,
    /// As in [`RecordLocation`].
    pub duplicate: u64,
    /// As in [`RecordLocation`].
    pub corrupt: u64,
    /// As in [`RecordLocation`].
    pub out_of_order: u64,
    /// As in [`RecordLocation`].
    pub foreign: u64,
    /// Objects under the run's name that do not belong to the run.
    pub foreign_objects: u64,
}

/// The result of a verification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerificationReport {
    /// How many records the run generated.
    pub records: u64,
    /// How many it was to generate, if it ended early.
    pub planned: u64,
    /// How many of them may be missing, because the destination did not acknowledge them.
    pub unacknowledged: u64,
    /// Counts over all locations. They are exact, whatever was left out below.
    pub totals: Totals,
    /// Records that arrived nowhere.
    pub missing: Indices,
    /// For records read as rows: each column, and the records that differ in it.
    pub columns: Vec<(String, Indices)>,
    /// The first locations, and all those with findings, up to a limit.
    pub places: Vec<RecordLocation>,
    /// Names of objects that do not belong to the run, up to a limit.
    pub foreign_objects: Vec<String>,
}

impl VerificationReport {
    /// Whether everything that was acknowledged is there, once, unchanged and in order, and nothing
    /// else is under the run's name.
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

/// Collects verdicts.
///
/// Needs one bit for each record up to the highest that arrived, and a fixed amount of memory for
/// findings; what exceeds it is counted but not listed.
#[derive(Clone, Debug)]
pub struct Verification {
    arrivals: Arrivals,
    deliveries: Option<Arc<Deliveries>>,
    room: Room,
    report: VerificationReport,
}

impl Verification {
    /// The number of locations without findings that are listed.
    const CLEAN_PLACES: usize = 100;
    /// The number of locations, and of names of foreign objects, that are kept.
    const PLACES: usize = 10_000;
    /// The number of ranges that are kept, over all locations.
    const RANGES: usize = 200_000;

    /// For a run that generated `records` records, `unacknowledged` of which may be missing.
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

    /// For a run that ended before it had generated all of `planned` records: the others are
    /// missing, which is no fault.
    #[must_use]
    pub fn of_planned(mut self, planned: u64) -> Self {
        let report = &mut self.report;
        let never_made = planned.saturating_sub(report.records);
        report.planned = report.records + never_made;
        report.unacknowledged += never_made;
        self
    }

    /// For records that are read as rows with these columns.
    #[must_use]
    pub fn of_columns(mut self, names: Vec<String>) -> Self {
        let columns = names.into_iter().map(|name| (name, Indices::default()));
        self.report.columns = columns.collect();
        self
    }

    /// Notes that record `index` exists and differs in these columns (positions).
    pub fn note_columns(&mut self, columns: &[usize], index: u64) {
        for column in columns {
            self.report.columns[*column].1.add(index, &mut self.room);
        }
    }

    /// Notes the next record of a location, at `position` there.
    ///
    /// A record has arrived when its id has: a corrupt record is not also missing, and a later one
    /// with the same id is a duplicate.
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

    /// Notes that a location was read to its end.
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

    /// Notes an object under the run's name that does not belong to the run.
    pub fn foreign_object(&mut self, name: &str) {
        self.report.totals.foreign_objects += 1;
        if self.report.foreign_objects.len() < Self::PLACES {
            self.report.foreign_objects.push(name.to_owned());
        }
    }

    /// Produces the report; all locations must be closed.
    pub fn finish(mut self) -> VerificationReport {
        // The missing records matter most, so they get room regardless of what locations used.
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
