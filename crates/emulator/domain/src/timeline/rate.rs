//! Rates in records per second.

use crate::InvalidValue;

/// Records per second of event time, stored exactly as millionths of a record per second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate(u64);

impl Rate {
    /// The slowest: one record in 1,000,000 seconds.
    pub const SLOWEST: Self = Self(1);
    /// The fastest: 100,000,000 records per second.
    pub const FASTEST: Self = Self(100_000_000 * MILLIONTHS);

    /// From records per second, rounded to the nearest millionth; `None` outside
    /// 0.000001..=100,000,000, or if it is not a number.
    pub fn per_second(records: f64) -> Option<Self> {
        // NaN is in no range.
        (Self::SLOWEST.get()..=Self::FASTEST.get())
            .contains(&records)
            .then(|| Self((records * MILLIONTHS as f64).round() as u64))
    }

    /// The same, with an error that describes the range.
    ///
    /// # Errors
    /// If it is outside that range.
    pub fn new(records: f64) -> Result<Self, InvalidValue> {
        Self::per_second(records).ok_or_else(|| InvalidValue::shown(records, Self::expected()))
    }

    /// The allowed values, for people.
    pub fn expected() -> String {
        let (slowest, fastest) = (Self::SLOWEST.get(), Self::FASTEST.get());
        format!("{slowest} to {fastest} records a second")
    }

    /// Records per second.
    pub fn get(self) -> f64 {
        self.0 as f64 / MILLIONTHS as f64
    }

    /// Millionths of a record per second.
    pub(crate) const fn millionths(self) -> u64 {
        self.0
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

/// A rate that may be zero: that of a part of a shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Level(u64);

impl Level {
    /// From records per second, rounded to the nearest millionth.
    ///
    /// # Errors
    /// If it is negative, more than [`Rate::FASTEST`] or not a number.
    pub fn new(records: f64) -> Result<Self, InvalidValue> {
        (0.0..=Rate::FASTEST.get())
            .contains(&records)
            .then(|| Self((records * MILLIONTHS as f64).round() as u64))
            .ok_or_else(|| InvalidValue::shown(records, Self::expected()))
    }

    /// The allowed values, for people.
    pub fn expected() -> String {
        format!("0 to {} records a second", Rate::FASTEST.get())
    }

    /// Records per second.
    pub fn get(self) -> f64 {
        self.0 as f64 / MILLIONTHS as f64
    }

    pub(crate) const fn millionths(self) -> u64 {
        self.0
    }
}

impl From<Rate> for Level {
    fn from(rate: Rate) -> Self {
        Self(rate.0)
    }
}

const MILLIONTHS: u64 = 1_000_000;
