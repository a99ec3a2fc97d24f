//! The current time.

use compute_domain::Timestamp;

/// The wall clock, for times that are stored or shown. Waiting times are measured with a monotonic
/// clock instead.
pub trait Clock: Send + Sync {
    /// The current time.
    fn now(&self) -> Timestamp;
}
