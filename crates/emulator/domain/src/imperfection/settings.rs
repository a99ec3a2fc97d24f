//! Which imperfections a run has, and how often.

use super::CorruptKind;
use super::Fault;
use crate::InvalidValue;
use crate::timeline::Span;

/// A share of the records, in millionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(u32);

impl Share {
    /// All records, in millionths.
    pub(super) const WHOLE: u64 = 1_000_000;

    /// The allowed values, for people.
    pub const EXPECTED: &str = "0, or a share of the records from 0.000001 to 1";

    /// Converts a fraction, rounded to the nearest millionth.
    ///
    /// # Errors
    /// If it is negative, above 1, not a number, or so small that it rounds to 0.
    pub fn new(share: f64) -> Result<Self, InvalidValue> {
        let millionths = (share * Self::WHOLE as f64).round();
        let is_share = (0.0..=1.0).contains(&share) && (millionths >= 1.0 || share == 0.0);
        is_share
            .then_some(Self(millionths as u32))
            .ok_or_else(|| InvalidValue::shown(share, Self::EXPECTED))
    }

    /// The share as a fraction.
    pub fn get(self) -> f64 {
        f64::from(self.0) / Self::WHOLE as f64
    }

    pub(super) const fn millionths(self) -> u64 {
        self.0 as u64
    }

    /// Maps a word to millionths.
    pub(super) const fn part(word: u64) -> u64 {
        ((word as u128 * Self::WHOLE as u128) >> 64) as u64
    }
}

/// Records that are delivered some time after their event time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Late {
    /// The share of records.
    pub share: Share,
    /// No record is later than this.
    pub bound: Span,
    /// The mean of exponential delays, which are cut at the bound; if absent, delays are evenly
    /// spread from 0 to the bound.
    pub mean: Option<Span>,
}

/// Records that are delivered a few places from their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nearby {
    /// The share of records.
    pub share: Share,
    /// At most this many records come in between.
    pub window: u32,
}

impl Nearby {
    /// The largest window.
    pub const MOST: u32 = 1_000_000_000;
}

/// Records with a damaged value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Corruption {
    /// The share of records.
    pub share: Share,
    /// The fields that may be damaged; all possible ones if empty.
    pub fields: Vec<String>,
    /// The ways of damaging them; all if empty.
    pub kinds: Vec<CorruptKind>,
}

/// Devices with a skewed clock: each by a constant amount, in all of its records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skew {
    /// The share of devices.
    pub share: Share,
    /// The maximum skew.
    pub bound: Span,
    /// The field that identifies the device.
    pub device: String,
}

/// Schema drift: records that have other fields, from a certain record of the timeline on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    /// The first such record.
    pub from: u64,
    /// Fields that are removed.
    pub remove: Vec<String>,
    /// Fields that are renamed, each with its new name.
    pub rename: Vec<(String, String)>,
    /// Fields whose values get another type.
    pub retype: Vec<String>,
    /// Fields that are added, each with its value as JSON.
    pub add: Vec<(String, String)>,
}

/// All imperfections of a run. By default there are none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imperfections {
    /// Records that are not delivered.
    pub missing: Share,
    /// Records that are late.
    pub late: Option<Late>,
    /// Records that are delivered after some that follow them.
    pub out_of_order: Option<Nearby>,
    /// Records that are delivered twice.
    pub duplicate: Option<Nearby>,
    /// Whether duplicates have another id the second time.
    pub new_ids: bool,
    /// Records with a damaged value.
    pub corrupt: Option<Corruption>,
    /// Devices with a skewed clock.
    pub clock_skew: Option<Skew>,
    /// Records with other fields.
    pub drift: Option<Drift>,
}

impl Imperfections {
    /// Whether there are no imperfections.
    pub fn is_none(&self) -> bool {
        let mut all = Fault::ALL.iter();
        self.drift.is_none() && all.all(|fault| self.share(*fault) == Share::default())
    }

    /// The share of records with a fault, or of devices with a skewed clock; 0 for drift.
    pub fn share(&self, fault: Fault) -> Share {
        let share = match fault {
            Fault::Missing => Some(self.missing),
            Fault::Late => self.late.map(|late| late.share),
            Fault::OutOfOrder => self.out_of_order.map(|nearby| nearby.share),
            Fault::Duplicate => self.duplicate.map(|nearby| nearby.share),
            Fault::Corrupt => self.corrupt.as_ref().map(|corrupt| corrupt.share),
            Fault::ClockSkew => self.clock_skew.as_ref().map(|skew| skew.share),
            Fault::Drift => None,
        };
        share.unwrap_or_default()
    }

    /// The sum of all shares, if it exceeds 1.
    pub(crate) fn surplus(&self) -> Option<f64> {
        let sum: u64 = Fault::SHARED
            .map(|fault| self.share(fault).millionths())
            .iter()
            .sum();
        (sum > Share::WHOLE).then_some(sum as f64 / Share::WHOLE as f64)
    }

    #[cfg(test)]
    pub(super) fn with_shares(shares: [Share; Fault::SHARED.len()]) -> Self {
        let [missing, late, out_of_order, duplicate, corrupt] = shares;
        let nearby = |share| Nearby { share, window: 50 };
        Self {
            missing,
            late: Some(Late {
                share: late,
                bound: Span::seconds(3.0).unwrap(),
                mean: Span::seconds(0.5).ok(),
            }),
            out_of_order: Some(nearby(out_of_order)),
            duplicate: Some(nearby(duplicate)),
            new_ids: false,
            corrupt: Some(Corruption {
                share: corrupt,
                fields: Vec::new(),
                kinds: Vec::new(),
            }),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_fraction_that_is_some_or_none() {
        for (fraction, millionths) in [(0.0, 0), (0.05, 50_000), (1.0, 1_000_000), (6e-7, 1)] {
            assert_eq!(Share::new(fraction).unwrap().millionths(), millionths);
        }
        for fraction in [-0.1, 1.000_001, f64::NAN, f64::INFINITY, 1e-9] {
            let told = Share::new(fraction).unwrap_err().to_string();
            assert!(told.contains("expected 0, or a share"), "{told}");
        }
    }
}
