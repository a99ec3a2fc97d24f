//! The system clock, as every context's clock port.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The system clock. A time outside a context's range is clamped to it.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

fn since_1970() -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap_or_default()
}

impl emulator_ports::Clock for SystemClock {
    fn now(&self) -> emulator_domain::Timestamp {
        let micros = i64::try_from(since_1970().as_micros()).unwrap_or(i64::MAX);
        emulator_domain::Timestamp::EARLIEST.moved(micros)
    }
}

impl compute_ports::Clock for SystemClock {
    fn now(&self) -> compute_domain::Timestamp {
        let millis = u64::try_from(since_1970().as_millis()).unwrap_or(u64::MAX);
        compute_domain::Timestamp::from_millis(millis)
    }
}

#[cfg(test)]
mod tests {
    use emulator_ports::contract::clock::keeps_its_contract;

    use super::*;

    #[test]
    fn it_keeps_the_contract_and_tells_all_contexts_the_same_time() {
        keeps_its_contract(&SystemClock);
        let emulator = emulator_ports::Clock::now(&SystemClock).micros() / 1000;
        let compute = compute_ports::Clock::now(&SystemClock).millis();
        assert!(compute.abs_diff(emulator.unsigned_abs()) < 60_000);
    }
}
