//! Each shape against what its description says, by formulas that know nothing of curves.

use super::*;

const SECOND: i64 = 1_000_000;

pub(super) fn level(rate: f64) -> Level {
    Level::new(rate).unwrap()
}

pub(super) fn span(seconds: f64) -> Span {
    Span::seconds(seconds).unwrap()
}

pub(super) fn step(rate: f64, seconds: f64) -> Step {
    Step {
        rate: level(rate),
        lasting: span(seconds),
    }
}

pub(super) fn rate(rate: f64) -> Rate {
    Rate::new(rate).unwrap()
}

pub(super) fn burst(at: f64, rate: f64, seconds: f64) -> Burst {
    Burst {
        at: span(at),
        step: step(rate, seconds),
    }
}

/// A shape of each kind.
pub(crate) fn all() -> Vec<Shape> {
    vec![
        Shape::Constant(rate(12.5)),
        Shape::Steps {
            steps: vec![step(0.0, 2.0), step(100.0, 3.0), step(7.0, 1.5)],
            repeat: true,
        },
        Shape::Steps {
            steps: vec![step(10.0, 1.0), step(20.0, 1.0)],
            repeat: false,
        },
        Shape::Ramp {
            from: level(0.0),
            to: level(50.0),
            over: span(60.0),
        },
        Shape::Week {
            mean: rate(3.0),
            hours: (0..24).map(|hour| f64::from(hour % 12)).collect(),
            days: vec![1.0, 1.0, 1.0, 1.0, 1.5, 0.5, 0.0],
            utc_offset: 120,
        },
        Shape::Bursts {
            rate: level(2.0),
            bursts: vec![burst(1.0, 500.0, 0.5), burst(4.0, 0.0, 2.0)],
            every: Some(span(10.0)),
        },
        Shape::Sine {
            mean: rate(40.0),
            amplitude: level(40.0),
            period: span(20.0),
        },
        Shape::Replay {
            counts: vec![7, 0, 13, 1],
            every: span(0.7),
            repeat: true,
        },
    ]
}

fn timeline(shape: Shape, poisson: bool) -> Timeline {
    let traffic = Traffic::new(shape, poisson).unwrap();
    Timeline::of(start(), &traffic, Seed::new(7)).unwrap()
}

