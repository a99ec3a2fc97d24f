//! Errors of calls to the outside.

/// What the caller can do about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortErrorKind {
    /// A retry may help: no answer, or a lost connection. The outcome of the last write is unknown.
    Unreachable,
    /// A retry does not help: something has to be changed first.
    Refused,
    /// Another process does this work now.
    TakenOver,
}

/// Why a call to the outside failed, in sentences for people: what was attempted, what came back,
/// what to check. Never contains a password.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct PortError {
    /// What the caller can do about it.
    pub kind: PortErrorKind,
    /// For people.
    pub message: String,
}

impl PortError {
    /// A failure after which a retry may help.
    pub fn unreachable(message: impl Into<String>) -> Self {
        Self {
            kind: PortErrorKind::Unreachable,
            message: message.into(),
        }
    }

    /// A failure that requires a change first.
    pub fn refused(message: impl Into<String>) -> Self {
        Self {
            kind: PortErrorKind::Refused,
            message: message.into(),
        }
    }
}
