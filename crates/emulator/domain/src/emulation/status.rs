//! The status of a run and of its workers.

use crate::invalid::text_by_name;

/// The status of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GlobalStatus {
    /// Waiting or running.
    Processing,
    /// Paused until it is resumed.
    Paused,
    /// Every record of the plan was acknowledged.
    Completed,
    /// It could not be completed; the error says why.
    Failed,
    /// It was cancelled.
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

    /// The name used in the status response.
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

/// The state of one worker: a share of a run that is generated in parallel with the others. An
/// error is final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WorkerState {
    /// It has not started.
    Waiting,
    /// It generates, or waits for a free batch.
    Started,
    /// It has nothing left to do.
    Finished,
    /// It stopped before its work was done.
    Error,
}

impl WorkerState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Started, Self::Finished, Self::Error];

    /// The name used in the status response.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Started => "started",
            Self::Finished => "finished",
            Self::Error => "error",
        }
    }

    /// Its state after a run that ended with status `how`.
    pub(super) const fn ended(self, how: GlobalStatus) -> Self {
        match (self, how) {
            (Self::Error, _) => Self::Error,
            (Self::Waiting | Self::Started, GlobalStatus::Failed) => Self::Error,
            _ => Self::Finished,
        }
    }
}

text_by_name!(GlobalStatus, WorkerState);
