//! The contract of [`Backups`](crate::Backups).

use std::sync::Arc;

use warehouse_domain::batch::{RowBatch, Value};

use super::{batch, cells, jobs};
use crate::{Backup, BackupError, BackupReader, Backups};

/// Runs the suite on an empty store that keeps three backups per table and was made for the tables
/// of [`dictionary`](super::dictionary). Blocks.
///
/// # Panics
/// With the sentence of the contract that is violated.
pub fn keep_their_contract(backups: &dyn Backups) {
    what_is_written_is_read_back(backups);
    a_backup_is_there_when_it_is_finished(backups);
    the_newest_are_kept(backups);
}

fn write(backups: &dyn Backups, table: &str, rows: &[RowBatch], at: i64) -> Backup {
    let dictionary = super::dictionary();
    let table = dictionary.table(table).expect("a table of the suite");
    let mut writer = backups.create(Arc::clone(table)).expect("a backup begins");
    for rows in rows {
        writer.add(rows).expect("rows are added");
    }
    writer.finish(at).expect("a backup ends")
}

fn open(
    backups: &dyn Backups,
    table: &str,
    name: Option<&str>,
) -> Result<Box<dyn BackupReader>, BackupError> {
    let dictionary = super::dictionary();
    backups.open(Arc::clone(dictionary.table(table).expect("a table")), name)
}

fn read(reader: &mut dyn BackupReader, columns: usize) -> RowBatch {
    let mut all = RowBatch::new(columns);
    while let Some(rows) = reader.next().expect("a sound backup") {
        assert!(!rows.is_empty(), "rows come in batches that are not empty");
        for value in (0..rows.len()).flat_map(|row| rows.row(row)) {
            all.push(value);
        }
    }
    all
}

fn what_is_written_is_read_back(backups: &dyn Backups) {
    use Value::{Integer, Null, Text};
    let long = "🙂".repeat(20);
    let badges = batch(&[
        [Null, Integer(i32::MIN), Null, Null, Null],
        [
            Text(&long),
            Integer(-65),
            Integer(64),
            Integer(-64),
            Text("2021-07-27T16:02:08Z"),
        ],
        [
            Text("x"),
            Integer(i32::MAX),
            Integer(8192),
            Integer(-8193),
            Null,
        ],
    ]);
    write(backups, "badges", std::slice::from_ref(&badges), 1);
    let mut reader = open(backups, "badges", None).expect("a backup");
    assert!(reader.is_own(), "what a writer wrote is known again");
    for _ in 0..2 {
        assert_eq!(
            cells(&read(&mut *reader, 5)),
            cells(&badges),
            "every value is kept"
        );
        assert!(reader.next().expect("the end").is_none(), "there is an end");
        reader.rewind().expect("back to the first row");
    }
    let many = [jobs(0..40_000), jobs(40_000..40_001), RowBatch::new(2)];
    let made = write(backups, "jobs", &many, 2);
    assert_eq!(made.rows, Some(40_001));
    let mut reader = open(backups, "jobs", Some(&made.name)).expect("a backup");
    assert_eq!(reader.name(), made.name);
    assert_eq!(
        cells(&read(&mut *reader, 2)),
        cells(&jobs(0..40_001)),
        "many rows are kept"
    );
    write(backups, "departments", &[], 3);
    let mut reader = open(backups, "departments", None).expect("a backup");
    assert!(
        reader.next().expect("no rows").is_none(),
        "an empty table has a backup, too"
    );
}

fn a_backup_is_there_when_it_is_finished(backups: &dyn Backups) {
    let none = open(backups, "employees", None).map(|_| ());
    assert!(
        matches!(none, Err(BackupError::NotFound(_))),
        "there is none: {none:?}"
    );
    let dictionary = super::dictionary();
    let employees = dictionary.table("employees").expect("a table of the suite");
    let writer = backups
        .create(Arc::clone(employees))
        .expect("a backup begins");
    assert_eq!(
        backups.list(employees),
        Ok(vec![]),
        "it is not there before its end"
    );
    drop(writer);
    assert_eq!(backups.list(employees), Ok(vec![]), "nor if it was dropped");
    for name in ["../jobs", "jobs.avro", "", "/etc/passwd", "a/b"] {
        let found = open(backups, "employees", Some(name)).map(|_| ());
        assert!(
            matches!(found, Err(BackupError::NotFound(_))),
            "{name}: {found:?}"
        );
    }
}

fn the_newest_are_kept(backups: &dyn Backups) {
    let dictionary = super::dictionary();
    let jobs_table = dictionary.table("jobs").expect("a table of the suite");
    let made: Vec<Backup> = (10..15)
        .map(|at| write(backups, "jobs", &[jobs([at])], i64::from(at) * 1000))
        .collect();
    let expected: Vec<&Backup> = made.iter().rev().take(3).collect();
    let listed = backups.list(jobs_table).expect("a list");
    assert_eq!(
        listed.iter().collect::<Vec<_>>(),
        expected,
        "the newest three, newest first"
    );
    for backup in &listed {
        let digest = backup.digest.as_deref().unwrap_or_default();
        assert!(
            digest.len() == 64 && backup.rows == Some(1) && backup.bytes > 0,
            "{backup:?}"
        );
    }
    let mut reader = open(backups, "jobs", None).expect("a backup");
    assert_eq!(
        cells(&read(&mut *reader, 2)),
        cells(&jobs([14])),
        "the newest comes first"
    );
    let gone = open(backups, "jobs", Some(&made[0].name)).map(|_| ());
    assert!(
        matches!(gone, Err(BackupError::NotFound(_))),
        "older ones are gone: {gone:?}"
    );
}
