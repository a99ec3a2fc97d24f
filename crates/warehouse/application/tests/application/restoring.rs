use warehouse_application::restore::{RestoreError, Restored};
use warehouse_domain::batch::RowBatch;
use warehouse_ports::{BackupError, StoreError};

use crate::harness::{Harness, NOW};

/// What is in the table of jobs before anything is restored.
const BEFORE: [&str; 2] = ["1,Analyst", "9,Editor"];

/// By whom a backup was made.
const OWN: Option<i64> = Some(NOW);
const FOREIGN: Option<i64> = None;

/// The table has rows and a file that was loaded.
async fn harness() -> Harness {
    let harness = Harness::new();
    harness
        .load(harness.migration("jobs", BEFORE.join("\n")))
        .await;
    harness.journal.clear();
    harness
}

fn batches(harness: &Harness, table: &str, batches: &[&[&str]]) -> Vec<RowBatch> {
    let batches = batches.iter().map(|lines| harness.rows(table, lines));
    batches.collect()
}

async fn restore(
    harness: &Harness,
    table: &str,
    name: Option<&str>,
) -> Result<Restored, RestoreError> {
    let name = name.map(str::to_owned);
    harness.warehouse.restore(harness.table(table), name).await
}

/// Nothing of it was lost.
async fn is_as_before(harness: &Harness, case: &str) {
    assert_eq!(harness.lines("jobs"), BEFORE, "{case}");
    assert_eq!(harness.loads("jobs").await.len(), 1, "{case}");
}

#[tokio::test]
async fn a_table_is_replaced_by_the_newest_backup_or_by_that_of_a_name() {
    let rows = |harness: &Harness, lines: &[&str]| batches(harness, "jobs", &[lines]);
    for (name, expected, lines) in [
        (None, "new", &["2,Nurse", "1,Pilot"][..]),
        (Some("old"), "old", &["3,Geologist"]),
        (Some("empty"), "empty", &[]),
        (Some("foreign"), "foreign", &["4,Recruiter"]),
    ] {
        let harness = harness().await;
        let table = harness.table("jobs");
        let put = |name, at, batches| harness.backups.put(&table, name, at, batches);
        put("foreign", FOREIGN, rows(&harness, &["4,Recruiter"]));
        put("old", Some(NOW), rows(&harness, &["3,Geologist"]));
        put(
            "new",
            Some(NOW + 1),
            rows(&harness, &["2,Nurse", "1,Pilot"]),
        );
        put("empty", Some(NOW - 1), vec![]);
        let restored = Restored {
            name: expected.to_owned(),
            rows: lines.len() as u64,
            dangling: vec![],
        };
        assert_eq!(restore(&harness, "jobs", name).await, Ok(restored));
        assert_eq!(harness.lines("jobs"), lines);
        // What was loaded before may be loaded again.
        assert_eq!(harness.loads("jobs").await, []);
    }
}

#[tokio::test]
async fn what_was_backed_up_comes_back_as_it_was() {
    let harness = Harness::new();
    let lines: Vec<String> = (0..1000).map(|id| format!("{},Job {id}", -id)).collect();
    harness.fill("jobs", &lines).await;
    let table = harness.table("jobs");
    harness.warehouse.backup(table, NOW).await.unwrap();
    harness.fill("jobs", &["1,Analyst"]).await;
    let restored = restore(&harness, "jobs", None).await.unwrap();
    assert_eq!(restored.rows, 1000);
    assert_eq!(harness.lines("jobs"), lines);
}

#[tokio::test]
async fn a_backup_that_is_not_there_is_not_found() {
    let harness = harness().await;
    let other = harness.table("departments");
    harness.backups.put(&other, "other", OWN, vec![]);
    for name in [None, Some("other"), Some("none")] {
        let error = restore(&harness, "jobs", name).await.unwrap_err();
        let missing = BackupError::NotFound("there is none".to_owned());
        assert_eq!(error, RestoreError::Backup(missing), "{name:?}");
        is_as_before(&harness, "not found").await;
    }
}

