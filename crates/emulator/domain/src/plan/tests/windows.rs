//! Parts of one timeline.

use super::*;
use crate::Factory;
use crate::Seed;
use crate::UserIds;
use crate::record::user_profile::UserProfileFactory;

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
