//! The event time of every record; part of the plan.

mod curve;
mod noise;
mod profile;
mod rate;
mod traffic;

use std::sync::Arc;

pub use rate::{Level, Rate};
pub use traffic::{Burst, Shape, ShapeError, Span, Step, Traffic};

use self::curve::{Curve, RECORD};
use self::noise::Noise;
use crate::Seed;
use crate::seed::{Purpose, mix};
use crate::time::Timestamp;

/// The event time of each record: the moment at which that many records are due, rounded down to
/// the microsecond. At a constant rate, record `i` is at `start + i / rate`.
///
/// A timeline consists of pieces. Each begins with a record at a moment and has its own shape. A
/// plan has one piece; each change of a run under way adds one.
#[derive(Clone, Debug, PartialEq)]
pub struct Timeline {
    pieces: Arc<Vec<Piece>>,
}

#[derive(Clone, Debug, PartialEq)]
struct Piece {
    /// Its first record.
    first: u64,
    /// When it begins.
    time: Timestamp,
    traffic: Arc<Traffic>,
    /// The factor applied to the traffic, in millionths.
    factor: u64,
    curve: Curve,
    noise: Option<Noise>,
    /// When the curve begins, in microseconds.
    anchor: i64,
    /// Units of the curve before the first record, if records are evenly spaced.
    before: u128,
}

/// A change to the timeline of a run under way.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// New traffic.
    Traffic(Traffic),
    /// The existing traffic, multiplied by this many millionths.
    Factor(u64),
    /// A pause of this many microseconds, after which the timeline continues where it was.
    Paused(u64),
}

/// A change, and where it takes effect.
#[derive(Clone, Debug, PartialEq)]
pub struct Changed {
    /// The first record that it affects (for a stream, the first position on the timeline).
    pub index: u64,
    /// When it takes effect, on the timeline.
    pub time: Timestamp,
    /// The change.
    pub change: Change,
}

/// Why a change to the timeline is not possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// An earlier record would happen later.
    #[error("a change at record {index} lies before the change or the record before it")]
    Backwards {
        /// The first record of the change.
        index: u64,
    },
    /// The traffic would be out of range.
    #[error(
        "with this factor the traffic would be more than {} records a second, or none at all",
        Rate::FASTEST.get()
    )]
    OutOfRange,
}

impl Timeline {
    /// Records from `start` on, `rate` per second.
    pub fn new(start: Timestamp, rate: Rate) -> Self {
        Self::of(start, &rate.into(), Seed::new(0)).expect("a rate is no more than the fastest")
    }

    /// Records from `start` on, as the traffic specifies; the seed decides where random ones lie.
    ///
    /// # Errors
    /// If the traffic is out of range.
    pub fn of(start: Timestamp, traffic: &Traffic, seed: Seed) -> Result<Self, ChangeError> {
        let anchor = traffic.anchor(start);
        let traffic = Arc::new(traffic.clone());
        let key = seed.key(Purpose::Traffic);
        let piece = Piece::new(0, start, anchor, traffic, 1_000_000, key)?;
        Ok(Self {
            pieces: vec![piece].into(),
        })
    }

    /// Adds a piece.
    ///
    /// # Errors
    /// If it begins before the last one, or its traffic is out of range; in that case nothing is
    /// changed.
    pub fn change(&mut self, changed: &Changed, seed: Seed) -> Result<(), ChangeError> {
        let Changed {
            index,
            time,
            ref change,
        } = *changed;
        let last = self.last();
        let before = index.checked_sub(1).and_then(|before| self.at(before));
        if index < last.first || time < before.unwrap_or(last.time).max(last.time) {
            return Err(ChangeError::Backwards { index });
        }
        let (traffic, factor, anchor) = match change {
            Change::Traffic(traffic) => {
                (Arc::new(traffic.clone()), 1_000_000, traffic.anchor(time))
            }
            Change::Factor(factor) => {
                let factor = u128::from(last.factor) * u128::from(*factor) / 1_000_000;
                let factor = u64::try_from(factor).ok().filter(|factor| *factor > 0);
                let factor = factor.ok_or(ChangeError::OutOfRange)?;
                (last.traffic.clone(), factor, last.anchor)
            }
            Change::Paused(micros) => {
                let waited = if last.traffic.waits() {
                    *micros as i64
                } else {
                    0
                };
                let anchor = last.anchor.saturating_add(waited);
                (last.traffic.clone(), last.factor, anchor)
            }
        };
        let key = seed.key(Purpose::Traffic) ^ mix(index);
        let mut piece = Piece::new(index, time, anchor, traffic, factor, key)?;
        if piece.noise.is_none() && last.noise.is_none() {
            // The remaining wait for the next record of the previous piece carries over.
            let now = match change {
                Change::Paused(micros) => time.moved(-(*micros as i64)),
                _ => time,
            };
            let due = last.units_of(index).unwrap_or(0);
            let owed = due.saturating_sub(last.units_at(now.micros()));
            piece.before += owed.min(RECORD.into());
        }
        Arc::make_mut(&mut self.pieces).push(piece);
        Ok(())
    }