#[tokio::test]
async fn a_foreign_backup_is_checked_to_its_end_before_the_database_is_touched() {
    let doubled = RestoreError::DoubledKey {
        name: "foreign".to_owned(),
        key: 2,
    };
    let says = "the backup foreign cannot be restored: two of its rows have the key 2";
    assert_eq!(doubled.to_string(), says);
    let damaged = |text: &str| RestoreError::Backup(BackupError::Invalid(text.to_owned()));
    let stuck = RestoreError::Backup(BackupError::Failed("backup.rewind fails".to_owned()));
    let sound: &[&[&str]] = &[&["2,Nurse"], &["3,Pilot"]];
    for (content, (call, number), error) in [
        (
            &[&["2,Nurse", "3,Pilot"][..], &["4,Editor", "2,Nurse"]][..],
            ("", 0),
            doubled.clone(),
        ),
        (&[&["2,Nurse", "2,Pilot"]], ("", 0), doubled),
        (sound, ("backup.next", 2), damaged("backup.next fails")),
        (sound, ("backup.next", 3), damaged("backup.next fails")),
        (sound, ("backup.rewind", 1), stuck),
    ] {
        let harness = harness().await;
        let rows = batches(&harness, "jobs", content);
        harness
            .backups
            .put(&harness.table("jobs"), "foreign", FOREIGN, rows);
        harness.journal.fail(call, number);
        assert_eq!(restore(&harness, "jobs", None).await, Err(error), "{call}");
        assert_eq!(harness.journal.count("store.load"), 0, "{call}");
        is_as_before(&harness, call).await;
    }
}

#[tokio::test]
async fn an_own_backup_is_read_once_and_a_foreign_one_twice() {
    for (at, times) in [(OWN, 1), (FOREIGN, 2)] {
        let harness = harness().await;
        let rows = batches(&harness, "jobs", &[&["2,Nurse"], &["3,Pilot"]]);
        harness
            .backups
            .put(&harness.table("jobs"), "copy", at, rows);
        let restored = restore(&harness, "jobs", None).await.unwrap();
        assert_eq!(restored.rows, 2);
        assert_eq!(harness.lines("jobs"), ["2,Nurse", "3,Pilot"]);
        // Two batches and the end.
        assert_eq!(harness.journal.count("backup.next"), 3 * times);
    }
}

#[tokio::test]
async fn a_doubled_key_in_an_own_backup_undoes_the_load() {
    let harness = harness().await;
    let rows = batches(
        &harness,
        "jobs",
        &[&["2,Nurse"], &["3,Pilot"], &["2,Editor"]],
    );
    harness
        .backups
        .put(&harness.table("jobs"), "own", OWN, rows);
    let doubled = RestoreError::DoubledKey {
        name: "own".to_owned(),
        key: 2,
    };
    assert_eq!(restore(&harness, "jobs", None).await, Err(doubled));
    assert_eq!(harness.journal.count("store.load"), 1);
    is_as_before(&harness, "doubled").await;
}

#[tokio::test]
async fn whatever_fails_the_table_is_as_it_was_and_can_be_restored_afterwards() {
    let store = |text: &str| RestoreError::Store(StoreError::Unreachable(text.to_owned()));
    let failed = |text: &str| RestoreError::Backup(BackupError::Failed(text.to_owned()));
    let damaged = |text: &str| RestoreError::Backup(BackupError::Invalid(text.to_owned()));
    for (call, number, error) in [
        ("backups.open", 1, failed("backups.open fails")),
        ("store.load", 1, store("store.load fails")),
        ("backup.next", 2, damaged("backup.next fails")),
        ("load.add", 1, store("load.add fails")),
        ("load.add", 20, store("load.add fails")),
        ("load.finish", 1, store("load.finish fails")),
    ] {
        let harness = harness().await;
        let lines: Vec<String> = (0..20).map(|id| format!("{id},Job {id}")).collect();
        let rows = lines.iter().map(|line| harness.rows("jobs", &[line]));
        harness
            .backups
            .put(&harness.table("jobs"), "own", OWN, rows.collect());
        harness.journal.fail(call, number);
        assert_eq!(restore(&harness, "jobs", None).await, Err(error), "{call}");
        is_as_before(&harness, call).await;
        assert_eq!(
            restore(&harness, "jobs", None).await.unwrap().rows,
            20,
            "{call}"
        );
        assert_eq!(harness.lines("jobs"), lines, "{call}");
    }
}

