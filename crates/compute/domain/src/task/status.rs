//! The status of a task.

use std::fmt;

/// The status of a task, in the protocol's terms. A service uses these; an engine has further ones
/// for tasks that it holds itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TaskStatus {
    /// Accepted and waiting in the queue.
    Pending,
    /// Its inputs are being read.
    Fetching,
    /// The processor works on it.
    Processing,
    /// Its outputs are being stored.
    Saving,
    /// All outputs are stored.
    Finished,
    /// It failed.
    Error,
}

impl TaskStatus {
    /// All values.
    pub const ALL: [Self; 6] = [
        Self::Pending,
        Self::Fetching,
        Self::Processing,
        Self::Saving,
        Self::Finished,
        Self::Error,
    ];

    /// Its name in the protocol.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Fetching => "fetching",
            Self::Processing => "processing",
            Self::Saving => "saving",
            Self::Finished => "finished",
            Self::Error => "error",
        }
    }

    /// The status of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Whether the status is final.
    pub const fn is_end(self) -> bool {
        matches!(self, Self::Finished | Self::Error)
    }

    /// Whether a task may go from this to `next`.
    pub(super) fn leads_to(self, next: Self) -> bool {
        match next {
            Self::Error => !self.is_end(),
            Self::Pending => false,
            Self::Fetching => self == Self::Pending,
            Self::Processing => self == Self::Fetching,
            Self::Saving => self == Self::Processing,
            Self::Finished => self == Self::Saving,
        }
    }
}

impl fmt::Display for TaskStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
