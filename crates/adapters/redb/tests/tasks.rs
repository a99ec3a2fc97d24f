//! Tasks of a compute service in a file.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use std::fs;
use std::path::Path;

use adapter_redb::{OnDamage, OpenError, RedbTasks, StateKey};
use compute_domain::Timestamp;
use compute_ports::contract::repository::{access, keeps_its_contract, task};
use compute_ports::{KeptAccess, TaskRepository};
use tempfile::tempdir;

fn open(folder: &Path, digit: Option<&str>) -> RedbTasks {
    let key = digit.map(|digit| StateKey::parse(&digit.repeat(64).into()).unwrap());
    RedbTasks::open(folder, OnDamage::Fail, key).unwrap()
}

#[tokio::test]
async fn the_contract_is_kept() {
    let folder = tempdir().unwrap();
    keeps_its_contract(&open(folder.path(), Some("a"))).await;
}

#[tokio::test]
async fn tasks_and_accesses_are_there_again_for_who_has_the_key() {
    let folder = tempdir().unwrap();
    let tasks = open(folder.path(), Some("a"));
    tasks.add(&task(1), &access()).await.unwrap();
    drop(tasks);
    let bytes = fs::read(folder.path().join("tasks.redb")).unwrap();
    for secret in ["key of the task", "secret of the task"] {
        let shown = bytes
            .windows(secret.len())
            .any(|part| part == secret.as_bytes());
        assert!(!shown, "{secret} is not in the file");
    }
    for (digit, kept) in [(Some("a"), true), (Some("b"), false), (None, false)] {
        let tasks = open(folder.path(), digit);
        let unsettled = tasks.unsettled().await.unwrap();
        assert_eq!(unsettled[0].task, task(1));
        let access = &unsettled[0].access;
        assert_eq!(matches!(access, KeptAccess::Kept(_)), kept, "{access:?}");
    }
}

#[tokio::test]
async fn once_dropped_it_has_closed_its_file() {
    let folder = tempdir().unwrap();
    for _ in 0..5 {
        let tasks = open(folder.path(), Some("a"));
        // What a service does at its start.
        tasks.forget(Timestamp::from_millis(1)).await.unwrap();
        tasks.unsettled().await.unwrap();
        drop(tasks);
        let files = fs::read_dir(folder.path()).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        assert_eq!(names, ["tasks.lock", "tasks.redb"], "none was repaired");
    }
}

#[tokio::test]
async fn without_a_key_accesses_are_not_kept() {
    let folder = tempdir().unwrap();
    let tasks = open(folder.path(), None);
    tasks.add(&task(1), &access()).await.unwrap();
    let unsettled = tasks.unsettled().await.unwrap();
    let KeptAccess::Lost(why) = &unsettled[0].access else {
        panic!("it is not kept")
    };
    assert!(
        why.contains("without TASKS_KEY") && why.contains("send the task again"),
        "{why}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn many_tasks_at_once_are_all_kept() {
    let folder = tempdir().unwrap();
    let tasks = open(folder.path(), Some("a"));
    let access = access();
    let all: Vec<_> = (0..500).map(task).collect();
    let added = all.iter().map(|task| tasks.add(task, &access));
    futures::future::try_join_all(added).await.unwrap();
    assert_eq!(tasks.unsettled().await.unwrap().len(), 500);
    drop(tasks);
    assert_eq!(
        open(folder.path(), Some("a"))
            .unsettled()
            .await
            .unwrap()
            .len(),
        500
    );
}

#[test]
fn a_damaged_file_is_left_alone_or_set_aside() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("tasks.redb");
    fs::write(&path, "no database").unwrap();
    let failed = RedbTasks::open(folder.path(), OnDamage::Fail, None)
        .err()
        .unwrap();
    assert!(matches!(failed, OpenError::Damaged { .. }), "{failed}");
    assert_eq!(fs::read(&path).unwrap(), b"no database");
    RedbTasks::open(folder.path(), OnDamage::SetAside, None).unwrap();
}
