//! Which records have which fault.

use super::picks::Picks;
use super::settings::{Imperfections, Share};
use crate::Seed;
use crate::invalid::text_by_name;
use crate::seed::{Purpose, mix};

/// What is wrong with the delivery of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// It is not delivered.
    Missing,
    /// It is delivered some time after it happened.
    Late,
    /// It is delivered behind some records that come after it.
    OutOfOrder,
    /// It is delivered twice.
    Duplicate,
    /// One of its values is damaged.
    Corrupt,
    /// Its times come from its device's clock, which is constantly skewed.
    ClockSkew,
    /// It has other fields than those before it.
    Drift,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Missing,
        Self::Late,
        Self::OutOfOrder,
        Self::Duplicate,
        Self::Corrupt,
        Self::ClockSkew,
        Self::Drift,
    ];

    /// The faults of which a record has at most one, each with its share of the records. The others
    /// are independent of these: drift begins with a certain record, and skewed clocks belong to
    /// certain devices.
    pub(crate) const SHARED: [Self; 5] = [
        Self::Missing,
        Self::Late,
        Self::OutOfOrder,
        Self::Duplicate,
        Self::Corrupt,
    ];

    /// The name used in settings and in the truth.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Late => "late",
            Self::OutOfOrder => "out_of_order",
            Self::Duplicate => "duplicate",
            Self::Corrupt => "corrupt",
            Self::ClockSkew => "clock_skew",
            Self::Drift => "drift",
        }
    }

    /// Whether the record is not delivered in its own place.
    pub const fn leaves_its_place(self) -> bool {
        matches!(self, Self::Missing | Self::Late | Self::OutOfOrder)
    }
}

text_by_name!(Fault);

/// The records with a fault. Each kind of fault chooses among the records that the kinds before it
/// have left, so that no record is chosen twice and all can still be counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Faults([Picks; Fault::SHARED.len()]);

impl Faults {
    pub(super) fn new(settings: &Imperfections, seed: Seed) -> Self {
        let key = seed.key(Purpose::Imperfections);
        let mut left = Share::WHOLE;
        Self(Fault::SHARED.map(|fault| {
            let share = settings.share(fault).millionths();
            let picks = Picks::new(share, left.max(1), key ^ mix(fault as u64 + 1));
            left -= share;
            picks
        }))
    }

    /// How many records before this one have the fault.
    pub(super) fn before(&self, fault: Fault, index: u64) -> u64 {
        let (others, own) = self.split(fault);
        let among = others
            .iter()
            .fold(index, |place, other| other.rest_before(place));
        own.before(among)
    }

    /// The record of that number among those with the fault.
    pub(super) fn at(&self, fault: Fault, number: u64) -> u64 {
        let (others, own) = self.split(fault);
        let among = own.at(number);
        others
            .iter()
            .rev()
            .fold(among, |place, other| other.rest_at(place))
    }

    /// The fault of a record, and its number among the records with the same fault.
    pub(super) fn of(&self, index: u64) -> Option<(Fault, u64)> {
        let mut place = index;
        for (fault, picks) in Fault::SHARED.into_iter().zip(&self.0) {
            if let Some(number) = picks.number(place) {
                return Some((fault, number));
            }
            place = picks.rest_before(place);
        }
        None
    }

    /// The first record from this one on that has a fault.
    pub(super) fn next(&self, index: u64) -> u64 {
        let some = (Fault::SHARED.into_iter().zip(&self.0)).filter(|(_, picks)| picks.is_some());
        let next = some.map(|(fault, _)| self.at(fault, self.before(fault, index)));
        next.min().unwrap_or(u64::MAX)
    }

    fn split(&self, fault: Fault) -> (&[Picks], &Picks) {
        let position = fault as usize;
        (&self.0[..position], &self.0[position])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_record_has_one_fault_at_most_and_is_found_by_its_number(
            shares in prop::array::uniform5(0..=190_000u32), seed: u64, from in 0..1u64 << 50,
        ) {
            let share = |position: usize| Share::new(f64::from(shares[position]) / 1e6).unwrap();
            let settings = Imperfections::with_shares(std::array::from_fn(share));
            let faults = Faults::new(&settings, Seed::new(seed));
            let mut counts = Fault::SHARED.map(|fault| faults.before(fault, from));
            for index in from..from + 2000 {
                let found = faults.of(index);
                prop_assert_eq!(found.is_some(), faults.next(index) == index);
                if let Some((fault, number)) = found {
                    prop_assert_eq!(number, counts[fault as usize]);
                    prop_assert_eq!(faults.at(fault, number), index);
                    counts[fault as usize] += 1;
                }
            }
            for (fault, count) in Fault::SHARED.into_iter().zip(counts) {
                prop_assert_eq!(faults.before(fault, from + 2000), count);
                let found = (count - faults.before(fault, from)) as f64;
                let ideal = 2000.0 * f64::from(shares[fault as usize]) / 1e6;
                // Those of later kinds lie among what the kinds before leave, give or take one each.
                prop_assert!((found - ideal).abs() <= 6.0, "{}: {} of {}", fault, found, ideal);
            }
        }
    }
}
