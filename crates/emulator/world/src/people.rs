//! People, each computed from a number.
//!
//! People are ordered by city, rhythm and activity ("slots"). A keyed permutation maps a slot to a
//! customer number, which reveals none of these. A person's activity follows from the place within
//! the group, so drawing a person by activity needs no table of people. Small populations are
//! cached in a table all the same, which saves a tenth of the time of a payment.

use std::hint::select_unpredictable;
use std::ops::Range;

use emulator_model::{AliasTable, Key, Permutation, Random};
use rand_distr::{Distribution as _, StandardNormal};

use crate::declared::{ACTIVITY_SHAPE, CITIES, FOUNDERS, LEAVERS, RHYTHMS};

/// Microseconds per hour.
pub(crate) const MICROS_PER_HOUR: i64 = 3_600_000_000;
/// The number of activity levels.
pub(crate) const STEPS: usize = 1024;
/// The numbers of cards of five consecutive customers.
const CARDS: [u64; 5] = [1, 1, 2, 1, 2];
/// The period within which there is at most one trip, in days.
const TRIP_DAYS: i64 = 28;
/// The largest population that is cached, at 24 bytes per person.
const KEPT: u64 = 1 << 16;

/// The people of one city with the same rhythm.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group {
    pub(crate) city: usize,
    pub(crate) rhythm: usize,
    pub(crate) first: u64,
    pub(crate) len: u64,
}

/// A person; the rhythm is that of the group.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Person {
    /// The key for everything drawn for this person.
    pub(crate) key: Key,
    /// The number of the customer, in the order of joining.
    pub(crate) index: u32,
    /// The hours of the world throughout which the person is a customer: the first, and the one
    /// after the last.
    hours: (u32, u32),
    city: u16,
    /// The activity level.
    step: u16,
}

/// Where a person is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whereabouts {
    /// In this city.
    In(usize),
    /// Travelling all day, visiting no shops.
    Travelling,
}

/// All people.
#[derive(Debug)]
pub(crate) struct People {
    count: u64,
    founders: u64,
    /// The length of the world in microseconds.
    extent: i64,
    groups: Vec<Group>,
    order: Permutation,
    order_key: Key,
    key: Key,
    /// All people by slot; empty if there are too many to cache.
    kept: Vec<Person>,
    activities: Vec<f64>,
    by_activity: AliasTable,
    cities: AliasTable,
}

impl People {
    pub(crate) fn new(count: u64, days: u64, key: Key) -> Self {
        let activities = activities();
        let weights = CITIES.map(|city| city.weight);
        let mut groups = Vec::new();
        let total: f64 = weights.iter().sum();
        let (mut sum, mut first) = (0.0, 0);
        for (city, weight) in weights.iter().enumerate() {
            for (rhythm, kind) in RHYTHMS.iter().enumerate() {
                sum += weight / total * kind.share;
                let end = ((sum * count as f64).round() as u64).min(count);
                groups.push(Group {
                    city,
                    rhythm,
                    first,
                    len: end - first,
                });
                first = end;
            }
        }
        if let Some(last) = groups.last_mut() {
            last.len = count - last.first;
        }
        let mut people = Self {
            count,
            founders: (count as f64 * FOUNDERS) as u64,
            extent: days as i64 * 24 * MICROS_PER_HOUR,
            groups,
            order: Permutation::new(count),
            order_key: key.part(1),
            key: key.part(2),
            kept: Vec::new(),
            by_activity: AliasTable::new(&activities),
            activities,
            cities: AliasTable::new(&weights),
        };
        if count <= KEPT {
            let slots = people.groups.iter().flat_map(|group| {
                let slots = group.first..group.first + group.len;
                slots.map(|slot| people.made(group, slot))
            });
            people.kept = slots.collect();
        }
        people
    }

    pub(crate) const fn count(&self) -> u64 {
        self.count
    }

    pub(crate) fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The activity at each level; the mean is 1.
    pub(crate) fn activities(&self) -> &[f64] {
        &self.activities
    }

