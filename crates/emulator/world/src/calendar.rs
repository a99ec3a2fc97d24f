//! When people pay: the number of payments in each hour, by a formula, and the threads that divide
//! them.
//!
//! A *thread* is twelve payments of an hour, one in each of its five-minute intervals, which a
//! person may make one after the other. The expected number of payments of an hour follows from the
//! rhythms, the calendar and the people present. Cumulated and rounded down to whole threads, it
//! gives the index at which each hour begins; the remainder carries over to the following hours.
//! Within an hour, payments are evenly spaced, each moved at random within its own share of the
//! hour. Index and time can therefore be converted into each other by one search in a table of
//! hours.
//!
//! The payments of an hour form twelve rows, the intervals, with one column per thread. The columns
//! of each row are permuted differently. Every payment belongs to a thread, so its position does
//! not distinguish it from the others.

use std::ops::Range;

use emulator_domain::Date;
use emulator_model::{Key, below};

use crate::declared::{CITIES, PAYDAYS, RHYTHMS, SEASONS};
use crate::people::{MICROS_PER_HOUR, People};
use crate::settings::Settings;

/// Payments per thread.
pub(crate) const ROWS: u64 = 12;
/// Logins per thread: in its fourth, eighth and last row.
pub(crate) const LOGINS: u64 = 3;
/// The guide has about ten times as many entries as there are groups, so few entries are ambiguous.
const GUIDE_BITS: u32 = 10;
const _: () = assert!(CITIES.len() * RHYTHMS.len() < u8::MAX as usize);
const HOURS_A_MONTH: f64 = 30.4375 * 24.0;

/// All hours of the world.
#[derive(Debug)]
pub(crate) struct Calendar {
    /// The first day, in days since 1970.
    first_day: i64,
    /// For each hour, the threads before it; the last entry is the total.
    threads: Vec<u64>,
    /// Payments per hour of all people, in an average hour.
    base: f64,
    /// The share of people in each group.
    shares: Vec<f64>,
    /// The rhythms, normalised to a weekly mean of 1: workdays, weekends.
    rhythms: [[[f64; 24]; 2]; 3],
}

/// An hour.
#[derive(Clone, Debug)]
pub(crate) struct Hour {
    pub(crate) number: u64,
    pub(crate) first: u64,
    pub(crate) columns: u64,
    pub(crate) first_thread: u64,
    /// For each group the cumulative weight, as a share of 2^64.
    groups: Vec<u64>,
    /// For each prefix of a random word, the first group that it may select.
    guide: [u8; 1 << GUIDE_BITS],
    rows: [RowOrder; (ROWS + LOGINS) as usize],
}

/// The permutation of threads within a row: `position = factor * column + shift`, modulo the number
/// of columns, which is far below 2^32.
#[derive(Clone, Copy, Debug, Default)]
struct RowOrder {
    factor: u64,
    inverse: u64,
    shift: u64,
}

impl Calendar {
    pub(crate) fn new(settings: &Settings, people: &People) -> Self {
        let rhythms = std::array::from_fn(|number| {
            let kind = &RHYTHMS[number];
            let sums = [kind.workday, kind.weekend].map(|day| day.iter().sum::<f64>());
            let mean = (5.0 * sums[0] + 2.0 * sums[1]) / 168.0;
            [kind.workday, kind.weekend].map(|day| day.map(|hour| hour / mean))
        });
        let groups = people.groups().iter();
        let mut calendar = Self {
            first_day: i64::from(settings.start.days()),
            threads: vec![0],
            base: settings.customers as f64 * settings.payments_a_month / HOURS_A_MONTH,
            shares: groups
                .map(|group| group.len as f64 / people.count() as f64)
                .collect(),
            rhythms,
        };
        let hours = settings.days * 24;
        let mut expected = 0.0;
        for hour in 0..hours {
            expected += calendar.expected(people, hour, hours);
            calendar.threads.push(expected as u64 / ROWS);
        }
        calendar
    }

    pub(crate) fn hours(&self) -> u64 {
        self.threads.len() as u64 - 1
    }

    /// The total number of payments.
    pub(crate) fn total(&self) -> u64 {
        self.first(self.hours())
    }

