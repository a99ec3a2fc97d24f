//! The conclusion of a verification.

use emulator_domain::emulation::GlobalStatus;
use emulator_domain::verification::VerificationReport;

use super::Delivered;

/// The verdict on a run whose destination was read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conclusion {
    /// The run was completed, and all its records are there, once, unchanged and in order.
    Complete,
    /// The run failed or was cancelled: what it delivered is without fault, but is not all that was
    /// planned.
    Incomplete,
    /// An acknowledged record is missing, or there is something that should not be there.
    Faulty,
}

impl Conclusion {
    /// The name used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Incomplete => "incomplete",
            Self::Faulty => "faulty",
        }
    }
}

impl Delivered {
    /// How many records should be there: those that a completed run made; otherwise those that it
    /// was to make, as far as the plan determines their number.
    pub fn expected(&self) -> u64 {
        match self.status {
            GlobalStatus::Completed => self.generated,
            _ => self.plan.planned().unwrap_or(0).max(self.generated),
        }
    }

    /// The conclusion that follows from the report.
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
