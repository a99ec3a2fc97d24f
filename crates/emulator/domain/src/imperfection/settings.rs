//! What is to be wrong, and how often.

use super::CorruptKind;
use super::Fault;
use crate::InvalidValue;
use crate::timeline::Span;

/// A share of the records, in millionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(u32);

impl Share {
    /// All of them, in millionths.
    pub(super) const WHOLE: u64 = 1_000_000;

    /// What is allowed, for people.
    pub const EXPECTED: &str = "0, or a share of the records from 0.000001 to 1";

    /// From a fraction, to the nearest millionth.
    ///
    /// # Errors
    /// If it is negative, above 1, not a number, or so small that it would be none.
    pub fn new(share: f64) -> Result<Self, InvalidValue> {
        let millionths = (share * Self::WHOLE as f64).round();
        let is_share = (0.0..=1.0).contains(&share) && (millionths >= 1.0 || share == 0.0);
        is_share
            .then_some(Self(millionths as u32))
            .ok_or_else(|| InvalidValue::shown(share, Self::EXPECTED))
    }

    /// As a fraction.
    pub fn get(self) -> f64 {
        f64::from(self.0) / Self::WHOLE as f64
    }

    pub(super) const fn millionths(self) -> u64 {
        self.0 as u64
    }

    /// Where a word stands among all, in millionths.
    pub(super) const fn part(word: u64) -> u64 {
        ((word as u128 * Self::WHOLE as u128) >> 64) as u64
    }
}

/// Records that are delivered some time after they happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Late {
    /// How many.
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
    /// How many.
    pub share: Share,
    /// So many records come in between, at most.
    pub window: u32,
}

impl Nearby {
    /// The largest window.
    pub const MOST: u32 = 1_000_000_000;
}

/// Records with a damaged value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Corruption {
    /// How many.
    pub share: Share,
    /// The fields that it may befall; all that can be if empty.
    pub fields: Vec<String>,
    /// What may befall them; anything if empty.
    pub kinds: Vec<CorruptKind>,
}

/// Devices whose clock is wrong, each by as much as it always is, in all of their records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skew {
    /// How many of the devices.
    pub share: Share,
    /// No clock is wrong by more than this.
    pub bound: Span,
    /// The field that says whose clock it is.
    pub device: String,
}

/// Records that have other fields from one of the timeline on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    /// The first.
    pub from: u64,
    /// Fields that are there no more.
    pub remove: Vec<String>,
    /// Fields with another name, each with that name.
    pub rename: Vec<(String, String)>,
    /// Fields whose values are of another type.
    pub retype: Vec<String>,
    /// Fields that were not there before, each with its value as JSON.
    pub add: Vec<(String, String)>,
}

/// All that is to be wrong with a run. By default nothing is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imperfections {
    /// Records that are not delivered.
    pub missing: Share,
    /// Records that are late.
    pub late: Option<Late>,
    /// Records behind some that come after them.
    pub out_of_order: Option<Nearby>,
    /// Records that come twice.
    pub duplicate: Option<Nearby>,
    /// Whether these have another id the second time.
    pub new_ids: bool,
    /// Records with a damaged value.
    pub corrupt: Option<Corruption>,
    /// Devices whose clock is wrong.
    pub clock_skew: Option<Skew>,
    /// Records with other fields.
    pub drift: Option<Drift>,
}

impl Imperfections {
    /// Whether nothing is wrong.
    pub fn is_none(&self) -> bool {
        let mut all = Fault::ALL.iter();
        self.drift.is_none() && all.all(|fault| self.share(*fault) == Share::default())
    }

    /// How many records have a fault, or devices a wrong clock; that of drift is none.
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

    /// The sum of all shares, if it is more than there are records.
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
