//! Timelines of runs that were changed while they ran.

use super::shapes::all;
use super::*;

fn constant(rate: f64) -> Timeline {
    Timeline::new(start(), Rate::new(rate).unwrap())
}

fn after(seconds: f64) -> Timestamp {
    start().moved((seconds * 1e6) as i64)
}

fn changed(line: &Timeline, index: u64, seconds: f64, change: Change) -> Timeline {
    let changed = Changed {
        index,
        time: after(seconds),
        change,
    };
    let mut line = line.clone();
    line.change(&changed, Seed::new(7)).unwrap();
    line
}

fn traffic(rate: f64) -> Change {
    Change::Traffic(Rate::new(rate).unwrap().into())
}

#[test]
fn another_rate_holds_from_its_record_on_and_leaves_those_before_alone() {
    // Record 10 is due after 10 seconds, of which half a second is left: a twentieth at ten times
    // the rate.
    let line = changed(&constant(1.0), 10, 9.5, traffic(10.0));
    assert_eq!(line.at(9), Some(after(9.0)));
    assert_eq!(line.at(10), Some(after(9.55)));
    assert_eq!(line.at(30), Some(after(11.55)));
    assert_eq!(line.records_before(after(9.55)), 10);
    assert_eq!(line.records_before(after(11.56)), 31);
    assert_eq!(
        (line.rate_at(after(9.4)), line.rate_at(after(9.6))),
        (1.0, 10.0)
    );
}

#[test]
fn a_pause_moves_all_that_follows() {
    let line = changed(&constant(2.0), 5, 2.25 + 60.0, Change::Paused(60_000_000));
    assert_eq!(line.at(4), Some(after(2.0)));
    assert_eq!(line.at(5), Some(after(62.5)));
    assert_eq!(line.at(7), Some(after(63.5)));
    // Counts that are replayed wait with it: none is lost.
    let shape = Shape::Replay {
        counts: vec![4, 4],
        every: Span::seconds(1.0).unwrap(),
        repeat: false,
    };
    let replay = Traffic::new(shape, false).unwrap();
    let replay = Timeline::of(start(), &replay, Seed::new(1)).unwrap();
    let paused = changed(&replay, 6, 1.5 + 100.0, Change::Paused(100_000_000));
    assert_eq!((replay.capacity(), paused.capacity()), (8, 8));
    assert_eq!(paused.at(7), Some(after(101.75)));
}

#[test]
fn factors_multiply_and_keep_the_shape() {
    let double = changed(&constant(10.0), 10, 1.0, Change::Factor(2_000_000));
    let more = changed(&double, 30, 2.0, Change::Factor(500_000));
    assert_eq!(double.at(20), Some(after(1.5)));
    assert_eq!(more.at(40), Some(after(3.0)));
    let too_much = Changed {
        index: 10,
        time: after(1.0),
        change: Change::Factor(u64::MAX),
    };
    assert_eq!(
        constant(10.0).change(&too_much, Seed::new(7)),
        Err(ChangeError::OutOfRange)
    );
}

#[test]
fn nothing_changes_before_what_has_happened() {
    let mut line = changed(&constant(10.0), 100, 10.0, traffic(1.0));
    for (index, seconds) in [(99, 10.0), (105, 13.0), (100, 9.0)] {
        let earlier = Changed {
            index,
            time: after(seconds),
            change: traffic(5.0),
        };
        assert_eq!(
            line.change(&earlier, Seed::new(7)),
            Err(ChangeError::Backwards { index })
        );
    }
}

proptest! {
    /// Whatever is done to a run: times never fall, each is found alone and in order, and the
    /// number of those before a moment says which record comes next.
    #[test]
    fn a_changed_timeline_is_one_timeline(
        kind in 0..8usize,
        poisson: bool,
        changes in prop::collection::vec((1..500u64, 0..4u8, 1..20u64), 1..30),
    ) {
        let shape = Traffic::new(all()[kind].clone(), poisson).unwrap();
        let seed = Seed::new(3);
        let mut line = Timeline::of(start(), &shape, seed).unwrap();
        let mut index = 0;
        for (further, what, much) in changes {
            index += further;
            let due = line.at(index).unwrap();
            let (time, change) = match what {
                0 => (due, Change::Paused(much * 1_000_000)),
                1 => (due, Change::Factor(much * 100_000)),
                2 => (due, Change::Traffic(Rate::new(much as f64).unwrap().into())),
                _ => (due, Change::Traffic(Traffic::new(all()[much as usize % 8].clone(), much % 3 == 0).unwrap())),
            };
            let time = match change {
                Change::Paused(micros) => time.moved(micros as i64),
                _ => time,
            };
            let before = line.clone();
            line.change(&Changed { index, time, change }, seed).unwrap();
            prop_assert_eq!(line.at(index - 1), before.at(index - 1));
        }
        let mut times = line.from(0);
        let mut last = None;
        for each in 0..index + 100 {
            let at = line.at(each);
            prop_assert_eq!(Some(times.next()), at);
            prop_assert!(last <= at);
            last = at;
            let at = at.unwrap();
            prop_assert!(line.records_before(at) <= each && each < line.records_before(at.moved(1)));
        }
    }
}
