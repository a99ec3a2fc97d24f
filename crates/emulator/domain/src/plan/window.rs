//! The part of the timeline that a run covers.

use super::{PlanError, PlanField};
use crate::{InvalidValue, Timestamp};

/// A part of the one timeline: from a certain record on, or all that happens between two moments.
///
/// Consecutive parts have together exactly the records of the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// The first record, counted from the start of the timeline; 0 if `from_time` is given.
    pub first_index: u64,
    /// Only records that happen at this moment or after it.
    pub from_time: Option<Timestamp>,
    /// Only records that happen before this moment.
    pub to_time: Option<Timestamp>,
}

impl Window {
    /// What is incompatible with a timeline that begins at `start`.
    pub(super) fn conflicts(self, start: Timestamp) -> Vec<PlanError> {
        let mut errors = Vec::new();
        let mut wrong = |field, got: Timestamp, expected: String| {
            errors.push(PlanError::new(field, InvalidValue::shown(got, expected)));
        };
        if let Some(from) = self.from_time {
            if self.first_index > 0 {
                let expected = format!("null beside first_index {}", self.first_index);
                wrong(PlanField::FromTime, from, expected);
            } else if from < start {
                let expected = format!("start_time, {start}, or later: the timeline begins there");
                wrong(PlanField::FromTime, from, expected);
            }
        }
        let (field, begin) = match self.from_time {
            Some(from) => ("from_time", from),
            None => ("start_time", start),
        };
        if let Some(to) = self.to_time.filter(|to| *to <= begin) {
            wrong(
                PlanField::ToTime,
                to,
                format!("later than {field}, {begin}"),
            );
        }
        errors
    }

    /// The error that the window begins after all records of the timeline, `first` in number.
    pub(super) fn after_all_records(self, first: u64) -> PlanError {
        let expected = "a window that begins before the end of the timeline: neither rate nor \
                        population has a record there or later";
        let (field, got) = match self.from_time {
            Some(from) => (PlanField::FromTime, from.to_string()),
            None => (PlanField::FirstIndex, first.to_string()),
        };
        PlanError::new(field, InvalidValue::shown(got, expected))
    }
}
