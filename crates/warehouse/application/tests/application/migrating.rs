use std::collections::BTreeMap;
use std::path::PathBuf;

use warehouse_application::migrate::{MigrateError, Migrated, Migration, Progress};
use warehouse_ports::LoadRecord;

use crate::harness::{Harness, NOW, Opening, long_lines};

/// What is wrong with each line is beside it in the test.
const JOBS: &str = "3,Analyst\nx,Editor\n\n1,\n1,Nurse\n3,Again\n7,There\n,\n9\n2,Paralegal";

#[tokio::test]
async fn valid_rows_are_loaded_in_their_order_and_the_others_told_with_line_and_reason() {
    let harness = Harness::new();
    harness.fill("jobs", &["7,Statistician"]).await;
    let done = harness.warehouse.migrate(harness.migration("jobs", JOBS));
    let record = LoadRecord {
        digest: "5216a02d594837052c4f8f27b3421126622bb2344b6338f61707f66280e6b8d3".to_owned(),
        file: "history.csv".to_owned(),
        rows: 3,
        rejected: 6,
        reasons: BTreeMap::from([
            ("job_id: duplicate-in-input".to_owned(), 1),
            ("job_id: duplicate-in-table".to_owned(), 1),
            ("job_id: empty".to_owned(), 1),
            ("job_id: not-an-integer".to_owned(), 1),
            ("job_name: empty".to_owned(), 2),
            ("row: column-count".to_owned(), 1),
        ]),
        loaded_at: NOW,
    };
    let expected = Migrated::Loaded {
        record: record.clone(),
        empty_lines: 1,
        rejects: Some(PathBuf::from("jobs/history.csv")),
    };
    assert_eq!(done.await, Ok(expected));
    // The key of a row that was rejected is free.
    let rows = ["7,Statistician", "3,Analyst", "1,Nurse", "2,Paralegal"];
    assert_eq!(harness.lines("jobs"), rows);
    let told = [
        "2 job_id not-an-integer [x] x,Editor",
        "4 job_name empty [] 1,",
        "6 job_id duplicate-in-input [3] 3,Again",
        "7 job_id duplicate-in-table [7] 7,There",
        "8 job_id empty [] ,",
        "8 job_name empty [] ,",
        "9 - column-count [] 9",
    ];
    assert_eq!(harness.rejects.told().unwrap(), told);
    assert_eq!(harness.loads("jobs").await, [record]);
}

#[tokio::test]
async fn a_file_without_a_fault_leaves_no_log_of_rejected_rows() {
    let harness = Harness::new();
    harness.load(harness.migration("jobs", "x,Editor")).await;
    assert!(harness.rejects.told().is_some());
    let done = harness
        .warehouse
        .migrate(harness.migration("jobs", "1,Editor"));
    let Ok(Migrated::Loaded {
        record, rejects, ..
    }) = done.await
    else {
        panic!("it is loaded")
    };
    assert_eq!((record.rows, record.rejected, rejects), (1, 0, None));
    assert_eq!(record.reasons, BTreeMap::new());
    assert_eq!(
        harness.rejects.told(),
        None,
        "that of the file before is gone"
    );
}

#[tokio::test]
async fn a_file_of_any_length_is_loaded_in_order_and_its_lines_are_counted() {
    let harness = Harness::new();
    // The second half first.
    let mut lines = long_lines((20_001..=30_000).chain(10_001..=20_000));
    let rows = lines.clone();
    lines[5_000] = "one,Editor".to_owned();
    lines.push(lines[0].clone());
    let record = harness
        .load(harness.migration("jobs", lines.join("\n")))
        .await;
    assert_eq!((record.rows, record.rejected), (19_999, 2));
    let expected = [&rows[..5_000], &rows[5_001..]].concat();
    assert!(
        harness.lines("jobs") == expected,
        "in the order of the file"
    );
    let told = [
        "5001 job_id not-an-integer [one] one,Editor".to_owned(),
        format!("20001 job_id duplicate-in-input [20001] {}", rows[0]),
    ];
    assert_eq!(harness.rejects.told().unwrap(), told);
}

