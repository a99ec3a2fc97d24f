//! Maps deliveries to records and back.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::clock::Clock;
use super::page::Pages;
use super::places::{Delivery, Places};
use super::walk::Walk;
use super::{Fault, Imperfections};
use crate::delivery::Counts;

/// The record of each delivery of a run.
///
/// Deliveries are counted from the first of the run, records along the timeline. A run delivers
/// exactly its own records: those that are late come at its end at the latest, so the parts of a
/// timeline have together the same deliveries as the whole.
#[derive(Debug)]
pub struct Deliveries {
    places: Places,
    /// Whether the second of two deliveries gets another id.
    new_ids: bool,
    /// The record from which on records have other fields.
    drift: u64,
    pages: Mutex<Pages>,
}

impl PartialEq for Deliveries {
    fn eq(&self, other: &Self) -> bool {
        let of = |each: &Self| (each.new_ids, each.drift);
        self.places == other.places && of(self) == of(other)
    }
}

/// How many records have each fault.
pub type Tally = [(Fault, u64); Fault::ALL.len()];

impl Deliveries {
    /// The deliveries of the records `first..end` of a timeline.
    pub(crate) fn new(settings: &Imperfections, clock: Clock, first: u64, end: u64) -> Self {
        Self {
            places: Places::new(settings, clock, first, end),
            new_ids: settings.new_ids,
            drift: settings.drift.as_ref().map_or(end, |drift| drift.from),
            pages: Mutex::default(),
        }
    }

    /// How many deliveries there are.
    pub const fn len(&self) -> u64 {
        self.places.len
    }

    /// Whether there are no deliveries.
    pub const fn is_empty(&self) -> bool {
        self.places.len == 0
    }

    /// How many records have each fault, among those whose turn has come after the generated
    /// deliveries.
    pub fn tally(&self, counts: &Counts) -> Tally {
        let record = self.reached(counts.generated);
        let count = |fault| match fault {
            Fault::Drift => record.saturating_sub(self.drift.max(self.places.first)),
            Fault::ClockSkew => counts.skewed,
            fault => self.places.count(fault, record),
        };
        Fault::ALL.map(|fault| (fault, count(fault)))
    }

    /// The record whose turn it is after so many deliveries.
    pub(crate) fn reached(&self, deliveries: u64) -> u64 {
        match deliveries >= self.places.len {
            true => self.places.end,
            false => self.places.place(deliveries).min(self.places.end),
        }
    }

    /// The first record from this one on that has a fault, the fault, and its number among the
    /// records with the same fault.
    pub(crate) fn faulty(&self, record: u64) -> Option<(u64, Fault, u64)> {
        let record = self.places.faults.next(record);
        let (fault, number) = (record < self.places.end)
            .then(|| self.places.faults.of(record))
            .flatten()?;
        Some((record, fault, number))
    }

    /// The first record from this one on that has other fields.
    pub(super) fn drifted(&self, record: u64) -> Option<u64> {
        let record = record.max(self.drift);
        (record < self.places.end).then_some(record)
    }

    /// After the last record of the run.
    pub(super) const fn end(&self) -> u64 {
        self.places.end
    }

    /// Whether the run has the record.
    pub(crate) fn has(&self, record: u64) -> bool {
        (self.places.first..self.places.end).contains(&record)
    }

    /// The fault of a record of the timeline, and its number among the records with the same fault.
    pub(crate) fn fault(&self, record: u64) -> Option<(Fault, u64)> {
        self.places.faults.of(record)
    }

    /// The deliveries of a record, in order: none if it is missing or not one of the run's.
    pub(crate) fn of(&self, record: u64) -> Vec<u64> {
        self.places.of(record)
    }

    /// A cursor over the deliveries from this one on.
    pub(crate) fn from(&self, delivery: u64) -> Walk<'_> {
        Walk::new(&self.places, delivery)
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        // Every statement leaves the pages consistent.
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The delivery of that number; `None` after the last.
    pub fn at(&self, delivery: u64) -> Option<Delivery> {
        self.pages().at(&self.places, delivery)
    }

    /// A delivery of the record under its own id; if there are two, the one likely to be read soon.
    pub fn one_of(&self, record: u64) -> Option<u64> {
        match self.has_new_id(record) {
            true => self.of(record).first().copied(),
            false => self.pages().one_of(&self.places, record),
        }
    }

    /// The delivery of the record under another id, if it has one.
    pub fn renamed(&self, record: u64) -> Option<u64> {
        let all = self.has_new_id(record).then(|| self.of(record));
        all?.get(1).copied()
    }

    /// Whether a record of the timeline is delivered a second time under another id.
    pub(crate) fn has_new_id(&self, record: u64) -> bool {
        let fault = || self.fault(record).map(|(fault, _)| fault);
        self.new_ids && fault() == Some(Fault::Duplicate)
    }

    /// The deliveries that have the same bytes as this one, in order.
    pub fn alike(&self, delivery: u64) -> Vec<u64> {
        match self.at(delivery) {
            None => Vec::new(),
            Some(found) if self.has_new_id(found.record) => vec![delivery],
            Some(found) => self.places.of(found.record),
        }
    }

    /// How many deliveries come before the turn of a record.
    pub(crate) fn until(&self, record: u64) -> u64 {
        match record >= self.places.end {
            true => self.places.len,
            false => self.places.before(record.max(self.places.first)),
        }
    }

    /// The record whose turn it is at this delivery.
    pub(crate) fn turn(&self, delivery: u64) -> u64 {
        self.places
            .place(delivery)
            .min(self.places.end.saturating_sub(1))
    }
}