    fn last(&self) -> &Piece {
        self.pieces.last().expect("there is at least one piece")
    }

    /// The piece that contains a record, and the first record after that piece.
    fn piece_of(&self, index: u64) -> (&Piece, u64) {
        let after = self.pieces.partition_point(|piece| piece.first <= index);
        let end = self.pieces.get(after).map_or(u64::MAX, |next| next.first);
        (&self.pieces[after - 1], end)
    }

    /// When it begins.
    pub fn start(&self) -> Timestamp {
        self.pieces[0].time
    }

    /// Records per second at a moment.
    pub fn rate_at(&self, time: Timestamp) -> f64 {
        let after = self.pieces.partition_point(|piece| piece.time <= time);
        let piece = &self.pieces[after.saturating_sub(1)];
        let since = u64::try_from(time.micros() - piece.anchor).unwrap_or(0);
        piece.curve.rate(since) as f64 / 1e6
    }

    /// The peak rate in records per second since the last change, without noise.
    pub fn peak_rate(&self) -> f64 {
        self.last().curve.peak() as f64 / 1e6
    }

    /// The event time of record `index`; `None` if it lies after [`Timestamp::LATEST`], or if there
    /// is no such record.
    pub fn at(&self, index: u64) -> Option<Timestamp> {
        let line = self.line(index)?;
        Timestamp::from_micros(line.micros)
    }

    /// How many records happen before the moment.
    pub fn records_before(&self, time: Timestamp) -> u64 {
        self.before(time.micros())
    }

    fn before(&self, micros: i64) -> u64 {
        let after = self
            .pieces
            .partition_point(|piece| piece.time.micros() < micros);
        let Some(piece) = after.checked_sub(1).map(|at| &self.pieces[at]) else {
            return 0;
        };
        let end = self.pieces.get(after).map_or(u64::MAX, |next| next.first);
        piece
            .first
            .saturating_add(piece.records_before(micros))
            .min(end)
    }

    /// How many records have an event time: the smallest index for which [`at`](Self::at) is
    /// `None`, or `u64::MAX`.
    pub fn capacity(&self) -> u64 {
        self.before(Timestamp::LATEST.micros() + 1)
    }

    /// Event times from record `index` on, as [`at`](Self::at) gives them. The caller must not read
    /// beyond [`capacity`](Self::capacity).
    pub fn times_from(&self, index: u64) -> impl Iterator<Item = Timestamp> + use<> {
        let mut times = self.from(index);
        std::iter::repeat_with(move || times.next())
    }

    /// Event times from record `index` on, exactly as [`at`](Self::at) gives them, but without a
    /// division for each.
    pub(crate) fn from(&self, index: u64) -> EventTimes {
        EventTimes {
            line: Line::default(),
            timeline: self.clone(),
            index,
            ahead: Vec::new(),
        }
    }

    /// The evenly spaced records that begin with record `index`.
    fn line(&self, index: u64) -> Option<Line> {
        let (piece, end) = self.piece_of(index);
        let units = piece.units_of(index)?;
        let stretch = piece.curve.stretch(units)?;
        let rate = stretch.rate;
        let micros = i128::from(piece.anchor)
            + i128::try_from(stretch.from + stretch.units / u128::from(rate)).ok()?;
        let left = u64::try_from(stretch.left.div_ceil(RECORD.into())).unwrap_or(u64::MAX);
        Some(Line {
            micros: i64::try_from(micros).ok()?,
            remainder: (stretch.units % u128::from(rate)) as u64,
            step: (RECORD / rate) as i64,
            step_remainder: RECORD % rate,
            rate,
            left: match piece.noise {
                Some(_) => 1,
                None => left.min(end - index),
            },
        })
    }
}

