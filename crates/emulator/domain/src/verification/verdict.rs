//! The verdict on a single record.

use std::ops::Range;

use crate::record::Envelope;

/// The verdict on a record that was read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The record of that index, byte for byte.
    Intact(u64),
    /// It has the id of the record of that index, but differs from it.
    Corrupt(u64),
    /// No record of the plan has its id, or it has no readable id.
    Foreign,
    /// It belongs to another emulation: its envelope says so, or it is from another part of the
    /// timeline.
    OtherEmulation,
}

impl Verdict {
    /// The verdict for the emulation that has this `part` of the timeline, counted from its start.
    ///
    /// Records in an envelope name their emulation, so one that names this emulation cannot lie
    /// outside.
    #[must_use]
    pub fn in_part(self, part: &Range<u64>, envelope: Envelope) -> Self {
        let (index, verdict): (_, fn(u64) -> Self) = match self {
            Self::Intact(index) => (index, Self::Intact),
            Self::Corrupt(index) => (index, Self::Corrupt),
            Self::Foreign | Self::OtherEmulation => return self,
        };
        match envelope {
            Envelope::None if !part.contains(&index) => Self::OtherEmulation,
            _ => index.checked_sub(part.start).map_or(Self::Foreign, verdict),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Verdict::{self, Corrupt, Foreign, Intact, OtherEmulation};
    use crate::record::Envelope;

    #[test]
    fn records_of_other_parts_are_told_from_those_that_no_emulation_has() {
        let cases: [(Verdict, Verdict, Verdict); 9] = [
            // Of the timeline, without an envelope, in one.
            (Intact(9), OtherEmulation, Foreign),
            (Corrupt(9), OtherEmulation, Foreign),
            (Intact(10), Intact(0), Intact(0)),
            (Corrupt(14), Corrupt(4), Corrupt(4)),
            // The run has no such record, which whoever counts them sees.
            (Intact(15), OtherEmulation, Intact(5)),
            (Corrupt(u64::MAX), OtherEmulation, Corrupt(u64::MAX - 10)),
            (Foreign, Foreign, Foreign),
            (OtherEmulation, OtherEmulation, OtherEmulation),
            (Intact(0), OtherEmulation, Foreign),
        ];
        for (verdict, alone, wrapped) in cases {
            assert_eq!(verdict.in_part(&(10..15), Envelope::None), alone);
            assert_eq!(verdict.in_part(&(10..15), Envelope::Emulation), wrapped);
        }
    }
}
