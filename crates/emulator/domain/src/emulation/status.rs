//! Where a run and its workers are in their lives.

use crate::invalid::text_by_name;

/// What can be said of a whole run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GlobalStatus {
    /// Waiting or running.
    Processing,
    /// Somebody holds it until it is resumed.
    Paused,
    /// Every record of the plan was acknowledged.
    Completed,
    /// It ended otherwise; the error says why.
    Failed,
    /// Somebody stopped it.
    Cancelled,
}

impl GlobalStatus {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Processing,
        Self::Paused,
        Self::Completed,
        Self::Failed,
        Self::Cancelled,
    ];

    /// As the status answer names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Processing => "processing",
            Self::Paused => "paused",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What can be said of one worker: a share of a run that is generated beside the others. An error
/// is never taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WorkerState {
    /// It has not begun.
    Waiting,
    /// It generates, or waits for room to do so.
    Started,
    /// It has nothing left to do.
    Finished,
    /// It stopped before its work was done.
    Error,
}

impl WorkerState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Started, Self::Finished, Self::Error];

    /// As the status answer names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Started => "started",
            Self::Finished => "finished",
            Self::Error => "error",
        }
    }

    /// Its state at the end of a run that ended like this.
    pub(super) const fn ended(self, how: GlobalStatus) -> Self {
        match (self, how) {
            (Self::Error, _) => Self::Error,
            (Self::Waiting | Self::Started, GlobalStatus::Failed) => Self::Error,
            (ended, GlobalStatus::Processing | GlobalStatus::Paused) => ended,
            _ => Self::Finished,
        }
    }
}

text_by_name!(GlobalStatus, WorkerState);
