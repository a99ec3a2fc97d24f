use super::*;
use crate::plan::{Format, PlanSpec, Sink, Workers};
use crate::{Change, Domain};

fn waiting() -> Emulation {
    let plan = EmulationPlan::new(PlanSpec {
        workers: Workers::new(3).unwrap(),
        ..PlanSpec::new(Domain::DeviceLog, Sink::Null, Format::Json)
    });
    let plan = plan.unwrap();
    Emulation::new(EmulationId::of_plan(&plan), plan, Timestamp::EARLIEST)
}

#[test]
fn workers_wait_until_the_run_begins_and_are_as_many_as_there_is_room_for() {
    let mut run = waiting();
    assert_eq!(run.workers(), [WorkerState::Waiting; 3]);
    run.start(Timestamp::EARLIEST, 2).unwrap();
    assert_eq!(run.workers(), [WorkerState::Waiting; 2]);
    run.start(Timestamp::EARLIEST, 64).unwrap();
    assert_eq!(run.workers().len(), 3);
}

#[test]
fn each_worker_ends_as_its_own_work_did() {
    use WorkerState::{Error, Finished, Started, Waiting};
    for (outcome, ends) in [
        (Outcome::Completed, [Finished, Finished, Error, Finished]),
        (Outcome::Cancelled, [Finished, Finished, Error, Finished]),
        (
            Outcome::Failed(RunFailure::new(FailureKind::Internal, "why")),
            [Error, Error, Error, Finished],
        ),
    ] {
        let mut run = waiting();
        run.start(Timestamp::EARLIEST, 4).unwrap();
        run.work(&[Waiting, Started, Error, Finished]).unwrap();
        run.finish(outcome, Timestamp::LATEST).unwrap();
        assert_eq!(run.workers(), ends);
        assert!(run.work(&[Started]).is_err());
    }
}

#[test]
fn a_run_is_not_completed_with_records_in_flight_or_failed() {
    for (acknowledged, failed, in_flight) in [(9, 0, 1), (9, 1, 0), (0, 0, 10)] {
        let mut run = waiting();
        run.start(Timestamp::EARLIEST, 1).unwrap();
        let counts = Counts {
            generated: 10,
            acknowledged,
            failed,
            ..Counts::default()
        };
        run.progress(counts, Checkpoint::default(), 0.0).unwrap();
        let refused = run.finish(Outcome::Completed, Timestamp::LATEST);
        let why = LifeCycleError::NotAcknowledged { failed, in_flight };
        assert_eq!(refused, Err(why));
        assert_eq!(run.status(), GlobalStatus::Processing);
    }
}

/// A run of device logs, ten a second of event time from 2026 on for a minute, of which `generated`
/// are on their way.
fn timed(generated: u64) -> Emulation {
    let plan = EmulationPlan::new(PlanSpec {
        start_time: START,
        rate: crate::Rate::new(10.0).unwrap().into(),
        pace: Pace::Realtime,
        timeout: crate::plan::Timeout::new(60).unwrap(),
        ..PlanSpec::new(Domain::DeviceLog, Sink::Null, Format::Json)
    });
    let plan = plan.unwrap();
    let mut run = Emulation::new(EmulationId::of_plan(&plan), plan, at(-100.0));
    run.start(at(-100.0), 1).unwrap();
    reach(&mut run, generated);
    run
}

const START: Timestamp = Timestamp::EARLIEST.moved(1_767_225_600_000_000);

fn reach(run: &mut Emulation, generated: u64) {
    let counts = Counts {
        generated,
        ..Counts::default()
    };
    run.progress(counts, Checkpoint::default(), 0.0).unwrap();
}

/// So many seconds after the start.
fn at(seconds: f64) -> Timestamp {
    START.moved((seconds * 1e6).round() as i64)
}

fn rate(records: f64) -> Change {
    Change::Traffic(crate::Rate::new(records).unwrap().into())
}

