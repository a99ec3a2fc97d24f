//! What every clock does.

use emulator_domain::Timestamp;

use crate::Clock;

/// Whether `clock` keeps the contract of [`Clock`], as far as that can be seen without waiting.
///
/// # Panics
/// With the sentence that does not hold.
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
