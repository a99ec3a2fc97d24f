//! From deliveries to records and back.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::clock::Clock;
use super::faults::Faults;
use super::page::Page;
use super::routes::{Delay, Route, late, nearby};
use super::walk::{Delivery, Walk};
use super::{Fault, Imperfections};
use crate::Timestamp;
use crate::delivery::Counts;

/// Where some of the records of a route come next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    /// Before the delivery of which record; [`Deliveries::LAST`] if after all of them.
    pub(super) place: u64,
    pub(super) route: usize,
    pub(super) lane: u64,
    /// Its number among the records with its fault.
    pub(super) number: u64,
    /// Which record it is.
    pub(super) record: u64,
}

/// Which record each delivery of a run is of.
///
/// Deliveries are counted from the first of the run, records along the timeline. A run delivers its
/// own records: what is late in it comes at its end at the latest, so that parts of a timeline have
/// together the deliveries of the whole.
#[derive(Debug)]
pub struct Deliveries {
    pub(super) faults: Faults,
    routes: Vec<Route>,
    clock: Clock,
    /// Whether the second of two deliveries has another id.
    new_ids: bool,
    /// The record from which on they have other fields.
    pub(super) drift: u64,
    /// The records of the run.
    pub(super) first: u64,
    pub(super) end: u64,
    /// Deliveries before those that come after the last record's place.
    in_place: u64,
    len: u64,
    page: Mutex<Page>,
}

impl PartialEq for Deliveries {
    fn eq(&self, other: &Self) -> bool {
        let of = |each: &Self| (each.faults, each.new_ids, each.drift, each.first, each.end);
        of(self) == of(other) && self.routes == other.routes && self.clock == other.clock
    }
}

/// How many records have each fault.
pub type Tally = [(Fault, u64); Fault::ALL.len()];

impl Deliveries {
    /// The place after all others.
    pub(super) const LAST: u64 = u64::MAX;

    /// Of the records `first..end` of a timeline.
    pub(crate) fn new(settings: &Imperfections, clock: Clock, first: u64, end: u64) -> Self {
        let mut routes = Vec::new();
        let mut route = |fault, delays| routes.push(Route { fault, delays });
        if let Some(each) = settings.late {
            route(Fault::Late, late(each.bound, each.mean));
        }
        if let Some(each) = settings.out_of_order {
            route(Fault::OutOfOrder, nearby(1, each.window));
        }
        if let Some(each) = settings.duplicate {
            route(Fault::Duplicate, nearby(0, each.window));
        }
        routes.retain(|route| settings.share(route.fault) != super::Share::default());
        let mut deliveries = Self {
            faults: Faults::new(settings, clock.seed),
            routes,
            clock,
            new_ids: settings.new_ids,
            drift: settings.drift.as_ref().map_or(end, |drift| drift.from),
            first,
            end,
            in_place: 0,
            len: 0,
            page: Mutex::default(),
        };
        deliveries.in_place = deliveries.before(end);
        let moved: u64 = (deliveries.routes.iter())
            .map(|route| deliveries.count(route.fault, end))
            .sum();
        deliveries.len = end - first - deliveries.removed(end) + moved;
        deliveries
    }

    /// How many deliveries there are.
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many records of the run before this one have a fault.
    fn count(&self, fault: Fault, index: u64) -> u64 {
        self.faults.before(fault, index) - self.faults.before(fault, self.first)
    }

    fn removed(&self, index: u64) -> u64 {
        let all = Fault::SHARED.into_iter();
        let removed = all.filter(|fault| fault.leaves_its_place());
        removed.map(|fault| self.count(fault, index)).sum()
    }

    /// How many records have each fault among those whose turn has come with what was generated.
    pub fn tally(&self, counts: &Counts) -> Tally {
        let record = self.reached(counts.generated);
        let count = |fault| match fault {
            Fault::Drift => record.saturating_sub(self.drift.max(self.first)),
            Fault::ClockSkew => counts.skewed,
            fault => self.count(fault, record),
        };
        Fault::ALL.map(|fault| (fault, count(fault)))
    }

    /// The record whose turn comes after so many deliveries.
    pub(crate) fn reached(&self, deliveries: u64) -> u64 {
        match deliveries >= self.len {
            true => self.end,
            false => self.place(deliveries).min(self.end),
        }
    }

    /// The first record from this one on that has a fault, which one, and its number among those
    /// with the same.
    pub(crate) fn faulty(&self, record: u64) -> Option<(u64, Fault, u64)> {
        let record = self.faults.next(record);
        let (fault, number) = (record < self.end)
            .then(|| self.faults.of(record))
            .flatten()?;
        Some((record, fault, number))
    }

