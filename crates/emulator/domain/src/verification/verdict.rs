//! What a single record is.

use std::ops::Range;

use crate::record::Envelope;

/// What a record that was read back turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The record of that index, byte for byte.
    Intact(u64),
    /// It has the id of the record of that index, and is not it.
    Corrupt(u64),
    /// No record of the plan has its id, or it has none that can be read.
    Foreign,
    /// It belongs to another emulation: it says so, or it is of another part of the timeline.
    OtherEmulation,
}

impl Verdict {
    /// What a record of the timeline is to the emulation of this `part` of it, counted from there.
    ///
    /// Records in an envelope name their emulation, so that of its own none may lie outside.
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
