//! Why a call to the outside failed.

/// What the caller can do about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortErrorKind {
    /// Trying again later may help: nobody answered, or the connection broke. Whether the last
    /// write was done is not known.
    Unreachable,
    /// Trying again does not help: something has to be changed first.
    Refused,
    /// Another process does this work now.
    TakenOver,
}

/// Why a call to the outside failed, in sentences for people: what was tried, what came back, what
/// to check. Never holds a password.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct PortError {
    /// What the caller can do.
    pub kind: PortErrorKind,
    /// For people.
    pub message: String,
}

impl PortError {
    /// Trying again later may help.
    pub fn unreachable(message: impl Into<String>) -> Self {
        Self {
            kind: PortErrorKind::Unreachable,
            message: message.into(),
        }
    }

    /// Something has to be changed first.
    pub fn refused(message: impl Into<String>) -> Self {
        Self {
            kind: PortErrorKind::Refused,
            message: message.into(),
        }
    }
}
