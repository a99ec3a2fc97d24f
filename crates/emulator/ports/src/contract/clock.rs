//! The contract of [`Clock`].

use emulator_domain::Timestamp;

use crate::Clock;

/// Checks that `clock` keeps the contract of [`Clock`], as far as that shows without waiting.
///
/// # Panics
/// With the sentence of the contract that does not hold.
pub fn keeps_its_contract(clock: &dyn Clock) {
    let mut before = clock.now();
    for _ in 0..10_000 {
        let now = clock.now();
        assert!(now >= before, "a clock that nobody sets does not step back");
        before = now;
    }
    assert!(
        before > Timestamp::EARLIEST && before < Timestamp::LATEST,
        "a clock's time lies within the calendar"
    );
    let from_afar = std::thread::scope(|scope| scope.spawn(|| clock.now()).join());
    let from_afar = from_afar.expect("a clock can be read on any thread");
    assert!(from_afar >= before, "a clock is the same on every thread");
}
