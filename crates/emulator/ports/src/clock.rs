//! The clock.

use emulator_domain::Timestamp;

/// The time of the outside world. Called by the application; tests may stop it.
pub trait Clock: Send + Sync {
    /// The current time in UTC. It may step back when the system clock is set.
    fn now(&self) -> Timestamp;
}
