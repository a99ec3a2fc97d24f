//! What somebody who asked for a plan would not expect of it.

use std::fmt;

use super::{EmulationPlan, ExactlyOnce, Guarantee, Sink, Window};

/// Something that was asked for and means other than it seems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanNote {
    /// There are fewer records than were asked for.
    FewerRecords {
        /// As many were asked for.
        asked: u64,
        /// As many there are.
        end: u64,
    },
    /// Nothing happens in the part of the timeline that was asked for.
    NothingHappens,
    /// Exactly once was asked for where it holds anyway.
    AlwaysExactlyOnce(
        /// Where that is.
        Sink,
    ),
}

impl fmt::Display for PlanNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FewerRecords { asked, end } => write!(
                f,
                "the run has {end} records instead of the {asked} asked for: its population, its timeout or the calendar has no more"
            ),
            Self::NothingHappens => {
                f.write_str("the run has no records: nothing happens in this part of the timeline")
            }
            Self::AlwaysExactlyOnce(sink) => write!(
                f,
                "exactly-once holds for {sink} without being asked for: objects are stored whole, and repeating one replaces it by the same bytes"
            ),
        }
    }
}

impl EmulationPlan {
    /// What whoever asked for this should be told.
    pub fn notes(&self) -> Vec<PlanNote> {
        let end = self.records;
        let fewer = match self.count() {
            _ if end == 0 && self.spec.window != Window::default() => {
                Some(PlanNote::NothingHappens)
            }
            Some(asked) if asked > end => Some(PlanNote::FewerRecords { asked, end }),
            _ => None,
        };
        let by_replacement = self.sink().capabilities().exactly_once == ExactlyOnce::Replacement;
        let always = by_replacement && self.guarantee() == Guarantee::ExactlyOnce;
        let always = always.then(|| PlanNote::AlwaysExactlyOnce(self.sink()));
        fewer.into_iter().chain(always).collect()
    }
}