#[test]
fn a_run_that_is_paused_loses_nothing_and_comes_later() {
    let mut run = timed(101);
    run.pause(at(10.05)).unwrap();
    // Paused again, it is paused since the first time.
    run.pause(at(20.0)).unwrap();
    assert_eq!(run.status(), GlobalStatus::Paused);
    assert_eq!(run.paused_at(), Some(at(10.05)));
    run.resume(at(40.05)).unwrap();
    run.resume(at(50.0)).unwrap();
    assert_eq!(
        (run.status(), run.paused_at()),
        (GlobalStatus::Processing, None)
    );
    let plan = run.plan();
    assert_eq!(plan.event_time(100), Some(at(10.0)));
    assert_eq!(plan.event_time(101), Some(at(40.1)));
    assert_eq!((plan.end(), plan.event_time(599)), (600, Some(at(89.9))));
    assert_eq!(plan.paused(), std::time::Duration::from_secs(30));
    assert_eq!(plan.changes().len(), 1);
}

#[test]
fn what_was_due_before_a_change_stays_due_and_what_was_generated_stays_as_it_was() {
    // It lags: 21 records are due, and 5 on their way.
    let mut run = timed(5);
    run.rerate(rate(100.0), at(2.05)).unwrap();
    assert_eq!(run.plan().event_time(20), Some(at(2.0)));
    // Half a record was owed.
    assert_eq!(run.plan().event_time(21), Some(at(2.055)));
    assert_eq!(run.plan().event_time(31), Some(at(2.155)));
    assert_eq!(run.plan().end(), 21 + 5795);
    // The clock was set back: what is on its way happened at 2.155 s at least.
    reach(&mut run, 32);
    run.rerate(Change::Factor(500_000), at(1.0)).unwrap();
    assert_eq!(run.plan().event_time(31), Some(at(2.155)));
    assert_eq!(run.plan().event_time(32), Some(at(2.174_999)));
    assert_eq!(run.rate(), 50.0);
}

#[test]
fn a_paused_run_takes_another_rate_for_when_it_is_resumed() {
    let mut run = timed(100);
    run.pause(at(10.0)).unwrap();
    run.rerate(rate(1.0), at(20.0)).unwrap();
    assert_eq!(run.status(), GlobalStatus::Paused);
    run.resume(at(30.0)).unwrap();
    let times = (99..103).map(|index| run.plan().event_time(index).unwrap());
    assert_eq!(times.collect::<Vec<_>>(), [9.9, 30.0, 31.0, 32.0].map(at));
    assert_eq!(run.plan().changes().len(), 3);
}

#[test]
fn a_run_that_has_not_begun_begins_when_it_was_to_with_the_rate_that_it_was_given_last() {
    let mut run = timed(0);
    run.rerate(rate(2.0), at(-50.0)).unwrap();
    run.pause(at(-40.0)).unwrap();
    run.resume(at(-30.0)).unwrap();
    run.rerate(rate(4.0), at(-20.0)).unwrap();
    assert_eq!(run.plan().event_time(0), Some(at(0.0)));
    assert_eq!(run.plan().event_time(4), Some(at(1.0)));
    // Held beyond its beginning, it begins when it is resumed.
    run.pause(at(-10.0)).unwrap();
    run.resume(at(10.0)).unwrap();
    assert_eq!(run.plan().event_time(0), Some(at(10.0)));
    assert_eq!(run.plan().event_time(4), Some(at(11.0)));
}

#[test]
fn what_has_no_rate_is_given_none_and_what_has_ended_is_left_alone() {
    let mut run = waiting();
    run.start(Timestamp::EARLIEST, 1).unwrap();
    assert_eq!(run.rerate(rate(1.0), START), Err(ControlError::Unlimited));
    let times = run.plan().timeline().clone();
    run.pause(START).unwrap();
    run.resume(at(5.0)).unwrap();
    assert_eq!(run.plan().timeline(), &times);
    assert_eq!(run.plan().paused(), std::time::Duration::from_secs(5));
    run.finish(Outcome::Cancelled, Timestamp::LATEST).unwrap();
    let refused = ControlError::Finished(GlobalStatus::Cancelled);
    assert_eq!(run.changeable(), Err(refused.clone()));
    assert_eq!(run.resume(START), Err(refused));
    let mut run = timed(0);
    for _ in 0..MOST_CHANGES {
        run.rerate(rate(5.0), START).unwrap();
    }
    assert_eq!(run.rerate(rate(5.0), START), Err(ControlError::TooMany));
    let mut run = timed(0);
    let more = run.rerate(Change::Factor(u64::MAX), START);
    assert!(matches!(more, Err(ControlError::Change(_))), "{more:?}");
    assert_eq!(run, timed(0));
}

