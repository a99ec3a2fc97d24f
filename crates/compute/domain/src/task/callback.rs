//! When the sender of a task is told of its end.

use std::time::Duration;

use crate::Timestamp;

/// For how long after its end the sender of a task is told, if it does not answer.
pub const CALLBACK_PERIOD: Duration = Duration::from_secs(24 * 60 * 60);

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Whether the sender of a task knows of its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallbackState {
    /// The task has not ended.
    NotDue,
    /// The sender is to be told.
    Due {
        /// How often it was tried in vain by this process.
        attempts: u32,
        /// Why the last attempt failed, for people.
        last_error: Option<String>,
    },
    /// The sender has answered, at that time.
    Delivered(Timestamp),
    /// It is not tried again.
    Abandoned {
        /// Since when.
        at: Timestamp,
        /// Why, for people.
        why: String,
    },
}

/// How long to wait after so many failed attempts: a second, then twice as long each time, a minute
/// at most. So long a sender may have to wait who is back.
pub fn callback_pause(attempts: u32) -> Duration {
    let doublings = attempts.saturating_sub(1).min(16);
    (FIRST_PAUSE * (1 << doublings)).min(LONGEST_PAUSE)
}