    /// The number of payments before an hour.
    pub(crate) fn first(&self, hour: u64) -> u64 {
        self.first_thread(hour) * ROWS
    }

    /// Where the first payment at or after a moment, in microseconds from the start of the world, is
    /// to be sought: all before the range are earlier, and none after it is.
    pub(crate) fn around(&self, micros: u64) -> Range<u64> {
        let hour = micros / MICROS_PER_HOUR as u64;
        if hour >= self.hours() {
            return self.total()..self.total();
        }
        let (first, end) = (self.first(hour), self.first(hour + 1));
        let within = u128::from(micros % MICROS_PER_HOUR as u64) * u128::from(end - first);
        let place = first + (within / MICROS_PER_HOUR as u128) as u64;
        // Each payment of an hour has an equally long part of it for itself; see `time`, which
        // rounds, so there is room for one more on both sides.
        place.saturating_sub(1).max(first)..(place + 2).min(end)
    }

    /// The number of threads before an hour.
    pub(crate) fn first_thread(&self, hour: u64) -> u64 {
        self.threads[hour as usize]
    }

    /// The expected number of payments in an hour.
    pub(crate) fn expected(&self, people: &People, hour: u64, hours: u64) -> f64 {
        let weights = people.groups().iter().zip(&self.shares);
        let weights =
            weights.map(|(group, share)| share * self.busy(group.city, group.rhythm, hour));
        let part = (hour as f64 + 0.5) / hours as f64;
        self.base * People::present(part) * weights.sum::<f64>()
    }

    /// The activity of people of a city and rhythm in an hour; its weekly mean is 1.
    fn busy(&self, city: usize, rhythm: usize, hour: u64) -> f64 {
        let (day, hour) = self.local(city, hour);
        let date = Date::from_days(day as i32);
        let season = SEASONS.iter().find(|(month, first, last, _)| {
            *month == date.month() && (*first..=*last).contains(&date.day())
        });
        let season = season.map_or(1.0, |(_, _, _, factor)| *factor);
        let weekend = usize::from(weekday(day) >= 5);
        self.rhythms[rhythm][weekend][hour] * PAYDAYS[usize::from(date.day()) - 1] * season
    }

    /// The local day (since 1970) and hour of a city.
    #[inline]
    pub(crate) fn local(&self, city: usize, hour: u64) -> (i64, usize) {
        let local = self.first_day * 24 + hour as i64 + CITIES[city].offset;
        (local / 24, (local % 24) as usize)
    }

    /// The hour of a payment.
    pub(crate) fn hour_of(&self, payment: u64) -> u64 {
        self.hour_of_thread(payment / ROWS)
    }

    /// The hour of a thread.
    pub(crate) fn hour_of_thread(&self, thread: u64) -> u64 {
        self.threads.partition_point(|first| *first <= thread) as u64 - 1
    }

    /// The time of a payment in microseconds from the start of the world; it never decreases from
    /// one payment to the next.
    #[inline]
    pub(crate) fn time(&self, hour: u64, payment: u64, random: u64) -> i64 {
        let first = self.first(hour);
        let place = (payment - first) as f64 + unit(random);
        let within = place * (MICROS_PER_HOUR as f64 / (self.first(hour + 1) - first) as f64);
        hour as i64 * MICROS_PER_HOUR + (within as i64).min(MICROS_PER_HOUR - 1)
    }

    /// The same for a login in that hour.
    #[inline]
    pub(crate) fn login_time(&self, hour: u64, login: u64, random: u64) -> i64 {
        let first = self.first_thread(hour);
        let columns = self.first_thread(hour + 1) - first;
        let offset = login - first * LOGINS;
        let row = offset / columns * (ROWS / LOGINS) + ROWS / LOGINS - 1;
        let place = (row * columns + offset % columns) as f64 + unit(random);
        let payments = self.first(hour + 1) - self.first(hour);
        let within = place * (MICROS_PER_HOUR as f64 / payments as f64);
        hour as i64 * MICROS_PER_HOUR + (within as i64).min(MICROS_PER_HOUR - 1)
    }

    /// The hour of a login.
    pub(crate) fn hour_of_login(&self, login: u64) -> u64 {
        self.hour_of_thread(login / LOGINS)
    }

