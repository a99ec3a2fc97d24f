//! What time it is.

use emulator_domain::Timestamp;

/// The time of the outer world. Called by the application; a test may hold it still.
pub trait Clock: Send + Sync {
    /// Now, in UTC. May step back when the machine's clock is set.
    fn now(&self) -> Timestamp;
}
