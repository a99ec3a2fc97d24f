//! Where a task is on its way.

use std::fmt;

/// Where a task is on its way, in the words of the protocol. A service has these of them; an engine
/// has others for tasks that it holds itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TaskStatus {
    /// Accepted; it waits for its turn.
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
    /// All of them.
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

    /// Whether a task stays in it for ever.
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
