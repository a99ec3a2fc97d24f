//! The rates between two moments.

use super::curve::RECORD;
use super::{Piece, Timeline};
use crate::Timestamp;

/// A part of a piece: how many microseconds of its curve pass before it and before its end.
type Part<'t> = (&'t Piece, u64, u64);

impl Timeline {
    /// The peak rate in records per second between two moments, without noise.
    pub fn peak_between(&self, from: Timestamp, to: Timestamp) -> f64 {
        let parts = self.parts(from, to);
        let peaks = parts.map(|(piece, begin, end)| piece.curve.peak_between(begin, end));
        peaks.max().unwrap_or_default() as f64 / 1e6
    }

    /// The mean rate in records per second between two moments, without noise; at a single moment,
    /// the rate there.
    pub fn mean_between(&self, from: Timestamp, to: Timestamp) -> f64 {
        if from == to {
            return self.rate_at(from);
        }
        let parts = self.parts(from, to);
        let units: u128 = parts
            .map(|(piece, begin, end)| piece.curve.units(end) - piece.curve.units(begin))
            .sum();
        units as f64 / RECORD as f64 / to.seconds_since(from)
    }

    /// Whether no records are randomly spaced.
    pub fn is_even(&self) -> bool {
        self.pieces.iter().all(|piece| piece.noise.is_none())
    }

    fn parts(&self, from: Timestamp, to: Timestamp) -> impl Iterator<Item = Part<'_>> {
        let ends = self.pieces.iter().skip(1).map(|next| next.time);
        let pieces = self.pieces.iter().zip(ends.chain([Timestamp::LATEST]));
        pieces.filter_map(move |(piece, end)| {
            let (begin, end) = (from.max(piece.time), to.min(end));
            let since = |time: Timestamp| u64::try_from(time.micros() - piece.anchor).unwrap_or(0);
            (begin < end).then(|| (piece, since(begin), since(end)))
        })
    }
}
