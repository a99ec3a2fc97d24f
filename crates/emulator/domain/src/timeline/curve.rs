//! Cumulative records up to a moment: the integral of a piecewise constant rate.

use std::sync::Arc;

/// One record in the unit used for counting: 10^-12 of a record, so that a rate in millionths of a
/// record per second is a whole number of units per microsecond.
pub(crate) const RECORD: u64 = 1_000_000_000_000;

/// A constant rate in units per microsecond, from one moment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    /// Its start in microseconds from the start of the curve.
    from: u64,
    /// Units before its start.
    before: u128,
    rate: u64,
}

/// Cumulative units by microseconds from the start. The last piece has no end, unless the curve is
/// periodic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Curve {
    pieces: Arc<[Piece]>,
    /// The microseconds and units of one period.
    period: Option<(u64, u128)>,
}

/// The piece in which a given number of units is reached.
pub(crate) struct Stretch {
    /// Microseconds from the start of the curve to the start of the piece.
    pub(crate) from: u128,
    /// Units since the start of the piece.
    pub(crate) units: u128,
    /// Units per microsecond; never 0.
    pub(crate) rate: u64,
    /// Units left in the piece.
    pub(crate) left: u128,
}

impl Curve {
    /// A constant rate.
    pub(crate) fn constant(rate: u64) -> Self {
        let mut pieces = Pieces::default();
        pieces.push(1, rate);
        pieces.going_on()
    }

    /// Units before the moment `micros`.
    pub(crate) fn units(&self, micros: u64) -> u128 {
        let (before, within) = match self.period {
            None => (0, micros),
            Some((length, units)) => (u128::from(micros / length) * units, micros % length),
        };
        let piece = self.piece(within);
        before + piece.before + u128::from(within - piece.from) * u128::from(piece.rate)
    }

    /// The maximum rate in units per microsecond.
    pub(crate) fn peak(&self) -> u64 {
        let rates = self.pieces.iter().map(|piece| piece.rate);
        rates.max().unwrap_or_default()
    }

    /// The maximum rate between two moments, in units per microsecond.
    pub(crate) fn peak_between(&self, from: u64, to: u64) -> u64 {
        let within = |from: u64, to: u64| {
            let first = self.pieces.partition_point(|piece| piece.from <= from) - 1;
            let pieces = self.pieces[first..].iter();
            let rates = pieces.take_while(|piece| piece.from < to);
            rates.map(|piece| piece.rate).max().unwrap_or_default()
        };
        match self.period {
            None => within(from, to),
            Some((length, _)) if to - from >= length => self.peak(),
            Some((length, _)) => match (from % length, to % length) {
                (from, to) if from < to => within(from, to),
                (from, to) => within(from, length).max(within(0, to)),
            },
        }
    }

    /// The rate at the moment `micros`, in units per microsecond.
    pub(crate) fn rate(&self, micros: u64) -> u64 {
        let within = self.period.map_or(micros, |(length, _)| micros % length);
        self.piece(within).rate
    }

    fn piece(&self, micros: u64) -> Piece {
        let after = self.pieces.partition_point(|piece| piece.from <= micros);
        self.pieces[after - 1]
    }

    /// Where the curve exceeds `units`; `None` if it never does. After a gap without records, that
    /// is the end of the gap.
    pub(crate) fn stretch(&self, units: u128) -> Option<Stretch> {
        let (cycles, within, end) = match self.period {
            None => (0, units, u128::MAX),
            Some((length, all)) => {
                let cycles = (units / all).checked_mul(length.into())?;
                (cycles, units % all, all)
            }
        };
        let after = self.pieces.partition_point(|piece| piece.before <= within);
        let Piece { from, before, rate } = self.pieces[after - 1];
        let end = self.pieces.get(after).map_or(end, |next| next.before);
        (rate > 0).then(|| Stretch {
            from: cycles + u128::from(from),
            units: within - before,
            rate,
            left: end - within,
        })
    }
}

/// A builder of curves.
#[derive(Default)]
pub(crate) struct Pieces {
    pieces: Vec<Piece>,
    end: u64,
    units: u128,
}

impl Pieces {
    /// Appends a constant rate for this many microseconds.
    pub(crate) fn push(&mut self, micros: u64, rate: u64) {
        if micros == 0 {
            return;
        }
        if self.pieces.last().is_none_or(|last| last.rate != rate) {
            self.pieces.push(Piece {
                from: self.end,
                before: self.units,
                rate,
            });
        }
        self.end += micros;
        self.units += u128::from(micros) * u128::from(rate);
    }

    /// Appends exactly this many units within this many microseconds.
    pub(crate) fn push_units(&mut self, micros: u64, units: u128) {
        let rate = (units / u128::from(micros)) as u64;
        let faster = (units % u128::from(micros)) as u64;
        self.push(micros - faster, rate);
        self.push(faster, rate + 1);
    }

    /// Where the next piece begins.
    pub(crate) const fn end(&self) -> u64 {
        self.end
    }

    /// The curve that continues with the last rate for ever.
    pub(crate) fn going_on(self) -> Curve {
        Curve {
            pieces: self.pieces.into(),
            period: None,
        }
    }

    /// The curve that repeats for ever.
    pub(crate) fn repeated(self) -> Curve {
        Curve {
            pieces: self.pieces.into(),
            period: Some((self.end, self.units)),
        }
    }
}