    /// Before which record one comes that is delivered elsewhere.
    fn elsewhere(&self, delay: Delay, index: u64) -> u64 {
        let place = match delay {
            Delay::Places(places) => index.saturating_add(places + 1),
            Delay::Micros(micros) => {
                let time = self.clock.time(index);
                let time = time.and_then(|time| Timestamp::from_micros(time.micros() + micros));
                time.map_or(Self::LAST, |time| self.clock.before(time).max(index + 1))
            }
        };
        if place < self.end { place } else { Self::LAST }
    }

    /// Of the records with one delay, those before this one come before the delivery of record
    /// `place`, which is the run's end at most.
    fn threshold(&self, delay: Delay, place: u64) -> u64 {
        let Some(last) = place.checked_sub(1) else {
            return 0;
        };
        let index = match delay {
            Delay::Places(places) => last.saturating_sub(places),
            Delay::Micros(micros) => {
                let time = self.clock.time(last);
                let time = time.and_then(|time| Timestamp::from_micros(time.micros() - micros));
                time.map_or(0, |time| self.clock.before(time.moved(1)).min(last))
            }
        };
        index.clamp(self.first, self.end.max(self.first))
    }

    /// The numbers of the records with one delay that come from `place` on, and after the last of
    /// them: they differ by the number of delays.
    fn lane(&self, route: &Route, lane: usize, place: u64) -> u64 {
        let index = match place {
            Self::LAST => self.end,
            place => self.threshold(route.delays[lane], place),
        };
        let number = self.faults.before(route.fault, index);
        let lanes = route.delays.len() as u64;
        number + (lane as u64 + lanes - number % lanes) % lanes
    }

    /// All heads at a place, in the order in which they come there. `LAST` gives where they end.
    pub(super) fn heads(&self, place: u64) -> impl Iterator<Item = Head> {
        let routes = self.routes.iter().enumerate();
        routes.flat_map(move |(route, each)| {
            (0..each.delays.len()).map(move |lane| {
                let number = self.lane(each, lane, place);
                self.head(route, lane as u64, number)
            })
        })
    }

    fn head(&self, route: usize, lane: u64, number: u64) -> Head {
        let Route { fault, delays } = &self.routes[route];
        let record = self.faults.at(*fault, number);
        Head {
            place: match record < self.end {
                true => self.elsewhere(delays[lane as usize], record),
                false => Self::LAST,
            },
            route,
            lane,
            number,
            record,
        }
    }

    /// The one of the same delay that comes `steps` after it.
    pub(super) fn after(&self, head: Head, steps: u64) -> Head {
        let lanes = self.routes[head.route].delays.len() as u64;
        self.head(head.route, head.lane, head.number + steps * lanes)
    }

    /// How many come of the same delay from `head` on up to `end`.
    pub(super) fn between(&self, head: Head, end: Head) -> u64 {
        let lanes = self.routes[head.route].delays.len() as u64;
        end.number.saturating_sub(head.number) / lanes
    }

    pub(super) fn delivery(&self, head: Head) -> Delivery {
        let fault = self.routes[head.route].fault;
        Delivery {
            record: head.record,
            fault: Some((fault, head.number)),
            is_copy: true,
        }
    }

    /// How many deliveries come before the first at the place of record `place`, which is the run's
    /// end at most.
    pub(super) fn before(&self, place: u64) -> u64 {
        let moved: u64 = (self.routes.iter())
            .map(|route| {
                let from = self.faults.before(route.fault, self.first);
                let lanes = route.delays.len() as u64;
                let of_lane = |number: u64, lane: u64| (number + lanes - 1 - lane) / lanes;
                let counts = route.delays.iter().enumerate().map(|(lane, delay)| {
                    let number = self
                        .faults
                        .before(route.fault, self.threshold(*delay, place));
                    of_lane(number, lane as u64) - of_lane(from, lane as u64)
                });
                counts.sum::<u64>()
            })
            .sum();
        place - self.first - self.removed(place) + moved
    }