#[tokio::test]
async fn strict_references_lead_to_rows_of_other_tables_or_to_earlier_ones_of_the_backup() {
    for (content, missing) in [
        (
            &[
                &["a,1,5,,", "itself,2,,2,"][..],
                &["earlier,3,,1,", "both,4,5,3,"],
            ][..],
            None,
        ),
        (&[&["a,1,5,,"], &["b,2,6,,"]], Some(("job_id", 6))),
        (&[&["a,1,5,2,", "later,2,,,"]], Some(("replaces", 2))),
        // That row was in the table, but is not in the backup.
        (&[&["gone,2,5,7,"]], Some(("replaces", 7))),
        (&[&["neither,2,6,7,"]], Some(("job_id", 6))),
    ] {
        for at in [OWN, FOREIGN] {
            let harness = Harness::new();
            harness.fill("jobs", &["5,Analyst"]).await;
            harness.fill("badges", &["before,7,,,"]).await;
            let rows = batches(&harness, "badges", content);
            harness
                .backups
                .put(&harness.table("badges"), "copy", at, rows);
            let done = restore(&harness, "badges", None).await;
            let Some((column, key)) = missing else {
                assert_eq!(done.unwrap().rows, 4);
                assert_eq!(harness.lines("badges"), content.concat());
                continue;
            };
            let error = RestoreError::MissingReference {
                name: "copy".to_owned(),
                column: column.to_owned(),
                key,
            };
            assert_eq!(done, Err(error), "{content:?}");
            assert_eq!(harness.lines("badges"), ["before,7,,,"], "{content:?}");
        }
    }
}

#[tokio::test]
async fn strict_references_that_a_restore_leaves_dangling_are_told() {
    let harness = Harness::new();
    harness.fill("jobs", &["5,Analyst", "6,Editor"]).await;
    harness
        .fill("employees", &["1,Aïcha,2021-07-27T16:02:08Z,1,6"])
        .await;
    let badges = ["a,1,5,,", "b,2,6,,", "c,3,6,2,", "none,4,,,"];
    harness.fill("badges", &badges).await;
    for (name, lines, told) in [
        (
            "5",
            &["5,Analyst"][..],
            &["2 rows of badges with a job_id that does not exist"][..],
        ),
        (
            "6",
            &["6,Editor"],
            &["1 row of badges with a job_id that does not exist"],
        ),
        ("both", &["6,Editor", "5,Analyst"], &[]),
    ] {
        let rows = batches(&harness, "jobs", &[lines]);
        let jobs = harness.table("jobs");
        harness.backups.put(&jobs, name, OWN, rows);
        let restored = restore(&harness, "jobs", Some(name)).await.unwrap();
        let dangling: Vec<_> = restored.dangling.iter().map(ToString::to_string).collect();
        assert_eq!(dangling, told, "{lines:?}");
        assert_eq!(harness.lines("jobs"), lines);
        assert_eq!(harness.lines("badges"), badges);
    }
    harness.journal.fail("load.dangling", 1);
    let failed = StoreError::Unreachable("load.dangling fails".to_owned());
    let done = restore(&harness, "jobs", Some("5")).await;
    assert_eq!(done, Err(RestoreError::Store(failed)));
    assert_eq!(harness.lines("jobs"), ["6,Editor", "5,Analyst"]);
}

#[tokio::test]
async fn keys_that_cannot_be_asked_for_fail_the_restoration() {
    let harness = Harness::new();
    harness.fill("badges", &["before,7,,,"]).await;
    harness
        .backups
        .put(&harness.table("badges"), "own", OWN, vec![]);
    harness.journal.fail("load.keys", 2);
    let error = StoreError::Unreachable("load.keys fails".to_owned());
    let done = restore(&harness, "badges", None).await;
    assert_eq!(done, Err(RestoreError::Store(error)));
    assert_eq!(harness.lines("badges"), ["before,7,,,"]);
}
