//! The event time of every record, a part of the plan.

use crate::InvalidValue;
use crate::time::Timestamp;

/// Records a second of event time, held exactly as millionths of a record a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate(u64);

impl Rate {
    /// The slowest: one record in 1,000,000 seconds.
    pub const SLOWEST: Self = Self(1);
    /// The fastest: 100,000,000 records a second.
    pub const FASTEST: Self = Self(100_000_000 * MILLIONTHS);

    /// From records a second; `None` outside 0.000001..=100,000,000 or not a number. What is finer
    /// than a millionth is rounded.
    pub fn per_second(records: f64) -> Option<Self> {
        // NaN is in no range.
        (Self::SLOWEST.get()..=Self::FASTEST.get())
            .contains(&records)
            .then(|| Self((records * MILLIONTHS as f64).round() as u64))
    }

    /// The same from a number that may be anything.
    ///
    /// # Errors
    /// If it is outside that range.
    pub fn new(records: f64) -> Result<Self, InvalidValue> {
        Self::per_second(records).ok_or_else(|| InvalidValue::shown(records, Self::expected()))
    }

    /// What is allowed, for people.
    pub fn expected() -> String {
        let (slowest, fastest) = (Self::SLOWEST.get(), Self::FASTEST.get());
        format!("{slowest} to {fastest} records a second")
    }

    /// Records a second.
    pub fn get(self) -> f64 {
        self.0 as f64 / MILLIONTHS as f64
    }

    /// The number of records whose event time lies within the first `seconds`.
    pub fn records_within(self, seconds: u64) -> u64 {
        let records = (u128::from(self.0) * u128::from(seconds)).div_ceil(MILLIONTHS.into());
        u64::try_from(records).unwrap_or(u64::MAX)
    }
}

impl std::str::FromStr for Rate {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse() {
            Ok(records) => Self::new(records),
            Err(_) => Err(InvalidValue::text(text, Self::expected())),
        }
    }
}

const MILLIONTHS: u64 = 1_000_000;
/// Microseconds a second, times the millionths of a rate.
const SCALE: u64 = 1_000_000 * MILLIONTHS;

/// When each record happens: record `i` at `start + i / rate`, rounded down to the microsecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeline {
    start: Timestamp,
    rate: Rate,
}

impl Timeline {
    /// Records from `start` on, `rate` a second.
    pub const fn new(start: Timestamp, rate: Rate) -> Self {
        Self { start, rate }
    }

    /// Event time of record 0.
    pub const fn start(&self) -> Timestamp {
        self.start
    }

    /// Records a second.
    pub const fn rate(&self) -> Rate {
        self.rate
    }

    /// Event time of record `index`; `None` if it lies after [`Timestamp::LATEST`].
    pub fn at(&self, index: u64) -> Option<Timestamp> {
        let offset = u128::from(index) * u128::from(SCALE) / u128::from(self.rate.0);
        let micros = i64::try_from(offset)
            .ok()?
            .checked_add(self.start.micros())?;
        Timestamp::from_micros(micros)
    }

    /// How many records have an event time at all: the smallest index for which
    /// [`at`](Self::at) is `None`, or `u64::MAX`.
    pub fn capacity(&self) -> u64 {
        let span = (Timestamp::LATEST.micros() - self.start.micros()) as u128 + 1;
        let records = (span * u128::from(self.rate.0)).div_ceil(SCALE.into());
        u64::try_from(records).unwrap_or(u64::MAX)
    }

    /// Event times from record `index` on, as [`at`](Self::at) gives them; the caller asks for none
    /// beyond [`capacity`](Self::capacity).
    pub fn times_from(&self, index: u64) -> impl Iterator<Item = Timestamp> + use<> {
        let mut times = self.from(index);
        std::iter::repeat_with(move || times.next())
    }

    /// Event times from record `index` on, exactly as [`at`](Self::at) gives them, without a
    /// division for each.
    pub(crate) fn from(&self, index: u64) -> EventTimes {
        let rate = self.rate.0;
        let scaled = u128::from(index) * u128::from(SCALE);
        EventTimes {
            micros: i64::try_from(scaled / u128::from(rate))
                .unwrap_or(i64::MAX)
                .saturating_add(self.start.micros()),
            remainder: (scaled % u128::from(rate)) as u64,
            step: (SCALE / rate) as i64,
            step_remainder: SCALE % rate,
            rate,
        }
    }
}

/// A cursor over event times: Bresenham's line, in whole microseconds.
#[derive(Clone, Debug)]
pub(crate) struct EventTimes {
    micros: i64,
    remainder: u64,
    step: i64,
    step_remainder: u64,
    rate: u64,
}

impl EventTimes {
    /// The next event time; beyond the calendar it stays at the end, which the caller's capacity
    /// check keeps from happening.
    #[inline(always)]
    pub(crate) fn next(&mut self) -> Timestamp {
        let now = Timestamp::EARLIEST.moved(self.micros);
        self.micros = self.micros.saturating_add(self.step);
        self.remainder += self.step_remainder;
        if self.remainder >= self.rate {
            self.remainder -= self.rate;
            self.micros = self.micros.saturating_add(1);
        }
        now
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn start() -> Timestamp {
        Timestamp::from_micros(1_767_225_600_000_000).unwrap()
    }

    #[test]
    fn ten_thousand_a_second_is_a_record_every_hundred_microseconds() {
        let line = Timeline::new(start(), Rate::per_second(10_000.0).unwrap());
        assert_eq!(line.at(0), Some(start()));
        assert_eq!(line.at(10_001), Some(start().moved(1_000_100)));
    }

    #[test]
    fn rates_outside_the_range_are_refused() {
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY, 100_000_000.1, 9.9e-7] {
            assert_eq!(Rate::per_second(bad), None, "{bad}");
        }
        assert_eq!(Rate::per_second(1e8), Some(Rate::FASTEST));
        assert_eq!(Rate::per_second(0.1).unwrap().get(), 0.1);
    }

    #[test]
    fn records_within_counts_those_before_the_end() {
        let within = |rate, seconds| Rate::per_second(rate).unwrap().records_within(seconds);
        assert_eq!(within(10_000.0, 3), 30_000);
        assert_eq!(within(0.1, 1), 1);
        assert_eq!(within(0.3, 10), 3);
        assert_eq!(within(1e8, u64::MAX), u64::MAX);
    }

    proptest! {
        #[test]
        fn the_cursor_agrees_with_at(index in 0..1u64 << 40, rate in 1e-6..1e8) {
            let line = Timeline::new(start(), Rate::per_second(rate).unwrap());
            let mut times = line.from(index);
            for i in index..(index + 50).min(line.capacity()) {
                prop_assert_eq!(Some(times.next()), line.at(i));
            }
        }

        #[test]
        fn capacity_is_the_first_index_without_a_time(rate in 1e-6..1e8) {
            let line = Timeline::new(start(), Rate::per_second(rate).unwrap());
            let end = line.capacity();
            prop_assert!(line.at(end - 1).is_some());
            prop_assert!(end == u64::MAX || line.at(end).is_none());
        }
    }
}
