//! Parts of one timeline.

use super::*;
use crate::record::user_profile::UserProfileFactory;
use crate::record::{Block, Value, blocks, values_equal};
use crate::{Factory, Level, Seed, Shape, Span, Step, Traffic, UserIds};

const DAY: i64 = 86_400_000_000;

fn window(change: impl FnOnce(&mut PlanSpec)) -> Result<EmulationPlan, PlanErrors> {
    let mut spec = spec();
    spec.rate = Rate::new(0.3).unwrap().into();
    spec.pace = Pace::Unlimited;
    change(&mut spec);
    EmulationPlan::new(spec)
}

fn day(number: i64) -> Timestamp {
    spec().start_time.moved(number * DAY)
}

#[test]
fn days_follow_each_other_without_gap_or_overlap() {
    let whole = window(|s| s.window.to_time = Some(day(30))).unwrap();
    assert_eq!((whole.first(), whole.end()), (0, 30 * 25_920));
    let mut next = 0;
    for number in 0..30 {
        let part = window(|s| {
            s.window.from_time = Some(day(number));
            s.window.to_time = Some(day(number + 1));
        });
        let part = part.unwrap();
        assert_eq!(part.first(), next);
        assert_eq!(part.notes(), []);
        assert_eq!(part.event_time(0), whole.event_time(next));
        next += part.end();
    }
    assert_eq!(next, whole.end());
    let by_index = window(|s| {
        s.window.first_index = 100;
        s.count = RecordCount::new(5).ok();
    });
    let by_index = by_index.unwrap();
    assert_eq!((by_index.first(), by_index.end()), (100, 5));
    assert_eq!(by_index.event_time(4), whole.event_time(104));
}

#[test]
fn a_realtime_run_lasts_from_the_beginning_of_its_window() {
    let part = window(|s| {
        s.pace = Pace::Realtime;
        s.window.from_time = Some(day(2));
    });
    assert_eq!(part.unwrap().end(), 3);
}

#[test]
fn a_window_between_two_records_is_a_part_without_records() {
    let part = window(|s| {
        (s.window.from_time, s.window.to_time) = (Some(day(1).moved(1)), Some(day(1).moved(2)));
    });
    let part = part.unwrap();
    assert_eq!((part.first(), part.end()), (25_921, 0));
    assert_eq!(part.notes(), [PlanNote::NothingHappens]);
}

#[test]
fn a_window_that_cannot_be_is_refused() {
    type Change = fn(&mut PlanSpec);
    let cases: [(Change, &str); 6] = [
        (
            |s| (s.window.from_time, s.window.to_time) = (Some(day(2)), Some(day(1))),
            "invalid to_time 2026-01-02T00:00:00.000Z; expected later than from_time, 2026-01-03T00:00:00.000Z",
        ),
        (
            |s| s.window.to_time = Some(day(0)),
            "invalid to_time 2026-01-01T00:00:00.000Z; expected later than start_time, 2026-01-01T00:00:00.000Z",
        ),
        (
            |s| s.window.from_time = Some(day(-1)),
            "invalid from_time 2025-12-31T00:00:00.000Z; expected start_time, 2026-01-01T00:00:00.000Z, or later: the timeline begins there",
        ),
        (
            |s| (s.window.first_index, s.window.from_time) = (7, Some(day(1))),
            "invalid from_time 2026-01-02T00:00:00.000Z; expected null beside first_index 7",
        ),
        (
            |s| {
                s.dataset = Domain::UserProfile.into();
                s.window.from_time = Some(day(1));
            },
            "invalid from_time 2026-01-02T00:00:00.000Z; expected a window that begins before the end of the timeline: neither rate nor population has a record there or later",
        ),
        (
            |s| {
                s.dataset = Domain::UserProfile.into();
                s.window.first_index = 9_000;
            },
            "invalid first_index 9000; expected a window that begins before the end of the timeline: neither rate nor population has a record there or later",
        ),
    ];
    for (change, told) in cases {
        assert_eq!(window(change).unwrap_err().to_string(), told);
    }
}

