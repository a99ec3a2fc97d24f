//! How many records there were up to a moment: the integral of a rate that is constant by pieces.

use std::sync::Arc;

/// A record, in the unit in which records are counted: millionths of a millionth, so that a rate in
/// millionths of a record a second is a whole number of units a microsecond.
pub(crate) const RECORD: u64 = 1_000_000_000_000;

/// From one moment on, so many units a microsecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    /// Microseconds from the beginning.
    from: u64,
    /// Units before that moment.
    before: u128,
    rate: u64,
}

/// Units by microseconds from a beginning. The last piece has no end, unless all of them come again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Curve {
    pieces: Arc<[Piece]>,
    /// Microseconds and units after which it begins again.
    period: Option<(u64, u128)>,
}

/// The piece in which some units lie.
pub(crate) struct Stretch {
    /// Microseconds from the beginning of the curve to that of the piece.
    pub(crate) from: u128,
    /// Units since then.
    pub(crate) units: u128,
    /// Units a microsecond; never 0.
    pub(crate) rate: u64,
    /// Units that are left in the piece.
    pub(crate) left: u128,
}

impl Curve {
    /// One rate, for ever.
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

    /// The most units a microsecond.
    pub(crate) fn peak(&self) -> u64 {
        let rates = self.pieces.iter().map(|piece| piece.rate);
        rates.max().unwrap_or_default()
    }

    /// Units a microsecond at the moment `micros`.
    pub(crate) fn rate(&self, micros: u64) -> u64 {
        let within = self.period.map_or(micros, |(length, _)| micros % length);
        self.piece(within).rate
    }

    fn piece(&self, micros: u64) -> Piece {
        let after = self.pieces.partition_point(|piece| piece.from <= micros);
        self.pieces[after - 1]
    }

    /// Where the curve leaves `units` behind; `None` if it never does. Of several moments, between
    /// which nothing happens, that is the last.
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

/// A curve while it is made.
#[derive(Default)]
pub(crate) struct Pieces {
    pieces: Vec<Piece>,
    end: u64,
    units: u128,
}

impl Pieces {
    /// The same rate for so many microseconds.
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

    /// Exactly so many units within so many microseconds.
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

    /// The last rate goes on for ever.
    pub(crate) fn going_on(self) -> Curve {
        Curve {
            pieces: self.pieces.into(),
            period: None,
        }
    }

    /// Everything comes again and again.
    pub(crate) fn repeated(self) -> Curve {
        Curve {
            pieces: self.pieces.into(),
            period: Some((self.end, self.units)),
        }
    }
}
