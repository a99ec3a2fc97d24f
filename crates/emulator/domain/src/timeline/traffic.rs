//! How many records there are per second, and how that changes over time.

mod check;

use super::curve::{Curve, Pieces, RECORD};
use super::rate::{Level, Rate};
use crate::{InvalidValue, Timestamp};

/// The traffic of a run: a shape, evenly or randomly spaced.
#[derive(Clone, Debug, PartialEq)]
pub struct Traffic {
    shape: Shape,
    poisson: bool,
}

/// How a rate changes. Times count from the start of the run, except for those of a week.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A constant rate.
    Constant(Rate),
    /// One rate after the other; the last one stays, unless the steps repeat.
    Steps {
        /// At least one.
        steps: Vec<Step>,
        /// Whether they repeat for ever.
        repeat: bool,
    },
    /// A linear change from one rate to another, in a thousand equal steps; the latter stays.
    Ramp {
        /// At the start.
        from: Level,
        /// At the end.
        to: Level,
        /// How long it takes.
        over: Span,
    },
    /// By hour of the day and day of the week, according to the calendar.
    Week {
        /// The mean of all hours.
        mean: Rate,
        /// Weights of the hours of a day, from midnight on; their sum does not matter.
        hours: Vec<f64>,
        /// Weights of the days of a week, from Monday on; their sum does not matter.
        days: Vec<f64>,
        /// By how many minutes local time is ahead of UTC.
        utc_offset: i16,
    },
    /// One rate, interrupted by others for a while.
    Bursts {
        /// Outside the bursts.
        rate: Level,
        /// In order; none begins before the one before it ends.
        bursts: Vec<Burst>,
        /// The period after which they repeat, if they do.
        every: Option<Span>,
    },
    /// A sine wave in 360 equal steps, rising from the mean at the start.
    Sine {
        /// The mean rate.
        mean: Rate,
        /// The maximum deviation from the mean.
        amplitude: Level,
        /// The length of one period.
        period: Span,
    },
    /// A given number of records in each interval.
    Replay {
        /// The records of each interval.
        counts: Vec<u32>,
        /// The length of an interval.
        every: Span,
        /// Whether they repeat for ever; otherwise there is no record after the last interval.
        repeat: bool,
    },
}

/// A rate for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Records per second.
    pub rate: Level,
    /// Its length.
    pub lasting: Span,
}

/// Another rate for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Burst {
    /// When it begins.
    pub at: Span,
    /// The rate and its length.
    pub step: Step,
}

/// A duration in whole microseconds, up to a hundred years.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(u64);

impl Span {
    const MOST: f64 = 3_155_760_000.0;

    /// Converts seconds.
    ///
    /// # Errors
    /// If it is negative, longer than a hundred years or not a number.
    pub fn seconds(seconds: f64) -> Result<Self, InvalidValue> {
        (0.0..=Self::MOST)
            .contains(&seconds)
            .then(|| Self((seconds * 1e6).round() as u64))
            .ok_or_else(|| InvalidValue::shown(seconds, Self::expected()))
    }

    /// The allowed values, for people.
    pub fn expected() -> String {
        format!("0 to {} seconds", Self::MOST)
    }

    /// The duration in seconds.
    pub fn get(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// The duration in microseconds.
    pub const fn micros(self) -> u64 {
        self.0
    }
}

/// What is wrong with a shape, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{at} {value}")]
pub struct ShapeError {
    /// A path such as `steps[2].for`.
    pub at: String,
    /// What was given and what is allowed.
    pub value: InvalidValue,
}

impl ShapeError {
    fn new(
        at: impl Into<String>,
        got: impl std::fmt::Display,
        expected: impl Into<String>,
    ) -> Self {
        Self {
            at: at.into(),
            value: InvalidValue::shown(got, expected),
        }
    }
}

const RAMP_STEPS: u64 = 1_000;
const SINE_STEPS: u64 = 360;
const HOUR: u64 = 3_600_000_000;
const WEEK: u64 = 7 * 24 * HOUR;
/// The first Monday of 1970.
const MONDAY: i64 = 4 * 24 * HOUR as i64;

impl Traffic {
    /// The shape with evenly spaced records or, with `poisson`, randomly spaced ones.
    ///
    /// # Errors
    /// What is invalid in the shape.
    pub fn new(shape: Shape, poisson: bool) -> Result<Self, ShapeError> {
        shape.check()?;
        Ok(Self { shape, poisson })
    }

    /// How the rate changes.
    pub const fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Whether records are randomly spaced.
    pub const fn is_poisson(&self) -> bool {
        self.poisson
    }

    /// The rate, if it is constant and records are evenly spaced.
    pub const fn constant(&self) -> Option<Rate> {
        match self.shape {
            Shape::Constant(rate) if !self.poisson => Some(rate),
            _ => None,
        }
    }