#[test]
fn tags_are_taken_and_taken_away_or_refused_with_what_is_allowed() {
    let change = |name: Option<Option<&str>>, labels: &[(&str, Option<&str>)]| TagChange {
        name: name.map(|name| name.map(str::to_owned)),
        labels: (labels.iter())
            .map(|(key, value)| ((*key).to_owned(), value.map(str::to_owned)))
            .collect(),
    };
    let mut run = waiting();
    let mut obey = |tags| {
        let order = Order { change: None, tags };
        run.obey(&order, START).map(|()| run.tags().clone())
    };
    let both = [("team", Some("a/b")), ("stage", Some("test"))];
    let tags = obey(change(Some(Some("nightly run")), &both)).unwrap();
    assert_eq!((tags.name(), tags.labels().len()), (Some("nightly run"), 2));
    let tags = obey(change(None, &[("team", None), ("stage", Some("live"))])).unwrap();
    assert_eq!(tags.name(), Some("nightly run"));
    assert_eq!(tags.labels()["stage"], "live");
    let long = "x".repeat(101);
    let keys: Vec<_> = (0..16).map(|number| format!("key-{number}")).collect();
    let many: Vec<_> = keys.iter().map(|key| (key.as_str(), Some("1"))).collect();
    for (wrong, said) in [
        (
            change(Some(Some("")), &[]),
            "invalid name ''; expected 1 to 100 characters",
        ),
        (change(Some(Some(&long)), &[]), "invalid name 'xxx"),
        (
            change(Some(Some("a\nb")), &[]),
            "none of them a control character",
        ),
        (
            change(None, &[("a b", Some("c"))]),
            "invalid labels 'a b'; expected keys and values",
        ),
        (change(None, &[("a", Some("<b>"))]), "invalid labels '<b>'"),
        (
            change(None, &many),
            "invalid labels 17 labels; expected 16 at most",
        ),
    ] {
        let told = obey(wrong).unwrap_err().to_string();
        assert!(told.contains(said), "{told}");
    }
    let tags = obey(change(None, &many[..15])).unwrap();
    assert_eq!(tags.labels().len(), 16);
    let gone: Vec<_> = many.iter().map(|(key, _)| (*key, None)).collect();
    obey(change(None, &gone)).unwrap();
    assert_eq!(
        obey(change(Some(None), &[("stage", None)])),
        Ok(Tags::default())
    );
    // All of an order or nothing of it.
    let mut run = timed(0);
    let order = Order {
        change: Some(Change::Factor(u64::MAX)),
        tags: change(Some(Some("faster")), &[]),
    };
    run.obey(&order, START).unwrap_err();
    assert_eq!(run, timed(0));
}

#[test]
fn the_mean_rate_is_that_from_the_start_to_the_end_or_now() {
    let at = |seconds: i64| Timestamp::EARLIEST.moved(seconds * 1_000_000);
    let mut run = waiting();
    assert_eq!(run.records_per_second(at(9)), 0.0);
    run.start(at(1), 1).unwrap();
    let counts = Counts {
        generated: 50,
        acknowledged: 50,
        ..Counts::default()
    };
    run.progress(counts, Checkpoint::default(), 0.0).unwrap();
    assert_eq!(run.records_per_second(at(1)), 0.0);
    assert_eq!(run.records_per_second(at(5)), 12.5);
    run.finish(Outcome::Completed, at(3)).unwrap();
    assert_eq!(run.records_per_second(at(5)), 25.0);
}

#[test]
fn only_what_may_pass_by_itself_is_transient() {
    let transient = FailureKind::ALL
        .into_iter()
        .filter(|kind| kind.is_transient());
    let named: Vec<_> = transient.map(|kind| kind.to_string()).collect();
    assert_eq!(named, ["unreachable", "interrupted"]);
}