/// Counts of records in windows that begin at these seconds.
fn counts(line: &Timeline, bounds: &[f64]) -> Vec<u64> {
    let before = |seconds: &f64| line.records_before(start().moved((seconds * 1e6) as i64));
    let before: Vec<u64> = bounds.iter().map(before).collect();
    before.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

#[test]
fn any_record_is_found_alone_in_order_and_by_its_time() {
    for shape in all() {
        for poisson in [false, true] {
            let line = timeline(shape.clone(), poisson);
            for from in [0, 1, 999, 123_456_789] {
                let mut times = line.from(from);
                let mut last = None;
                for index in from..from + 3_000 {
                    let at = line.at(index);
                    assert_eq!(at, Some(times.next()), "{shape:?} {poisson} {index}");
                    assert!(last <= at, "{shape:?} {poisson} {index}");
                    last = at;
                }
                // Exactly those before a moment have a time before it.
                for index in [from + 17, from + 2_999] {
                    let at = line.at(index).unwrap();
                    let before = line.records_before(at);
                    assert!(before <= index && index < line.records_before(at.moved(1)));
                    assert!(before == 0 || line.at(before - 1).unwrap() < at);
                }
            }
        }
    }
}

#[test]
fn each_shape_has_as_many_records_as_it_says() {
    let of =
        |number: usize, bounds: &[f64]| counts(&timeline(all()[number].clone(), false), bounds);
    assert_eq!(of(0, &[0.0, 8.0, 16.0]), [100, 100]);
    // 0, 300 and 10.5 records in 6.5 seconds, again and again.
    assert_eq!(of(1, &[0.0, 2.0, 5.0, 6.5, 13.0]), [0, 300, 11, 310]);
    assert_eq!(of(2, &[0.0, 1.0, 2.0, 3.0, 103.0]), [10, 20, 20, 2000]);
    // The integral of 50 t / 60 is 25 t^2 / 60.
    assert_eq!(of(3, &[0.0, 6.0, 30.0, 60.0, 70.0]), [15, 360, 1125, 500]);
    assert_eq!(
        of(5, &[0.0, 1.0, 1.5, 4.0, 6.0, 10.0, 11.0]),
        [2, 250, 5, 0, 8, 2]
    );
    // The integral of 40 + 40 sin(2 pi t / 20) over the rising half is 400 + 800 / pi.
    let halves = of(6, &[0.0, 10.0, 20.0]);
    assert!(
        halves[0].abs_diff(655) <= 1 && halves[0] + halves[1] == 800,
        "{halves:?}"
    );
    assert_eq!(of(7, &[0.0, 0.7, 1.4, 2.1, 2.8, 3.5]), [7, 0, 13, 1, 7]);
}

/// 2026-01-01 is a Thursday; two hours east of Greenwich it begins at 22:00 UTC the day before.
#[test]
fn a_week_follows_the_calendar_of_its_zone() {
    let line = timeline(all()[4].clone(), false);
    let hour = |hours: i64| {
        let at = start().moved((hours - 2) * 3_600 * SECOND);
        line.records_before(at.moved(3_600 * SECOND)) - line.records_before(at)
    };
    // Shares of hours have the mean 5.5, those of days 6 / 7.
    let expected = |hour: f64, day: f64| 3.0 * 3_600.0 * hour / 5.5 * day / (6.0 / 7.0);
    for (at, share, day) in [
        (3, 3.0, 1.0),
        (12, 0.0, 1.0),
        (23, 11.0, 1.0),
        (24 + 5, 5.0, 1.5),
        (48 + 5, 5.0, 0.5),
        (72 + 5, 5.0, 0.0),
        (168 + 5, 5.0, 1.0),
    ] {
        let got = hour(at);
        assert!(
            (got as f64 - expected(share, day)).abs() <= 1.0,
            "hour {at}: {got}"
        );
    }
    let week = line.records_before(start().moved(168 * 3_600 * SECOND));
    assert!(week.abs_diff(3 * 604_800) <= 1, "{week}");
}

#[test]
fn counts_that_do_not_come_again_end() {
    let shape = Shape::Replay {
        counts: vec![3, 2],
        every: span(1.0),
        repeat: false,
    };
    let line = timeline(shape, false);
    assert_eq!((line.capacity(), line.at(5)), (5, None));
    assert_eq!(line.at(4), Some(start().moved(1_500_000)));
}

#[test]
fn a_shape_that_cannot_be_is_refused_with_its_place() {
    let replay = |counts: Vec<u32>, every| Shape::Replay {
        counts,
        every: span(every),
        repeat: false,
    };
    let bursts = |bursts, every: Option<f64>| Shape::Bursts {
        rate: level(0.0),
        bursts,
        every: every.map(span),
    };
    let week = |mean, hours, days| Shape::Week {
        mean: rate(mean),
        hours,
        days,
        utc_offset: 0,
    };
    let steps = |steps| Shape::Steps {
        steps,
        repeat: false,
    };
    for (shape, told) in [
        (steps(vec![]), "steps []; expected 1 to 20000 of them"),
        (
            steps(vec![step(1.0, 0.0)]),
            "steps[0].for 0; expected 0.001 to 3155760000 seconds",
        ),
        (
            steps(vec![step(0.0, 1.0)]),
            "steps without a record; expected one rate above 0",
        ),
        (
            replay(vec![], 1.0),
            "counts []; expected 1 to 20000 of them",
        ),
        (
            replay(vec![0; 20_001], 1.0),
            "counts with 20001; expected 1 to 20000 of them",
        ),
        (
            replay(vec![0, 0], 1.0),
            "counts without a record; expected one count above 0",
        ),
        (
            replay(vec![1, 200_000_000], 1.0),
            "counts[1] 200000000; expected 0 to 100000000 records within 1 seconds",
        ),
        (
            bursts(vec![burst(5.0, 1.0, 1.0), burst(2.0, 1.0, 1.0)], None),
            "bursts[1].at 2; expected 6 or later: bursts are given in order and do not overlap",
        ),
        (
            bursts(vec![burst(5.0, 1.0, 1.0)], Some(5.5)),
            "every 5.5; expected at least 6 seconds, the end of the last burst",
        ),
        (
            week(1.0, vec![1.0; 23], vec![1.0; 7]),
            "hours with 23; expected 24 shares",
        ),
        (
            week(1.0, vec![1.0; 24], vec![-1.0; 7]),
            "days[0] -1; expected 0 to 1000000",
        ),
        (
            week(1.0, vec![f64::NAN; 24], vec![1.0; 7]),
            "hours[0] NaN; expected 0 to 1000000",
        ),
        (
            week(1.0, vec![0.0; 24], vec![1.0; 7]),
            "hours without a share; expected one share above 0",
        ),
        (
            week(1e8, (0..24).map(f64::from).collect(), vec![1.0; 7]),
            "mean 100000000; expected no hour with more than 100000000 records a second; this one has 200000000",
        ),
        (
            Shape::Sine {
                mean: rate(1.0),
                amplitude: level(1.5),
                period: span(1.0),
            },
            "amplitude 1.5; expected 0 to the mean, 1: there are no negative rates",
        ),
        (
            Shape::Ramp {
                from: level(0.0),
                to: level(0.0),
                over: span(1.0),
            },
            "to without a record; expected one rate above 0",
        ),
    ] {
        let error = Traffic::new(shape, false).unwrap_err();
        assert_eq!(error.to_string(), told);
    }
    for bad in [-1.0, f64::NAN, f64::INFINITY, 1e9] {
        assert!(
            Level::new(bad).is_err() && Span::seconds(bad * 10.0).is_err(),
            "{bad}"
        );
    }
}

#[test]
fn between_two_moments_the_peak_and_the_mean_are_those_of_the_rates_there() {
    for shape in all() {
        let line = timeline(shape.clone(), false);
        for (from, to) in [(0, 1), (0, 7), (1, 3), (5, 6), (3, 40), (0, 100_000)] {
            let (from, to) = (start().moved(from * SECOND), start().moved(to * SECOND));
            let micros = to.micros() - from.micros();
            let step = (micros / 5_000).max(1);
            let rates = (0..micros / step).map(|number| line.rate_at(from.moved(number * step)));
            let seen = rates.fold(0.0, f64::max);
            let peak = line.peak_between(from, to);
            assert!(
                (seen..=line.peak_rate()).contains(&peak),
                "{shape:?}: {peak} {seen}"
            );
            let records = line.records_before(to) - line.records_before(from);
            let mean = line.mean_between(from, to) * to.seconds_since(from);
            assert!(
                (mean - records as f64).abs() <= 1.0,
                "{shape:?}: {mean} {records}"
            );
        }
    }
    let bursts = Shape::Bursts {
        rate: level(1.0),
        bursts: vec![burst(10.0, 50.0, 2.0)],
        every: Some(span(20.0)),
    };
    let line = timeline(bursts, false);
    for (from, to, peak) in [(0, 10, 1.0), (0, 11, 50.0), (12, 30, 1.0), (15, 31, 50.0)] {
        let (from, to) = (start().moved(from * SECOND), start().moved(to * SECOND));
        assert_eq!(line.peak_between(from, to), peak);
    }
}

#[test]
fn each_shape_is_no_busier_than_it_says() {
    // Of the week: hours up to twice, days up to 1.75 times their mean.
    let said = [
        12.5,
        100.0,
        20.0,
        50.0,
        3.0 * 2.0 * 1.75,
        500.0,
        80.0,
        13.0 / 0.7,
    ];
    for (shape, said) in all().into_iter().zip(said) {
        let mut line = timeline(shape.clone(), false);
        let peak = line.peak_rate();
        assert!(
            (said * 0.999..=said * 1.000_001).contains(&peak),
            "{shape:?}: {peak}"
        );
        let doubled = Changed {
            index: 0,
            time: start(),
            change: Change::Factor(2_000_000),
        };
        line.change(&doubled, Seed::new(7)).unwrap();
        assert!(
            (line.peak_rate() - 2.0 * peak).abs() <= peak * 1e-6,
            "{shape:?}"
        );
    }
}