#[tokio::test]
async fn a_line_too_long_costs_itself_only() {
    let harness = Harness::new();
    let long = "x".repeat(3 << 20);
    let content = format!("1,Analyst\n2,{long}\n3,Editor\nx,Nurse\n");
    let record = harness.load(harness.migration("jobs", &content)).await;
    assert_eq!(harness.lines("jobs"), ["1,Analyst", "3,Editor"]);
    let told = [
        format!("2 - line-too-long [] 2,{}", &long[..4094]),
        "4 job_id not-an-integer [x] x,Nurse".to_owned(),
    ];
    assert_eq!(harness.rejects.told().unwrap(), told);
    assert_eq!((record.rows, record.rejected), (2, 2));
}

#[tokio::test]
async fn progress_is_told_again_and_again_and_last_of_all_the_whole() {
    let harness = Harness::new();
    let mut lines = long_lines(10_001..=20_000);
    lines[0] = format!("x{}", &lines[0][1..]);
    harness
        .load(harness.migration("jobs", lines.join("\n")))
        .await;
    let told = harness.progress.lock().unwrap().clone();
    assert!(told.len() > 1, "a megabyte takes its time: {told:?}");
    for pair in told.windows(2) {
        let (before, after) = (pair[0], pair[1]);
        assert!(
            before.bytes <= after.bytes && before.rows < after.rows,
            "{told:?}"
        );
    }
    assert_eq!(told[0].rejected, 1, "a fault is told when it was seen");
    let whole = Progress {
        bytes: 999_999,
        rows: 9_999,
        rejected: 1,
    };
    assert_eq!(told.last(), Some(&whole));
}

#[tokio::test]
async fn as_many_rows_may_be_rejected_as_are_allowed_and_not_one_more() {
    for (limit, wrong, is_loaded) in [
        (Some(0), 0, true),
        (Some(0), 1, false),
        (Some(2), 2, true),
        (Some(2), 3, false),
        (None, 50, true),
    ] {
        let harness = Harness::new();
        harness.fill("jobs", &["7,Statistician"]).await;
        let job = Migration {
            max_rejects: limit,
            ..harness.migration(
                "jobs",
                format!("1,Analyst\n{}2,Editor", ",\n".repeat(wrong)),
            )
        };
        let done = harness.warehouse.migrate(job).await;
        let told = harness.rejects.told().unwrap_or_default();
        // Two faults a row, and told in any case: who is to correct a file must know what.
        assert_eq!(told.len(), 2 * wrong, "{limit:?}, {wrong}");
        if is_loaded {
            assert!(
                matches!(done, Ok(Migrated::Loaded { .. })),
                "{limit:?}: {done:?}"
            );
            let rows = ["7,Statistician", "1,Analyst", "2,Editor"];
            assert_eq!(harness.lines("jobs"), rows, "{limit:?}, {wrong}");
            continue;
        }
        let error = MigrateError::TooManyRejects {
            file: "history.csv".to_owned(),
            limit: limit.unwrap(),
            rejects: Some(PathBuf::from("jobs/history.csv")),
        };
        assert_eq!(done, Err(error), "{limit:?}, {wrong}");
        assert_eq!(
            harness.lines("jobs"),
            ["7,Statistician"],
            "{limit:?}, {wrong}"
        );
        assert_eq!(harness.loads("jobs").await, []);
    }
}

#[tokio::test]
async fn a_long_file_with_too_many_faults_is_given_up_before_its_end() {
    let harness = Harness::new();
    let lines = long_lines(10_001..=50_000).join("\n");
    let job = Migration {
        max_rejects: Some(0),
        ..harness.migration("jobs", format!(",Analyst\n{lines}\n,Editor"))
    };
    let error = harness.warehouse.migrate(job).await.unwrap_err();
    let says = "history.csv: more than 0 rows were rejected, so nothing was loaded; correct the \
                file, or allow more; jobs/history.csv tells which";
    assert_eq!(error.to_string(), says);
    let told = ["1 job_id empty [] ,Analyst"];
    assert_eq!(harness.rejects.told().unwrap(), told);
    assert_eq!(harness.lines("jobs"), [""; 0]);
}

