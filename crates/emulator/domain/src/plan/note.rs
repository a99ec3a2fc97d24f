//! Consequences of a plan that may surprise the user.

use std::fmt;

use super::{EmulationPlan, ExactlyOnce, Guarantee, Sink, Window};

/// Something in a request that does not mean what it seems to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanNote {
    /// There are fewer records than requested.
    FewerRecords {
        /// How many were requested.
        asked: u64,
        /// How many there are.
        end: u64,
    },
    /// The requested part of the timeline has no records.
    NothingHappens,
    /// Exactly-once was requested where it holds anyway.
    AlwaysExactlyOnce(
        /// The sink.
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
    /// What the user should know about this plan.
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