impl Piece {
    fn new(
        first: u64,
        time: Timestamp,
        anchor: i64,
        traffic: Arc<Traffic>,
        factor: u64,
        key: u64,
    ) -> Result<Self, ChangeError> {
        let curve = traffic.curve(factor).ok_or(ChangeError::OutOfRange)?;
        let since = u64::try_from(time.micros() - anchor).unwrap_or(0);
        Ok(Self {
            first,
            time,
            factor,
            noise: traffic.is_poisson().then(|| Noise::new(key)),
            traffic,
            before: curve.units(since),
            curve,
            anchor,
        })
    }

    /// Units of the curve before a record.
    fn units_of(&self, index: u64) -> Option<u128> {
        let number = index.checked_sub(self.first)?;
        let units = match self.noise {
            None => u128::from(number) * u128::from(RECORD),
            Some(noise) => noise.place(number),
        };
        self.before.checked_add(units)
    }

    /// Units of the curve before a moment.
    fn units_at(&self, micros: i64) -> u128 {
        let since = u64::try_from(micros - self.anchor).unwrap_or(0);
        self.curve.units(since)
    }

    /// How many records of the piece happen before a moment.
    fn records_before(&self, micros: i64) -> u64 {
        let units = self.units_at(micros).saturating_sub(self.before);
        match self.noise {
            None => u64::try_from(units.div_ceil(RECORD.into())).unwrap_or(u64::MAX),
            Some(noise) => noise.records_before(units),
        }
    }
}

/// Evenly spaced event times, by Bresenham's algorithm in whole microseconds.
#[derive(Clone, Copy, Debug, Default)]
struct Line {
    micros: i64,
    remainder: u64,
    step: i64,
    step_remainder: u64,
    rate: u64,
    /// How many are left.
    left: u64,
}

/// A cursor over event times.
#[derive(Clone, Debug)]
pub(crate) struct EventTimes {
    line: Line,
    timeline: Timeline,
    /// The first record after the line.
    index: u64,
    /// The event times of the records after it that were already computed, the next one last.
    ahead: Vec<i64>,
}

impl EventTimes {
    /// The next event time. Past the end of the calendar it stays at the end; the caller's capacity
    /// check prevents this.
    #[inline(always)]
    pub(crate) fn next(&mut self) -> Timestamp {
        if self.line.left == 0 {
            self.turn();
        }
        let line = &mut self.line;
        let now = Timestamp::EARLIEST.moved(line.micros);
        line.left -= 1;
        line.micros = line.micros.saturating_add(line.step);
        line.remainder += line.step_remainder;
        if line.remainder >= line.rate {
            line.remainder -= line.rate;
            line.micros = line.micros.saturating_add(1);
        }
        now
    }

    /// Starts the next line.
    #[cold]
    fn turn(&mut self) {
        if self.ahead.is_empty() {
            self.look_ahead();
        }
        self.line = match self.ahead.pop() {
            Some(micros) => Line {
                micros,
                left: 1,
                rate: 1,
                ..Line::default()
            },
            None => self.timeline.line(self.index).unwrap_or(Line {
                micros: Timestamp::LATEST.micros(),
                left: u64::MAX,
                rate: 1,
                ..Line::default()
            }),
        };
        self.index = self.index.saturating_add(self.line.left);
    }

    /// Computes the event times of several randomly spaced records together.
    fn look_ahead(&mut self) {
        let (piece, end) = self.timeline.piece_of(self.index);
        let Some(noise) = piece.noise else { return };
        let (number, most) = (self.index - piece.first, end - self.index);
        let places = noise.places(number);
        let found = places.iter().take(most as usize).map_while(|place| {
            let stretch = piece.curve.stretch(piece.before.checked_add(*place)?)?;
            let since = stretch.from + stretch.units / u128::from(stretch.rate);
            Some(i64::try_from(since).ok()?.saturating_add(piece.anchor))
        });
        self.ahead = found.collect();
        self.ahead.reverse();
    }
}

#[cfg(test)]
pub(crate) mod tests;
