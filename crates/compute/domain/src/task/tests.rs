use std::time::Duration;

use proptest::prelude::*;

use super::*;

const ID: &str = "6f9619ff-8b86-d011-b42d-00c04fc964ff";

fn task() -> Task {
    let input = ObjectKey::parse("a.png").unwrap();
    let id = TaskId::parse(ID).unwrap();
    Task::accepted(id, vec![input], "http://engine/tasks/1".to_owned(), at(0))
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

fn failed() -> Task {
    let mut task = task();
    task.end(Outcome::Failed("no such object".to_owned()), at(10))
        .unwrap();
    task
}

#[test]
fn a_task_goes_through_all_phases_and_keeps_when_each_began() {
    let mut task = task();
    for (status, second) in [
        (TaskStatus::Fetching, 1),
        (TaskStatus::Processing, 2),
        (TaskStatus::Saving, 3),
    ] {
        task.advance(status, at(second)).unwrap();
    }
    let outputs = vec![ObjectKey::parse("b.png").unwrap()];
    task.end(Outcome::Finished(outputs), at(4)).unwrap();
    assert_eq!(task.status(), TaskStatus::Finished);
    assert_eq!(task.ended_at(), Some(at(4)));
    let began: Vec<_> = task
        .snapshot()
        .phases
        .iter()
        .map(|(_, at)| at.millis())
        .collect();
    assert_eq!(began, [0, 1000, 2000, 3000, 4000]);
    assert!(task.is_callback_due());
}

#[test]
fn a_task_that_was_interrupted_begins_again() {
    let mut task = task();
    task.advance(TaskStatus::Fetching, at(1)).unwrap();
    task.restart();
    assert_eq!(
        (task.status(), task.accepted_at()),
        (TaskStatus::Pending, at(0))
    );
    let ended = failed();
    let mut again = ended.clone();
    again.restart();
    assert_eq!(again, ended);
}

#[test]
fn a_callback_is_tried_with_growing_pauses_for_a_day() {
    let pauses: Vec<_> = (1..=8)
        .map(|attempts| callback_pause(attempts).as_secs())
        .collect();
    assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
    assert_eq!(callback_pause(u32::MAX), Duration::from_secs(60));

    let mut task = failed();
    assert_eq!(
        task.callback_failed("503".to_owned(), at(11)),
        Some(Duration::from_secs(1))
    );
    assert_eq!(
        task.callback_failed("503".to_owned(), at(13)),
        Some(Duration::from_secs(2))
    );
    assert!(task.is_callback_due());
    let day = CALLBACK_PERIOD.as_secs();
    assert_eq!(task.callback_failed("503".to_owned(), at(10 + day)), None);
    assert!(
        matches!(&task.snapshot().callback, CallbackState::Abandoned { why, .. } if why == "503")
    );
}

#[test]
fn who_has_been_told_is_not_told_again() {
    let mut task = failed();
    task.callback_delivered(at(11));
    task.callback_abandoned("late".to_owned(), at(12));
    assert_eq!(task.callback_failed("late".to_owned(), at(12)), None);
    assert_eq!(task.snapshot().callback, CallbackState::Delivered(at(11)));
}

#[test]
fn what_no_task_can_be_is_not_restored() {
    let sound = failed().snapshot().clone();
    assert!(Task::restore(sound.clone()).is_some());
    type Change = fn(&mut TaskSnapshot);
    let changes: [Change; 4] = [
        |snapshot| snapshot.phases.clear(),
        |snapshot| snapshot.outcome = None,
        |snapshot| snapshot.outcome = Some(Outcome::Finished(Vec::new())),
        |snapshot| snapshot.callback = CallbackState::NotDue,
    ];
    for change in changes {
        let mut snapshot = sound.clone();
        change(&mut snapshot);
        assert_eq!(Task::restore(snapshot), None);
    }
}

proptest! {
    #[test]
    fn whatever_is_tried_a_task_ends_once_and_never_goes_back(steps in prop::collection::vec(0..7_usize, 0..20)) {
        let mut task = task();
        let mut ended = None;
        for (second, step) in steps.into_iter().enumerate() {
            let before = task.status();
            let now = at(second as u64);
            let result = match step {
                5 => task.end(Outcome::Failed(second.to_string()), now),
                6 => task.end(Outcome::Finished(Vec::new()), now),
                status => task.advance(TaskStatus::ALL[status], now),
            };
            prop_assert!(task.status() >= before);
            prop_assert_eq!(result.is_ok(), task.status() != before);
            if let Some(outcome) = &ended {
                prop_assert_eq!(Some(outcome), task.outcome());
            }
            ended = task.outcome().cloned();
            prop_assert_eq!(ended.is_some(), task.status().is_end());
            prop_assert_eq!(Task::restore(task.snapshot().clone()), Some(task.clone()));
        }
    }
}
