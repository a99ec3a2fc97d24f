use proptest::prelude::*;

use super::*;

mod changes;
mod limits;
pub(crate) mod shapes;

fn start() -> Timestamp {
    Timestamp::from_micros(1_767_225_600_000_000).unwrap()
}

#[test]
fn ten_thousand_a_second_is_a_record_every_hundred_microseconds() {
    let line = Timeline::new(start(), Rate::per_second(10_000.0).unwrap());
    assert_eq!(line.at(0), Some(start()));
    assert_eq!(line.at(10_001), Some(start().moved(1_000_100)));
}

#[test]
fn rates_outside_the_range_are_refused() {
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY, 100_000_000.1, 9.9e-7] {
        assert_eq!(Rate::per_second(bad), None, "{bad}");
    }
    let told = Level::new(-1.0).unwrap_err().to_string();
    assert_eq!(told, "-1; expected 0 to 100000000 records a second");
    assert_eq!(Rate::per_second(1e8), Some(Rate::FASTEST));
    assert_eq!(Rate::per_second(0.1).unwrap().get(), 0.1);
}

#[test]
fn records_before_a_moment_are_counted_up_to_it() {
    let within = |rate, seconds: i64| {
        let line = Timeline::new(start(), Rate::per_second(rate).unwrap());
        line.records_before(start().moved(seconds * 1_000_000))
    };
    assert_eq!(within(10_000.0, 3), 30_000);
    assert_eq!(within(0.1, 1), 1);
    assert_eq!(within(0.3, 10), 3);
    assert_eq!(within(1e8, 0), 0);
}

proptest! {
    #[test]
    fn the_cursor_agrees_with_at(index in 0..1u64 << 40, rate in 1e-6..1e8) {
        let line = Timeline::new(start(), Rate::per_second(rate).unwrap());
        let mut times = line.from(index);
        for i in index..(index + 50).min(line.capacity()) {
            prop_assert_eq!(Some(times.next()), line.at(i));
        }
    }

    #[test]
    fn capacity_is_the_first_index_without_a_time(rate in 1e-6..1e8) {
        let line = Timeline::new(start(), Rate::per_second(rate).unwrap());
        let end = line.capacity();
        prop_assert!(line.at(end - 1).is_some());
        prop_assert!(end == u64::MAX || line.at(end).is_none());
    }
}
