//! When the sender of a task gets its callback.

use std::time::Duration;

use crate::Timestamp;

/// How long after its end a task's callback is retried.
pub const CALLBACK_PERIOD: Duration = Duration::from_secs(24 * 60 * 60);

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The state of a task's callback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallbackState {
    /// The task has not ended.
    NotDue,
    /// The callback is to be delivered.
    Due {
        /// Number of failed attempts of this process.
        attempts: u32,
        /// Why the last attempt failed, for people.
        last_error: Option<String>,
    },
    /// The sender acknowledged it at that time.
    Delivered(Timestamp),
    /// There will be no more attempts.
    Abandoned {
        /// Since when.
        at: Timestamp,
        /// Why, for people.
        why: String,
    },
}

/// The back-off after this many failed attempts: a second, doubled each time, at most a minute.
/// That maximum is also how long a sender that is back may have to wait.
pub fn callback_pause(attempts: u32) -> Duration {
    let doublings = attempts.saturating_sub(1).min(16);
    (FIRST_PAUSE * (1 << doublings)).min(LONGEST_PAUSE)
}