#[test]
fn a_person_is_the_same_whenever_a_run_starts() {
    let profiles = |start| {
        let timeline = crate::Timeline::new(start, Rate::new(1.0).unwrap());
        UserProfileFactory::new(Seed::new(7), UserIds::CONTRACT, timeline)
    };
    let (one, other) = (profiles(day(0)), profiles(day(3_650)));
    for index in 0..9_000 {
        let person = |factory: &UserProfileFactory| format!("{:?}", factory.record(index).unwrap());
        assert_eq!(person(&one), person(&other));
    }
}

#[test]
fn the_outline_has_all_deliveries_and_the_rates_of_their_intervals() {
    let outline = |change: fn(&mut PlanSpec), stretches| {
        let mut spec = PlanSpec {
            rate: Rate::new(10.0).unwrap().into(),
            count: RecordCount::new(101).ok(),
            ..spec()
        };
        spec.timeout = Timeout::MAX;
        change(&mut spec);
        EmulationPlan::new(spec).unwrap().outline(stretches)
    };
    // A record every tenth of a second, and the last one after ten seconds.
    let even = outline(|_| {}, 2).unwrap();
    assert_eq!(even.from, spec().start_time);
    assert_eq!(even.to, spec().start_time.moved(10_000_001));
    assert_eq!(even.counts, [50, 51]);
    assert_eq!((even.rates, even.peak), (vec![10.0, 10.0], 10.0));
    let steps = outline(
        |spec| {
            let step = |rate, seconds| Step {
                rate: Level::new(rate).unwrap(),
                lasting: Span::seconds(seconds).unwrap(),
            };
            let shape = Shape::Steps {
                steps: vec![step(80.0, 1.0), step(4.0, 1.0)],
                repeat: false,
            };
            spec.rate = Traffic::new(shape, false).unwrap();
        },
        4,
    );
    // 80 in the first second, then four a second; the last one is at the end of the last interval.
    let steps = steps.unwrap();
    assert_eq!(steps.counts, [82, 6, 6, 7]);
    assert_eq!(steps.peak, 80.0);
    assert!(
        (steps.rates[0] - (80.0 + 2.0) / 1.5).abs() < 0.01,
        "{:?}",
        steps.rates
    );
    assert!((steps.rates[3] - 4.0).abs() < 1e-6, "{:?}", steps.rates);
    // Where the number of records varies by chance, the rates are those that came.
    let random = outline(
        |spec| {
            let rate = Rate::new(10.0).unwrap();
            spec.rate = Traffic::new(Shape::Constant(rate), true).unwrap();
        },
        5,
    );
    let random = random.unwrap();
    assert_eq!(random.counts.iter().sum::<u64>(), 101);
    let seconds = random.to.seconds_since(random.from) / 5.0;
    for (count, rate) in random.counts.iter().zip(&random.rates) {
        assert!((rate * seconds - *count as f64).abs() < 1e-9);
    }
    let most = random.counts.iter().max().unwrap();
    assert!((random.peak * seconds - *most as f64).abs() < 1e-9);
    // Nobody knows how many there will be.
    assert_eq!(
        outline(|spec| (spec.pace, spec.count) = (Pace::Unlimited, None), 2),
        None
    );
}

#[test]
fn blocks_of_a_part_are_those_of_the_whole_from_its_first_record_on() {
    let plan = |first_index| {
        let mut spec = spec();
        spec.window.first_index = first_index;
        EmulationPlan::new(spec).unwrap()
    };
    let (whole, part) = (blocks(&plan(0)), blocks(&plan(1_000)));
    assert_eq!(part.capacity(), whole.capacity() - 1_000);
    assert_eq!(part.id_fields(), ["transaction_id"]);
    assert_eq!(part.schema(), whole.schema());
    let (mut of_whole, mut of_part) = (Block::default(), Block::default());
    whole.fill(1_003..1_010, &mut of_whole).unwrap();
    part.fill(3..10, &mut of_part).unwrap();
    assert_eq!(of_part.times, of_whole.times);
    for row in 0..7 {
        let id = of_part.columns[0].get(row);
        assert!(values_equal(id, of_whole.columns[0].get(row)));
        let Value::Uuid(id) = id else {
            panic!("{id:?}")
        };
        let id = id.to_string();
        assert_eq!(part.index_of(&[&id]), Some(3 + row as u64));
        assert_eq!(whole.index_of(&[&id]), Some(1_003 + row as u64));
        assert!(!part.is_of_other_part(&[&id]));
    }
}