    /// The place that a delivery comes at: that of a record, or `LAST`.
    pub(super) fn place(&self, delivery: u64) -> u64 {
        if delivery >= self.in_place {
            return Self::LAST;
        }
        let (mut low, mut high) = ((self.first, 0), (self.end, self.in_place));
        let mut guess = {
            let share = u128::from(delivery) * u128::from(high.0 - low.0) / u128::from(high.1);
            low.0 + share as u64
        };
        let mut turn = 0_u32;
        while high.0 - low.0 > 1 {
            let between = guess.clamp(low.0 + 1, high.0 - 1);
            let found = (between, self.before(between));
            turn += 1;
            // There is about one delivery a record; where there is not, halves are as good.
            guess = if found.1 <= delivery {
                low = found;
                low.0.saturating_add((delivery - found.1).max(1))
            } else {
                high = found;
                high.0 - (found.1 - delivery).max(1).min(high.0)
            };
            if turn.is_multiple_of(4) {
                guess = low.0.midpoint(high.0);
            }
        }
        low.0
    }

    /// Deliveries from this one on.
    pub(crate) fn from(&self, delivery: u64) -> Walk<'_> {
        Walk::new(self, delivery)
    }

    /// The deliveries of a record, in order: none if it is missing or not one of the run's.
    pub(crate) fn of(&self, record: u64) -> Vec<u64> {
        if !(self.first..self.end).contains(&record) {
            return Vec::new();
        }
        let fault = self.faults.of(record);
        let mut all = Vec::with_capacity(2);
        if !fault.is_some_and(|(fault, _)| fault.leaves_its_place()) {
            // Behind all that come before it at its place.
            let here = self.heads(record).zip(self.next_heads(record));
            let before: u64 = here.map(|(head, end)| self.between(head, end)).sum();
            all.push(self.before(record) + before);
        }
        let Some((fault, number)) = fault else {
            return all;
        };
        let route = self.routes.iter().position(|route| route.fault == fault);
        if let Some(route) = route {
            let lane = number % self.routes[route].delays.len() as u64;
            let place = self.head(route, lane, number).place;
            let start = if place == Self::LAST {
                self.in_place
            } else {
                self.before(place)
            };
            // Of its own delay those with a smaller number, of those before it all.
            let heads = match place {
                Self::LAST => self.heads(self.end).collect::<Vec<_>>(),
                place => self.heads(place).collect(),
            };
            let before: u64 = heads
                .iter()
                .zip(self.next_heads(place))
                .map(
                    |(head, end)| match (head.route, head.lane).cmp(&(route, lane)) {
                        std::cmp::Ordering::Less => self.between(*head, end),
                        std::cmp::Ordering::Equal => self.between(*head, Head { number, ..end }),
                        std::cmp::Ordering::Greater => 0,
                    },
                )
                .sum();
            all.push(start + before);
        }
        all
    }

    /// The heads after all that come at a place.
    fn next_heads(&self, place: u64) -> Vec<Head> {
        let next = match place {
            Self::LAST => Self::LAST,
            place if place + 1 < self.end => place + 1,
            // What comes after the last place comes at the end, where heads of the end stand.
            _ => self.end,
        };
        self.heads(next).collect()
    }

    fn page(&self) -> MutexGuard<'_, Page> {
        // A page is whole after every statement that changes it.
        self.page.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The delivery of that number; `None` after the last.
    pub fn at(&self, delivery: u64) -> Option<Delivery> {
        self.page().at(self, delivery)
    }

    /// A delivery of the record under its own id, the one that is asked for soon if there are two.
    pub fn one_of(&self, record: u64) -> Option<u64> {
        match self.has_new_id(record) {
            true => self.of(record).first().copied(),
            false => self.page().one_of(self, record),
        }
    }

    /// The delivery of the record under another id, if it has one.
    pub fn renamed(&self, record: u64) -> Option<u64> {
        let all = self.has_new_id(record).then(|| self.of(record));
        all?.get(1).copied()
    }

    fn has_new_id(&self, record: u64) -> bool {
        let fault = || self.faults.of(record).map(|(fault, _)| fault);
        self.new_ids && fault() == Some(Fault::Duplicate)
    }

    /// The deliveries that have the same bytes as this one, in order.
    pub fn alike(&self, delivery: u64) -> Vec<u64> {
        match self.at(delivery) {
            None => Vec::new(),
            Some(found) if self.has_new_id(found.record) => vec![delivery],
            Some(found) => self.of(found.record),
        }
    }

    /// How many deliveries come before the turn of a record.
    pub(crate) fn until(&self, record: u64) -> u64 {
        match record >= self.end {
            true => self.len,
            false => self.before(record.max(self.first)),
        }
    }

    /// The record whose turn it is when this delivery is.
    pub(crate) fn turn(&self, delivery: u64) -> u64 {
        self.place(delivery).min(self.end.saturating_sub(1))
    }
}
