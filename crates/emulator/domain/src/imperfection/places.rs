//! Where the records of a run are delivered, computable for any place.

use super::clock::Clock;
use super::faults::Faults;
use super::routes::{Delay, Route, late, nearby};
use super::{Fault, Imperfections};
use crate::Timestamp;

/// A delivery of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The record, counted along the timeline.
    pub record: u64,
    /// The fault of the record, and its number among the records with the same fault.
    pub fault: Option<(Fault, u64)>,
    /// Whether it is elsewhere than in the record's own place.
    pub is_copy: bool,
}

impl Delivery {
    /// Whether the record was delivered before.
    pub fn is_second(&self) -> bool {
        self.is_copy
            && self
                .fault
                .is_some_and(|(fault, _)| fault == Fault::Duplicate)
    }
}

/// The next record of one lane: the records of a route that share one delay.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    /// The record before whose delivery it comes; [`Places::LAST`] if after all of them.
    pub(super) place: u64,
    pub(super) route: usize,
    pub(super) lane: u64,
    /// Its number among the records with the same fault.
    pub(super) number: u64,
    /// Which record it is.
    pub(super) record: u64,
}

/// At which places the records of a run are delivered: each at its own, at another, at both or at
/// none.
#[derive(Debug, PartialEq)]
pub(super) struct Places {
    pub(super) faults: Faults,
    routes: Vec<Route>,
    clock: Clock,
    /// The records of the run.
    pub(super) first: u64,
    pub(super) end: u64,
    /// The deliveries before those that come after the last record's place.
    in_place: u64,
    /// How many deliveries there are.
    pub(super) len: u64,
}

impl Places {
    /// The place after all others.
    pub(super) const LAST: u64 = u64::MAX;

    /// The places of the records `first..end` of a timeline.
    pub(super) fn new(settings: &Imperfections, clock: Clock, first: u64, end: u64) -> Self {
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
        let mut places = Self {
            faults: Faults::new(settings, clock.seed),
            routes,
            clock,
            first,
            end,
            in_place: 0,
            len: 0,
        };
        places.in_place = places.before(end);
        let moved: u64 = (places.routes.iter())
            .map(|route| places.count(route.fault, end))
            .sum();
        places.len = end - first - places.removed(end) + moved;
        places
    }

    /// How many records of the run before this one have a fault.
    pub(super) fn count(&self, fault: Fault, index: u64) -> u64 {
        self.faults.before(fault, index) - self.faults.before(fault, self.first)
    }

    fn removed(&self, index: u64) -> u64 {
        let all = Fault::SHARED.into_iter();
        let removed = all.filter(|fault| fault.leaves_its_place());
        removed.map(|fault| self.count(fault, index)).sum()
    }

    /// The record before which a record that is delivered elsewhere comes.
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

    /// Among the records with one delay, those before the returned one come before the delivery of
    /// record `place`, which is at most the run's end.
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

    /// The number of the first record in a lane that comes at `place` or later. Numbers in a lane
    /// differ by the number of delays.
    fn lane(&self, route: &Route, lane: usize, place: u64) -> u64 {
        let index = match place {
            Self::LAST => self.end,
            place => self.threshold(route.delays[lane], place),
        };
        let number = self.faults.before(route.fault, index);
        let lanes = route.delays.len() as u64;
        number + (lane as u64 + lanes - number % lanes) % lanes
    }

    /// All heads at a place, in the order in which they come there. For `LAST`, where the lanes
    /// end.
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

    /// The record that comes `steps` later in the same lane.
    pub(super) fn after(&self, head: Head, steps: u64) -> Head {
        let lanes = self.routes[head.route].delays.len() as u64;
        self.head(head.route, head.lane, head.number + steps * lanes)
    }

    /// How many records of the lane come from `head` up to, but not including, `end`.
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

    /// How many deliveries come before the first at the place of record `place`, which is at most
    /// the run's end.
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

    /// The place of a delivery: that of a record, or `LAST`.
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
            // There is about one delivery per record, so a guess is close; if not, bisection helps.
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

    /// The deliveries of a record, in order: none if it is missing or not one of the run's.
    pub(super) fn of(&self, record: u64) -> Vec<u64> {
        if !(self.first..self.end).contains(&record) {
            return Vec::new();
        }
        let fault = self.faults.of(record);
        let mut all = Vec::with_capacity(2);
        if !fault.is_some_and(|(fault, _)| fault.leaves_its_place()) {
            // After all that come before it at its place.
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
            // In its own lane those with a smaller number, in the lanes before it all.
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

    /// The heads after all those that come at a place.
    fn next_heads(&self, place: u64) -> Vec<Head> {
        let next = match place {
            Self::LAST => Self::LAST,
            place if place + 1 < self.end => place + 1,
            // What comes after the last place comes at the end, so the next heads are those of the
            // end.
            _ => self.end,
        };
        self.heads(next).collect()
    }
}