    /// The start of the shape when it is used from `start` on; for a week, that of the calendar
    /// week.
    pub(super) fn anchor(&self, start: Timestamp) -> i64 {
        match self.shape {
            Shape::Week { utc_offset, .. } => {
                let monday = MONDAY - i64::from(utc_offset) * 60_000_000;
                start.micros() - (start.micros() - monday).rem_euclid(WEEK as i64)
            }
            _ => start.micros(),
        }
    }

    /// Whether the shape stands still while the run is paused; one that follows the calendar does
    /// not.
    pub(super) const fn waits(&self) -> bool {
        !matches!(self.shape, Shape::Week { .. })
    }

    /// The shape with its rates multiplied by `factor` millionths, from its
    /// [`anchor`](Self::anchor) on; `None` if one of them exceeds the maximum.
    pub(super) fn curve(&self, factor: u64) -> Option<Curve> {
        let scaled = |units: u128| units * u128::from(factor) / 1_000_000;
        let rate = |level: Level| scaled(level.millionths().into());
        let fastest = u128::from(Rate::FASTEST.millionths());
        let level = |level: Level| Some(rate(level)).filter(|rate| *rate <= fastest);
        let mut pieces = Pieces::default();
        let curve = match &self.shape {
            Shape::Constant(rate) => Curve::constant(level((*rate).into())? as u64),
            Shape::Steps { steps, repeat } => {
                for step in steps {
                    pieces.push(step.lasting.0, level(step.rate)? as u64);
                }
                pieces.ended(*repeat)
            }
            Shape::Ramp { from, to, over } => {
                let (low, high) = (level(*from)?, level(*to)?);
                for step in 0..RAMP_STEPS {
                    let middle = u128::from(2 * step + 1);
                    let whole = u128::from(2 * RAMP_STEPS);
                    let rate = (low * (whole - middle) + high * middle) / whole;
                    pieces.push(over.part(step, RAMP_STEPS), rate as u64);
                }
                pieces.push(1, high as u64);
                pieces.going_on()
            }
            Shape::Week {
                mean, hours, days, ..
            } => {
                let all = hours.iter().sum::<f64>() * days.iter().sum::<f64>() / (24.0 * 7.0);
                for day in days {
                    for hour in hours {
                        let share = Level::new(mean.get() * hour * day / all).ok()?;
                        pieces.push(HOUR, level(share)? as u64);
                    }
                }
                pieces.repeated()
            }
            Shape::Bursts {
                rate,
                bursts,
                every,
            } => {
                let between = level(*rate)? as u64;
                for burst in bursts {
                    pieces.push(burst.at.0 - pieces.end(), between);
                    pieces.push(burst.step.lasting.0, level(burst.step.rate)? as u64);
                }
                match every {
                    Some(every) => {
                        pieces.push(every.0 - pieces.end(), between);
                        pieces.repeated()
                    }
                    None => {
                        pieces.push(1, between);
                        pieces.going_on()
                    }
                }
            }
            Shape::Sine {
                mean,
                amplitude,
                period,
            } => {
                for step in 0..SINE_STEPS {
                    let swing = amplitude.get() * sine(step);
                    let share = Level::new((mean.get() + swing).max(0.0)).ok()?;
                    pieces.push(period.part(step, SINE_STEPS), level(share)? as u64);
                }
                pieces.repeated()
            }
            Shape::Replay {
                counts,
                every,
                repeat,
            } => {
                for count in counts {
                    let units = scaled(u128::from(*count) * u128::from(RECORD));
                    if units > fastest * u128::from(every.0) {
                        return None;
                    }
                    pieces.push_units(every.0, units);
                }
                if !repeat {
                    pieces.push(1, 0);
                }
                pieces.ended(*repeat)
            }
        };
        Some(curve)
    }
}

impl From<Rate> for Traffic {
    fn from(rate: Rate) -> Self {
        Self {
            shape: Shape::Constant(rate),
            poisson: false,
        }
    }
}

impl Pieces {
    fn ended(self, repeat: bool) -> Curve {
        if repeat {
            self.repeated()
        } else {
            self.going_on()
        }
    }
}

impl Span {
    /// The length of part `number` of `parts` nearly equal parts, whose sum is exact.
    fn part(self, number: u64, parts: u64) -> u64 {
        let end = |number: u64| (self.0 as u128 * number as u128 / parts as u128) as u64;
        end(number + 1) - end(number)
    }
}

/// The sine in the middle of one of the steps of a period. Computed by its series, whose additions
/// and multiplications give the same result on every machine; library functions differ in the last
/// digit.
fn sine(step: u64) -> f64 {
    let angle = (step as f64 + 0.5) / SINE_STEPS as f64 * std::f64::consts::TAU;
    let x = if angle > std::f64::consts::PI {
        angle - std::f64::consts::TAU
    } else {
        angle
    };
    let mut term = x;
    let mut sum = x;
    for n in 1..20 {
        let n = f64::from(2 * n);
        term *= -x * x / (n * (n + 1.0));
        sum += term;
    }
    sum
}