    /// A person of a group, drawn with a probability proportional to activity.
    #[inline]
    pub(crate) fn draw(&self, group: usize, random: &mut Random) -> Person {
        let group = &self.groups[group];
        let step = self.by_activity.draw(random) as usize;
        let within = (step as f64 + random.unit()) / STEPS as f64;
        let rank = (within * real(group.len)) as i64 as u64;
        self.at_slot(group, group.first + rank.min(group.len.saturating_sub(1)))
    }

    #[inline]
    fn at_slot(&self, group: &Group, slot: u64) -> Person {
        match self.kept.get(slot as usize) {
            Some(person) => *person,
            None => self.made(group, slot),
        }
    }

    fn made(&self, group: &Group, slot: u64) -> Person {
        let index = self.order.forward(self.order_key, slot);
        let key = self.key.part(index);
        let first = (self.joined(index) as u64).div_ceil(MICROS_PER_HOUR as u64);
        // In the microsecond of leaving, a person is no longer a customer.
        let end = self
            .left(key, index)
            .map(|left| (left - 1) / MICROS_PER_HOUR);
        Person {
            key,
            index: index as u32,
            hours: (first as u32, end.map_or(u32::MAX, |end| end as u32)),
            city: group.city as u16,
            step: (real(slot - group.first) / real(group.len) * STEPS as f64) as i64 as u16,
        }
    }

    /// The customer with that number, which is below [`count`](Self::count).
    pub(crate) fn person(&self, index: u64) -> Person {
        let slot = self.order.backward(self.order_key, index).unwrap_or(0);
        let group = self.groups.partition_point(|group| group.first <= slot) - 1;
        self.at_slot(&self.groups[group], slot)
    }

    /// When the customer joined, in microseconds from the start of the world; it never decreases
    /// with the number.
    pub(crate) fn joined(&self, index: u64) -> i64 {
        let Some(after) = index.checked_sub(self.founders) else {
            return 0;
        };
        let share = (after as f64 + 0.5) / (self.count - self.founders) as f64;
        (share * self.extent as f64) as i64
    }

    /// When the customer with that key and number leaves, if ever.
    pub(crate) fn left(&self, key: Key, index: u64) -> Option<i64> {
        let mut random = key.at(LEAVES);
        if !random.happens(LEAVERS) {
            return None;
        }
        let at = (random.unit() * self.extent as f64) as i64;
        (at > self.joined(index)).then_some(at)
    }

    /// The share of people who are customers at this fraction of the world's time, 0 to 1.
    pub(crate) fn present(part: f64) -> f64 {
        let joiners = 1.0 - FOUNDERS;
        FOUNDERS + joiners * part - LEAVERS * (FOUNDERS * part + joiners * part * part / 2.0)
    }

    /// Where a person is on a day of the local calendar, in days since 1970.
    #[inline]
    pub(crate) fn whereabouts(&self, person: &Person, day: i64) -> Whereabouts {
        let shifted = day + (person.key.get() % TRIP_DAYS as u64) as i64;
        let (number, day) = (shifted / TRIP_DAYS, shifted % TRIP_DAYS);
        let mut random = person.key.at(TRIPS + number as u64);
        let has_trip = random.happens(0.3);
        let start = 1 + random.below(18) as i64;
        let end = start + 2 + random.below(6) as i64;
        // Whether there is a trip is unpredictable; that few people are away on a given day is not.
        let days = select_unpredictable(has_trip, start..end + 1, 0..0);
        if !days.contains(&day) {
            return Whereabouts::In(person.city());
        }
        let city = self.cities.draw(&mut random) as usize;
        if city == person.city() {
            Whereabouts::In(city)
        } else if day == start || day == end {
            Whereabouts::Travelling
        } else {
            Whereabouts::In(city)
        }
    }

    /// A device of a person in an hour of the world, as a 53-bit number.
    #[inline]
    pub(crate) fn device(&self, person: &Person, which: u64, hour: u64) -> i64 {
        // Devices are replaced one after the other, each after about a year.
        let life = 7_000 + 2_000 * which;
        let version = (hour + person.key.part(DEVICES + which).get() % life) / life;
        device_number(person.key.part(DEVICES + which).part(version))
    }
}

