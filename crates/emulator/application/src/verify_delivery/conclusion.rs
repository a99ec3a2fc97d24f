//! What a verification comes to.

use emulator_domain::emulation::GlobalStatus;
use emulator_domain::verification::VerificationReport;

use super::Delivered;

/// What can be said of a run whose destination was read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conclusion {
    /// The run was completed, and all of it is there, once, unchanged and in order.
    Complete,
    /// The run failed or was cancelled: what it delivered is without fault, and not all that was
    /// planned.
    Incomplete,
    /// Something that was acknowledged is missing, or something is there that should not be.
    Faulty,
}

impl Conclusion {
    /// As reports name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Incomplete => "incomplete",
            Self::Faulty => "faulty",
        }
    }
}

impl Delivered {
    /// How many records should be there: those that a completed run made, else those that it was to
    /// make, as far as its plan decides that.
    pub fn expected(&self) -> u64 {
        match self.status {
            GlobalStatus::Completed => self.generated,
            _ => self.plan.planned().unwrap_or(0).max(self.generated),
        }
    }

    /// What the report says of the run.
    pub fn conclusion(&self, report: &VerificationReport) -> Conclusion {
        let is_whole = self.status == GlobalStatus::Completed
            && self.acknowledged == self.generated
            && report.totals.missing == 0;
        match (report.is_sound(), is_whole) {
            (false, _) => Conclusion::Faulty,
            (true, false) => Conclusion::Incomplete,
            (true, true) => Conclusion::Complete,
        }
    }
}
