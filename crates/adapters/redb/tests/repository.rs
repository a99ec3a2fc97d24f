//! The repository over files that are whole.

use std::path::Path;
use std::time::Duration;

use adapter_redb::{OnDamage, OpenError, RedbEmulations, Retention};
use emulator_domain::Timestamp;
use emulator_domain::delivery::{Checkpoint, Counts};
use emulator_domain::emulation::{
    CallbackEvent, CallbackOutcome, Emulation, GlobalStatus, Outcome,
};
use emulator_ports::contract::repository::{callbacks, emulation, keeps_its_contract};
use emulator_ports::{EmulationRepository, Page};

const CENTURY: Duration = Duration::from_secs(100 * 365 * 86_400);

fn open(folder: &Path, finished: usize) -> RedbEmulations {
    let keep = Retention {
        finished,
        age: CENTURY,
    };
    RedbEmulations::open(folder, keep, OnDamage::Fail).expect("a whole file is opened")
}

async fn all(runs: &RedbEmulations) -> Vec<Emulation> {
    let page = Page {
        limit: usize::MAX,
        ..Page::default()
    };
    runs.list(page).await.expect("runs are listed")
}

fn finished(number: u64, at: Timestamp) -> Emulation {
    let mut run = emulation(number, number as i64);
    run.finish(Outcome::Cancelled, at)
        .expect("a waiting run is cancelled");
    run
}

#[tokio::test]
async fn the_contract_is_kept_and_what_was_saved_is_there_when_the_file_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let runs = open(folder.path(), 10);
    keeps_its_contract(&runs).await;
    let before = all(&runs).await;
    assert_eq!(before.len(), 6);
    drop(runs);
    for _ in 0..2 {
        let runs = open(folder.path(), 10);
        assert_eq!(all(&runs).await, before);
        for run in &before {
            assert_eq!(runs.find(run.id()).await.unwrap().as_ref(), Some(run));
        }
    }
}

#[tokio::test]
async fn progress_is_seen_and_on_the_disk_when_saving_returns() {
    let folder = tempfile::tempdir().unwrap();
    let runs = open(folder.path(), 10);
    let mut run = emulation(1, 0);
    runs.save(&run).await.unwrap();
    run.start(Timestamp::EARLIEST, 1).unwrap();
    for generated in 1..=200 {
        let counts = Counts {
            generated,
            acknowledged: generated,
            ..Counts::default()
        };
        let checkpoint = Checkpoint {
            next_index: generated,
            acknowledged_units: 1,
        };
        run.progress(counts, checkpoint, 0.1 * generated as f64)
            .unwrap();
        runs.save(&run).await.unwrap();
        assert_eq!(runs.find(run.id()).await.unwrap().as_ref(), Some(&run));
        if generated % 20 != 1 {
            continue;
        }
        // What a process that is killed now leaves behind.
        let copy = tempfile::tempdir().unwrap();
        std::fs::copy(
            folder.path().join("emulations.redb"),
            copy.path().join("emulations.redb"),
        )
        .unwrap();
        assert_eq!(all(&open(copy.path(), 10)).await, [run.clone()]);
    }
}

#[tokio::test]
async fn finished_runs_are_forgotten_beyond_their_number_and_unfinished_ones_never() {
    let folder = tempfile::tempdir().unwrap();
    let runs = open(folder.path(), 2);
    let waiting: Vec<_> = (10..20).map(|number| emulation(number, 0)).collect();
    for run in &waiting {
        runs.save(run).await.unwrap();
    }
    // The oldest run is the last to end.
    for (number, end) in [(4, 1), (3, 2), (2, 3), (1, 4)] {
        let run = finished(
            number,
            Timestamp::EARLIEST.moved(end * 1_000_000 + (1 << 50)),
        );
        runs.save(&run).await.unwrap();
        runs.save(&run).await.unwrap();
    }
    drop(runs);
    let runs = open(folder.path(), 2);
    for (number, kept) in [(4, false), (3, false), (2, true), (1, true)] {
        let found = runs.find(emulation(number, 0).id()).await.unwrap();
        assert_eq!(found.is_some(), kept, "run {number}");
    }
    for run in waiting {
        assert_eq!(runs.find(run.id()).await.unwrap(), Some(run));
    }
}

#[tokio::test]
async fn finished_runs_are_forgotten_beyond_their_age() {
    let folder = tempfile::tempdir().unwrap();
    let keep = Retention {
        finished: 100,
        age: Duration::from_secs(3600),
    };
    let runs = RedbEmulations::open(folder.path(), keep, OnDamage::Fail).unwrap();
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let now = Timestamp::from_micros(now.as_micros() as i64).unwrap();
    for (number, minutes) in [(1, 120), (2, 59), (3, 61), (4, 0)] {
        runs.save(&finished(number, now.moved(minutes * -60_000_000)))
            .await
            .unwrap();
    }
    let kept = async || -> Vec<_> { all(&runs).await.iter().map(Emulation::id).collect() };
    assert_eq!(kept().await, [emulation(4, 0).id(), emulation(2, 0).id()]);
    // Whatever its age, one whose end is still to be told is not.
    let mut due = emulation(5, 5).with_callbacks(callbacks());
    due.finish(Outcome::Cancelled, now.moved(-24 * 3_600_000_000))
        .unwrap();
    runs.save(&due).await.unwrap();
    assert_eq!(runs.find(due.id()).await.unwrap(), Some(due.clone()));
    due.record_callback(CallbackEvent::Ended, CallbackOutcome::Accepted, now);
    runs.save(&due).await.unwrap();
    assert_eq!(kept().await, [emulation(4, 0).id(), emulation(2, 0).id()]);
}

#[tokio::test]
async fn many_runs_saved_at_once_are_all_kept_and_found_page_by_page() {
    let folder = tempfile::tempdir().unwrap();
    let runs = std::sync::Arc::new(open(folder.path(), 10_000));
    let saving: Vec<_> = (0..2000)
        .map(|number| {
            let runs = runs.clone();
            tokio::spawn(async move {
                let mut run = emulation(number, (number / 7) as i64);
                runs.save(&run).await.unwrap();
                if number % 100 != 0 {
                    run.finish(Outcome::Cancelled, Timestamp::LATEST).unwrap();
                    runs.save(&run).await.unwrap();
                }
            })
        })
        .collect();
    for saved in saving {
        saved.await.unwrap();
    }
    for (status, count) in [(None, 2000), (Some(GlobalStatus::Processing), 20)] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = Page {
                status,
                after,
                limit: 17,
            };
            let found = runs.list(page).await.unwrap();
            let Some(last) = found.last() else { break };
            after = Some(last.id());
            seen.extend(found.iter().map(|run| (run.created_at(), run.id())));
        }
        assert_eq!(seen.len(), count);
        assert!(seen.is_sorted_by(|one, next| one > next));
    }
}

#[test]
fn a_folder_belongs_to_one_process() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path(), 1);
    let keep = Retention {
        finished: 1,
        age: CENTURY,
    };
    for on_damage in [OnDamage::Fail, OnDamage::SetAside] {
        let error = RedbEmulations::open(folder.path(), keep, on_damage)
            .err()
            .unwrap();
        assert!(matches!(error, OpenError::InUse(_)), "{error}");
        let text = error.to_string();
        assert!(
            text.contains("in use by another process") && text.contains("stop that one"),
            "{text}"
        );
    }
    drop(first);
    open(folder.path(), 1);
}
