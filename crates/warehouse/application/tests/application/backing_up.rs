use warehouse_application::backup::BackupTableError;
use warehouse_ports::{BackupError, Backups, StoreError};

use crate::harness::{Harness, NOW};

/// More than are read at once, in no order.
fn jobs() -> Vec<String> {
    let ids = (0..1000).map(|number| number * 7 % 1000);
    ids.map(|id| format!("{id},Job {id}")).collect()
}

#[tokio::test]
async fn a_backup_has_all_rows_in_the_order_in_which_they_are_read() {
    for lines in [jobs(), jobs()[..1].to_vec(), vec![]] {
        let harness = Harness::new();
        harness.fill("jobs", &lines).await;
        harness.fill("departments", &["1,Staff"]).await;
        let table = harness.table("jobs");
        let backup = harness.warehouse.backup(table.clone(), NOW).await.unwrap();
        assert_eq!(backup.rows, Some(lines.len() as u64));
        assert_eq!(backup.taken_at, Some(NOW));
        assert_eq!(harness.backups.lines(&backup.name), lines);
        assert_eq!(harness.backups.list(&table), Ok(vec![backup]));
        assert_eq!(harness.lines("jobs"), lines, "the table is as it was");
    }
}

#[tokio::test]
async fn whatever_fails_there_is_no_new_backup_and_the_earlier_one_stays() {
    let store = |text: &str| BackupTableError::Store(StoreError::Unreachable(text.to_owned()));
    let files = |text: &str| BackupTableError::Backup(BackupError::Failed(text.to_owned()));
    for (call, number, error) in [
        ("store.rows", 1, store("store.rows fails")),
        ("rows.next", 1, store("rows.next fails")),
        ("rows.next", 5, store("rows.next fails")),
        // All ten batches were there, but not the end.
        ("rows.next", 11, store("rows.next fails")),
        ("backups.create", 1, files("backups.create fails")),
        // The rows that are still to come find nobody.
        ("backup.add", 1, files("backup.add fails")),
        ("backup.add", 10, files("backup.add fails")),
        ("backup.finish", 1, files("backup.finish fails")),
    ] {
        let harness = Harness::new();
        let table = harness.table("jobs");
        let earlier = harness.warehouse.backup(table.clone(), NOW).await.unwrap();
        harness.fill("jobs", &jobs()).await;
        harness.journal.fail(call, number);
        let done = harness.warehouse.backup(table.clone(), NOW + 1).await;
        assert_eq!(done, Err(error), "{call}, {number}");
        assert_eq!(
            harness.backups.list(&table),
            Ok(vec![earlier]),
            "{call}, {number}"
        );
    }
}