#[tokio::test]
async fn a_content_that_was_loaded_is_known_and_changes_nothing() {
    let harness = Harness::new();
    let record = harness
        .load(harness.migration("jobs", "1,Analyst\nx,Editor"))
        .await;
    harness
        .load(harness.migration("jobs", "2,Nurse\nx,Editor"))
        .await;
    let again = Migration {
        now: NOW + 1,
        ..harness.migration("jobs", "1,Analyst\nx,Editor")
    };
    let rejects = harness.rejects.told();
    let done = harness.warehouse.migrate(again).await;
    assert_eq!(done, Ok(Migrated::Known(record)));
    assert_eq!(harness.lines("jobs"), ["1,Analyst", "2,Nurse"]);
    assert_eq!(harness.loads("jobs").await.len(), 2);
    assert_eq!(
        harness.rejects.told(),
        rejects,
        "the log of the other file stays"
    );

    let elsewhere = harness.migration("departments", "1,Analyst\nx,Editor");
    harness.load(elsewhere).await;
    let rows = harness.lines("departments");
    assert_eq!(rows, ["1,Analyst"], "each table knows its own files");
}

#[tokio::test]
async fn a_file_of_which_every_row_was_rejected_can_be_migrated_again() {
    let harness = Harness::new();
    harness.fill("jobs", &["7,Statistician"]).await;
    let content = "1;Analyst\n2;Editor";
    // The separator is wrong, twice.
    for _ in 0..2 {
        let job = harness.migration("jobs", content);
        let done = harness.warehouse.migrate(job).await;
        let Ok(Migrated::Loaded {
            record, rejects, ..
        }) = done
        else {
            panic!("it is not known: {done:?}")
        };
        assert_eq!((record.rows, record.rejected), (0, 2));
        assert_eq!(record.reasons["row: column-count"], 2);
        assert_eq!(rejects, Some(PathBuf::from("jobs/history.csv")));
        assert_eq!(harness.rejects.told().unwrap().len(), 2);
        assert_eq!(harness.lines("jobs"), ["7,Statistician"]);
        assert_eq!(harness.loads("jobs").await, []);
    }
    let mut job = harness.migration("jobs", content);
    job.format.separator = b';';
    let record = harness.load(job).await;
    assert_eq!((record.rows, record.rejected), (2, 0));
    let rows = ["7,Statistician", "1,Analyst", "2,Editor"];
    assert_eq!(harness.lines("jobs"), rows);
    assert_eq!(harness.loads("jobs").await, [record]);
}

#[tokio::test]
async fn a_file_without_rows_is_known_when_it_comes_again() {
    let harness = Harness::new();
    let record = harness.load(harness.migration("jobs", "")).await;
    assert_eq!((record.rows, record.rejected), (0, 0));
    let again = harness.migration("jobs", "");
    let done = harness.warehouse.migrate(again).await;
    assert_eq!(done, Ok(Migrated::Known(record)));
}

#[tokio::test]
async fn of_two_migrations_of_one_content_at_once_one_waits_and_then_knows_it() {
    let harness = Harness::new();
    let migrate = || {
        harness
            .warehouse
            .migrate(harness.migration("jobs", "1,Analyst"))
    };
    let (first, second) = tokio::join!(migrate(), migrate());
    let mut done = [first.unwrap(), second.unwrap()];
    done.sort_by_key(|done| matches!(done, Migrated::Known(_)));
    let [Migrated::Loaded { record, .. }, Migrated::Known(known)] = done else {
        panic!("one loads: {done:?}")
    };
    assert_eq!((record.rows, record.rejected), (1, 0));
    assert_eq!(known, record);
    assert_eq!(harness.lines("jobs"), ["1,Analyst"]);
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_read_is_not_loaded() {
    let harness = Harness::new();
    let openings = ["1,Analyst\n", "1,Analyst\n2,Editor\n"].map(Opening::whole);
    let job = harness.migration_of("jobs", openings.into());
    let error = harness.warehouse.migrate(job).await.unwrap_err();
    assert_eq!(error, MigrateError::Changed("history.csv".to_owned()));
    assert_eq!(harness.lines("jobs"), [""; 0]);
    assert_eq!(harness.loads("jobs").await, []);
}

#[tokio::test]
async fn what_was_rejected_is_told_before_the_other_rows_are_there() {
    let harness = Harness::new();
    harness
        .load(harness.migration("jobs", "1,Analyst\nx,Editor"))
        .await;
    // A crash in between then loses no rejection.
    let place = |call| harness.journal.place(call).unwrap();
    assert!(place("rejects.finish") < place("load.finish"));
}
