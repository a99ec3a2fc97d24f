//! The extremes that shapes allow, and what is just beyond them.

use super::shapes::{burst, level, rate, span};
use super::*;

fn refused(shape: Shape) -> Option<String> {
    Traffic::new(shape, false)
        .err()
        .map(|error| error.to_string())
}

/// 24 or 7 weights, of which one is not 0.
fn single(count: usize) -> Vec<f64> {
    (0..count)
        .map(|place| f64::from(u8::from(place == 1)))
        .collect()
}

#[test]
fn shapes_have_limits() {
    let week = |mean, utc_offset| Shape::Week {
        mean: rate(mean),
        hours: single(24),
        days: single(7),
        utc_offset,
    };
    let bursts = |every| Shape::Bursts {
        rate: level(1.0),
        bursts: vec![burst(1.0, 5.0, 2.0)],
        every: Some(span(every)),
    };
    let sine = |mean, amplitude| Shape::Sine {
        mean: rate(mean),
        amplitude: level(amplitude),
        period: span(10.0),
    };
    let replay = |count, every| Shape::Replay {
        counts: vec![count],
        every: span(every),
        repeat: true,
    };
    // The busiest hour of such a week has 168 times the mean, and no more than 10^8 a second.
    for allowed in [
        week(595_238.0, 1080),
        week(1.0, -1080),
        bursts(3.0),
        sine(2e4, 2e4),
        sine(5e7, 5e7),
        replay(500_000_000, 10.0),
        replay(50_000_000, 0.5),
    ] {
        assert_eq!(refused(allowed), None);
    }
    for (shape, told) in [
        (
            week(595_239.0, 0),
            "no hour with more than 100000000 records a second",
        ),
        (
            week(1.0, 1081),
            "utc_offset 1081; expected -18:00 to +18:00",
        ),
        (
            week(1.0, -1081),
            "utc_offset -1081; expected -18:00 to +18:00",
        ),
        (
            bursts(2.9),
            "every 2.9; expected at least 3 seconds, the end of the last burst",
        ),
        (sine(2.0, 2.1), "amplitude 2.1; expected 0 to the mean, 2"),
        (sine(6e7, 5e7), "mean with amplitude"),
        (
            replay(1_000_000_001, 10.0),
            "expected 0 to 1000000000 records within 10 seconds",
        ),
        (
            replay(50_000_001, 0.5),
            "expected 0 to 50000000 records within 0.5 seconds",
        ),
    ] {
        let error = refused(shape).unwrap();
        assert!(error.contains(told), "{error}");
    }
}
