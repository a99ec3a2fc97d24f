//! The time.

use compute_domain::Timestamp;

/// Tells the time of day. The service asks it for what it keeps and shows; how long to wait is
/// measured otherwise.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
}
