//! Whatever breaks off: nothing of it is there.

use warehouse_application::migrate::{MigrateError, Migration};
use warehouse_ports::{Backups, FileError, StoreError};

use crate::harness::{Harness, NOW, Opening, long_lines};

fn with_header(mut job: Migration) -> Migration {
    job.format.header = true;
    job
}

#[tokio::test]
async fn a_database_or_log_that_fails_at_any_call_loads_nothing_and_the_file_can_come_again() {
    let jobs = long_lines(10_001..=20_000).join("\n") + "\nx,Editor";
    let store = |text: &str| MigrateError::Store(StoreError::Unreachable(text.to_owned()));
    let file = |text: &str| MigrateError::File(FileError(text.to_owned()));
    for (call, number, error) in [
        ("store.load", 1, store("store.load fails")),
        ("store.loads", 1, store("store.loads fails")),
        ("load.keys", 1, store("load.keys fails")),
        ("load.add", 1, store("load.add fails")),
        ("load.add", 3, store("load.add fails")),
        ("load.finish", 1, store("load.finish fails")),
        ("rejects.create", 1, file("rejects.create fails")),
        ("rejects.add", 1, file("rejects.add fails")),
        ("rejects.finish", 1, file("rejects.finish fails")),
    ] {
        let harness = Harness::new();
        harness.fill("jobs", &["1,Nurse"]).await;
        harness.journal.fail(call, number);
        let job = harness.migration("jobs", &jobs);
        let done = harness.warehouse.migrate(job.clone()).await;
        assert_eq!(done, Err(error), "{call}, {number}");
        assert_eq!(harness.lines("jobs"), ["1,Nurse"], "{call}, {number}");
        assert_eq!(harness.loads("jobs").await, [], "{call}, {number}");
        // The table is not held any longer.
        let record = harness.load(job).await;
        let counts = (record.rows, record.rejected);
        assert_eq!(counts, (10_000, 1), "{call}, {number}");
    }
}

#[tokio::test]
async fn keys_that_rows_refer_to_and_that_cannot_be_read_load_nothing() {
    // Those of the table itself come first.
    for number in 1..=3 {
        let harness = Harness::new();
        harness.journal.fail("load.keys", number);
        let job = harness.migration("badges", "a,1,,,");
        let error = StoreError::Unreachable("load.keys fails".to_owned());
        let done = harness.warehouse.migrate(job).await;
        assert_eq!(done, Err(MigrateError::Store(error)), "{number}");
        assert_eq!(harness.lines("badges"), [""; 0], "{number}");
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_opened_loads_nothing() {
    // With a header it is opened once more.
    for number in 1..=3 {
        let harness = Harness::new();
        harness.journal.fail("file.open", number);
        let job = with_header(harness.migration("jobs", "job_id,job_name\n1,Analyst"));
        let error = MigrateError::File(FileError("file.open fails".to_owned()));
        assert_eq!(harness.warehouse.migrate(job).await, Err(error), "{number}");
        assert_eq!(harness.lines("jobs"), [""; 0], "{number}");
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_read_to_its_end_loads_nothing() {
    let jobs = long_lines(10_001..=20_000).join("\n");
    let (whole, broken) = (Opening::whole(&jobs), Opening::broken(&jobs));
    for (case, openings) in [
        ("at once", vec![broken.clone()]),
        ("when most was read", vec![whole, broken]),
    ] {
        let harness = Harness::new();
        let job = harness.migration_of("jobs", openings);
        let error = harness.warehouse.migrate(job).await.unwrap_err();
        let says = "history.csv cannot be read: the disk broke; check the file and its permissions";
        let unreadable = MigrateError::File(FileError(says.to_owned()));
        assert_eq!(error, unreadable, "{case}");
        assert_eq!(harness.lines("jobs"), [""; 0], "{case}");
        assert_eq!(harness.loads("jobs").await, [], "{case}");
        assert_eq!(harness.rejects.told(), None, "{case}");
    }
}

#[tokio::test]
async fn a_header_that_cannot_be_read_loads_nothing() {
    let content = "job_id,job_name\n1,Analyst";
    let whole = Opening::whole(content);
    let openings = vec![whole.clone(), whole, Opening::broken("job")];
    let harness = Harness::new();
    let job = with_header(harness.migration_of("jobs", openings));
    let error = harness.warehouse.migrate(job).await.unwrap_err();
    let says = "history.csv cannot be read: the disk broke; check the file and its permissions";
    assert_eq!(error, MigrateError::File(FileError(says.to_owned())));
    assert_eq!(harness.lines("jobs"), [""; 0]);
}

#[tokio::test]
async fn a_thread_that_panics_is_not_taken_for_one_that_came_to_its_end() {
    for (call, number) in [
        ("file.open", 1),
        ("file.open", 2),
        ("rejects.create", 1),
        ("rejects.add", 1),
        ("rejects.finish", 1),
        ("backups.create", 1),
        ("backup.add", 1),
        ("backup.finish", 1),
        ("backups.open", 1),
        ("backup.next", 1),
        ("backup.next", 2),
    ] {
        let harness = Harness::new();
        let table = harness.table("jobs");
        harness.fill("jobs", &["1,Nurse"]).await;
        let (warehouse, job) = (
            harness.warehouse.clone(),
            harness.migration("jobs", "2,A\nx,B"),
        );
        let earlier = warehouse.backup(table.clone(), NOW).await.unwrap();
        harness.fill("jobs", &["3,Pilot"]).await;
        harness.journal.panic(call, number);
        let kind = call.split('.').next().unwrap();
        let about = table.clone();
        let done = tokio::spawn(async move {
            match (kind, call) {
                ("file" | "rejects", _) => drop(warehouse.migrate(job).await),
                (_, "backups.open" | "backup.next") => drop(warehouse.restore(about, None).await),
                _ => drop(warehouse.backup(about, NOW + 1).await),
            }
        });
        assert!(done.await.unwrap_err().is_panic(), "{call}, {number}");
        assert_eq!(
            harness.lines("jobs"),
            ["1,Nurse", "3,Pilot"],
            "{call}, {number}"
        );
        assert_eq!(
            harness.backups.list(&table),
            Ok(vec![earlier]),
            "{call}, {number}"
        );
    }
}