    /// An hour, with everything that its payments share.
    pub(crate) fn hour(&self, people: &People, key: Key, number: u64) -> Hour {
        let first_thread = self.first_thread(number);
        let columns = self.first_thread(number + 1) - first_thread;
        let mut sum = 0.0;
        let weights = people.groups().iter().zip(&self.shares);
        let groups: Vec<f64> = weights
            .map(|(group, share)| {
                sum += share * self.busy(group.city, group.rhythm, number);
                sum
            })
            .collect();
        let scale = u64::MAX as f64 / sum;
        let groups = groups.iter().map(|up_to| (up_to * scale) as u64);
        let groups: Vec<u64> = groups.collect();
        let mut guide = [groups.len() as u8; 1 << GUIDE_BITS];
        let mut from = 0;
        for (group, up_to) in groups.iter().enumerate() {
            let until = up_to.div_ceil(1 << (64 - GUIDE_BITS)) as usize;
            guide[from..until].fill(group as u8);
            from = until;
        }
        let key = key.part(number);
        Hour {
            number,
            first: first_thread * ROWS,
            columns,
            first_thread,
            groups,
            guide,
            rows: std::array::from_fn(|row| RowOrder::new(key, row as u64, columns)),
        }
    }
}

impl Hour {
    /// The group of people that a random word selects.
    #[inline]
    pub(crate) fn group(&self, word: u64) -> usize {
        let first = usize::from(self.guide[(word >> (64 - GUIDE_BITS)) as usize]);
        let more = self.groups[first..].iter();
        let group = first + more.take_while(|up_to| **up_to <= word).count();
        group.min(self.groups.len() - 1)
    }

    /// The row and column of a payment.
    #[inline]
    pub(crate) fn cell(&self, payment: u64) -> (u64, u64) {
        let offset = payment - self.first;
        let row = offset / self.columns;
        let order = &self.rows[row as usize];
        let position = offset - row * self.columns;
        let moved = position + self.columns - order.shift;
        (row, moved * order.inverse % self.columns)
    }

    /// The payment at a row and column.
    #[inline]
    pub(crate) fn payment(&self, row: u64, column: u64) -> u64 {
        let order = &self.rows[row as usize];
        let moved = column * order.factor + order.shift;
        self.first + row * self.columns + moved % self.columns
    }

    /// The thread of a login in this hour, and the login's number within it.
    #[inline]
    pub(crate) fn login(&self, login: u64) -> (u64, u64) {
        let offset = login - self.first_thread * LOGINS;
        let (number, position) = (offset / self.columns, offset % self.columns);
        let order = &self.rows[(ROWS + number) as usize];
        let moved = position + self.columns - order.shift;
        (number, moved * order.inverse % self.columns)
    }
}

impl RowOrder {
    fn new(key: Key, row: u64, columns: u64) -> Self {
        if columns < 2 {
            return Self {
                factor: 1,
                inverse: 1,
                shift: 0,
            };
        }
        let mut random = key.at(row);
        let shift = below(random.word(), columns);
        loop {
            let factor = 1 + below(random.word(), columns - 1);
            if let Some(inverse) = inverse(factor, columns) {
                return Self {
                    factor,
                    inverse,
                    shift,
                };
            }
        }
    }
}

/// The inverse of `factor` modulo `modulus`, if there is one.
pub(crate) fn inverse(factor: u64, modulus: u64) -> Option<u64> {
    let (mut last, mut rest) = (modulus as i64, factor as i64);
    let (mut before, mut now) = (0_i64, 1_i64);
    while rest != 0 {
        let times = last / rest;
        (last, rest) = (rest, last - times * rest);
        (before, now) = (now, before - times * now);
    }
    (last == 1).then(|| before.rem_euclid(modulus as i64) as u64)
}

/// Converts a word to a number in 0..1.
#[inline]
pub(crate) const fn unit(word: u64) -> f64 {
    (word >> 11) as f64 * const { 1.0 / (1u64 << 53) as f64 }
}

/// 0 is Monday.
pub(crate) const fn weekday(day: i64) -> i64 {
    (day + 3) % 7
}