/// Converts a number below 2^63 through a signed integer, because x86-64 has no conversion of
/// unsigned ones.
#[inline]
const fn real(number: u64) -> f64 {
    number as i64 as f64
}

/// The device number of a key.
#[inline]
pub(crate) const fn device_number(key: Key) -> i64 {
    (key.get() >> 11) as i64
}

const LEAVES: u64 = 1;
const INCOME: u64 = 2;
const TRIPS: u64 = 1 << 32;
const DEVICES: u64 = 1 << 33;

impl Person {
    #[inline]
    pub(crate) const fn city(&self) -> usize {
        self.city as usize
    }

    /// The activity level.
    #[inline]
    pub(crate) const fn step(&self) -> usize {
        self.step as usize
    }

    /// Whether the person is a customer throughout these hours of the world.
    #[inline]
    pub(crate) const fn is_there(&self, hours: &Range<u64>) -> bool {
        (self.hours.0 as u64 <= hours.start) & (hours.end <= self.hours.1 as u64)
    }

    /// The person's income as a standard normal number.
    #[inline]
    pub(crate) fn income(&self) -> f64 {
        StandardNormal.sample(&mut self.key.at(INCOME))
    }
}

/// The number of the first card of a customer, and the number of cards.
#[inline]
pub(crate) const fn cards(customer: u64) -> (u64, u64) {
    const BEFORE: [u64; 5] = [0, 1, 2, 4, 5];
    let (five, within) = (customer / 5, (customer % 5) as usize);
    (five * 7 + BEFORE[within], CARDS[within])
}

/// The holder of a card.
pub(crate) const fn holder(card: u64) -> u64 {
    const WHOSE: [u64; 7] = [0, 1, 2, 2, 3, 4, 4];
    card / 7 * 5 + WHOSE[(card % 7) as usize]
}

/// The mean activity of each level of people, the least active first: the gamma distribution with
/// [`ACTIVITY_SHAPE`], integrated numerically, with a mean of 1.
fn activities() -> Vec<f64> {
    const WIDTH: f64 = 0.0005;
    let density = |x: f64| libm::pow(x, ACTIVITY_SHAPE - 1.0) * libm::exp(-x);
    let points = (0..60_000).map(|point| (point as f64 + 0.5) * WIDTH);
    let points: Vec<(f64, f64)> = points.map(|x| (x, density(x))).collect();
    let total: f64 = points.iter().map(|(_, weight)| weight).sum();
    let (mut sums, mut weights, mut seen) = (vec![0.0; STEPS], vec![0.0; STEPS], 0.0);
    for (x, weight) in points {
        let step = ((seen + weight / 2.0) / total * STEPS as f64) as usize;
        let step = step.min(STEPS - 1);
        sums[step] += x * weight;
        weights[step] += weight;
        seen += weight;
    }
    let means = sums.iter().zip(&weights).map(|(sum, weight)| sum / weight);
    let mut means: Vec<f64> = means.collect();
    // A level without sample points takes the value of the next.
    for step in (0..STEPS - 1).rev() {
        if !means[step].is_finite() {
            means[step] = means[step + 1];
        }
    }
    let mean = means.iter().sum::<f64>() / STEPS as f64;
    means.iter().map(|activity| activity / mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_active_tenth_makes_a_third_of_payments() {
        let all = activities();
        assert!(all.windows(2).all(|pair| pair[0] <= pair[1]), "they rise");
        let top: f64 = all[STEPS * 9 / 10..].iter().sum::<f64>() / STEPS as f64;
        assert!((0.28..0.36).contains(&top), "{top}");
    }

    #[test]
    fn cards_lead_to_their_holders() {
        let mut next = 0;
        for customer in 0..1000 {
            let (first, count) = cards(customer);
            assert_eq!(first, next);
            assert!((first..first + count).all(|card| holder(card) == customer));
            next = first + count;
        }
    }
}
