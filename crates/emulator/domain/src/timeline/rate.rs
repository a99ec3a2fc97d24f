//! Records a second.

use crate::InvalidValue;

/// Records a second of event time, held exactly as millionths of a record a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

    /// Millionths of a record a second.
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

/// A rate that may be nought: of a part of a shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Level(u64);

impl Level {
    /// From records a second; what is finer than a millionth is rounded.
    ///
    /// # Errors
    /// If it is negative, more than [`Rate::FASTEST`] or not a number.
    pub fn new(records: f64) -> Result<Self, InvalidValue> {
        (0.0..=Rate::FASTEST.get())
            .contains(&records)
            .then(|| Self((records * MILLIONTHS as f64).round() as u64))
            .ok_or_else(|| InvalidValue::shown(records, Self::expected()))
    }

    /// What is allowed, for people.
    pub fn expected() -> String {
        format!("0 to {} records a second", Rate::FASTEST.get())
    }

    /// Records a second.
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
