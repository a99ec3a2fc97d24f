//! How far from their own place records are delivered.

use super::Fault;
use crate::timeline::Span;

/// How far from its own place a record is delivered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Delay {
    /// After so many of the records that follow it.
    Places(u64),
    /// So many microseconds later.
    Micros(i64),
}

/// Records with a fault that are delivered elsewhere, and how far away: record number *n* of them
/// has the delay *n* mod the number of delays. Those with one delay therefore stay in order, and
/// can be counted at any place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Route {
    pub(super) fault: Fault,
    pub(super) delays: Vec<Delay>,
}

/// The number of delays of late records. The more, the closer to the distribution.
const LATE: u32 = 32;
/// The number of delays in places.
const NEARBY: u32 = 16;
/// The midpoints of 32 equal parts of the exponential distribution with mean 1, in thousandths, in
/// an order that mixes short and long delays.
const EXPONENTIAL: [u64; LATE as usize] = [
    548, 3060, 189, 1114, 16, 1451, 398, 792, 116, 2213, 267, 940, 662, 48, 1761, 495, 4159, 309,
    1023, 81, 1326, 604, 152, 1962, 863, 227, 2549, 352, 1214, 725, 445, 1594,
];

/// Delays up to `bound`, evenly or exponentially distributed.
pub(super) fn late(bound: Span, mean: Option<Span>) -> Vec<Delay> {
    let bound = bound.micros();
    let delay = |number: usize| match mean {
        Some(mean) => {
            let micros = u128::from(mean.micros()) * u128::from(EXPONENTIAL[number]) / 1000;
            bound.min(u64::try_from(micros).unwrap_or(u64::MAX))
        }
        // 13 and 32 are coprime, so every delay occurs.
        None => bound * (13 * number as u64 % u64::from(LATE) + 1) / u64::from(LATE),
    };
    let delays = (0..LATE as usize).map(|number| Delay::Micros(delay(number) as i64));
    delays.collect()
}

/// Delays from `least` to `window` places.
pub(super) fn nearby(least: u32, window: u32) -> Vec<Delay> {
    let count = (window - least + 1).min(NEARBY);
    let delays = (0..count).map(|number| {
        let steps = u64::from(count.max(2) - 1);
        Delay::Places(u64::from(least) + u64::from(number) * u64::from(window - least) / steps)
    });
    delays.collect()
}
