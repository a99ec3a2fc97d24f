//! A clock for tests.

use std::sync::atomic::{AtomicI64, Ordering};

use emulator_domain::Timestamp;
use emulator_ports::Clock;

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct HeldClock(AtomicI64);

impl HeldClock {
    /// A clock that shows `now`.
    pub const fn new(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.micros()))
    }

    /// Sets the time to `now`.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.micros(), Ordering::SeqCst);
    }

    /// Moves the time by `micros` microseconds, back if negative.
    pub fn advance(&self, micros: i64) {
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for HeldClock {
    fn now(&self) -> Timestamp {
        Timestamp::EARLIEST.moved(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use emulator_ports::contract::clock::keeps_its_contract;

    use super::*;

    #[test]
    fn a_held_clock_moves_when_told() {
        let start = Timestamp::from_micros(1_767_225_600_000_000).unwrap();
        let clock = HeldClock::new(start);
        assert_eq!(clock.now(), start);
        clock.advance(1_500_000);
        assert_eq!(clock.now(), start.moved(1_500_000));
        clock.set(start);
        assert_eq!(clock.now(), start);
    }

    #[test]
    fn it_keeps_the_contract() {
        let start = Timestamp::from_micros(1_767_225_600_000_000).unwrap();
        keeps_its_contract(&HeldClock::new(start));
    }
}
