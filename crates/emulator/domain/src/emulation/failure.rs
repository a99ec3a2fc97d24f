//! Why a run failed, and what can be done about it.

use std::fmt;

/// The kind of a failure: what the user can do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// Something is missing: a topic, a bucket, a directory.
    NotFound,
    /// The user is authenticated but not authorised.
    Forbidden,
    /// The credentials are wrong or missing.
    Unauthenticated,
    /// There is no response; a retry may succeed later.
    Unreachable,
    /// The destination refuses: a limit, a name, a setting.
    Refused,
    /// There is no room left.
    Full,
    /// The reader at the other end of a pipe is gone.
    Closed,
    /// The connection broke; what was sent may or may not be stored.
    Interrupted,
    /// Not a failure of the destination, but of the emulator's threads, memory or state.
    Internal,
}

impl FailureKind {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::NotFound,
        Self::Forbidden,
        Self::Unauthenticated,
        Self::Unreachable,
        Self::Refused,
        Self::Full,
        Self::Closed,
        Self::Interrupted,
        Self::Internal,
    ];

    /// The name used in stored states and responses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::Forbidden => "forbidden",
            Self::Unauthenticated => "unauthenticated",
            Self::Unreachable => "unreachable",
            Self::Refused => "refused",
            Self::Full => "full",
            Self::Closed => "closed",
            Self::Interrupted => "interrupted",
            Self::Internal => "internal",
        }
    }

    /// Whether the same run may succeed later although nothing was changed.
    pub const fn is_transient(self) -> bool {
        matches!(self, Self::Unreachable | Self::Interrupted)
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Why a run failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RunFailure {
    /// What can be done about it.
    pub kind: FailureKind,
    /// For people: what was tried, what went wrong, what to check.
    pub message: String,
}

impl RunFailure {
    /// A failure with a message for the user.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    /// A failure of the emulator itself.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Internal, message)
    }
}
