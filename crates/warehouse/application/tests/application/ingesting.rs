use warehouse_application::ingest::{Incoming, IngestError, Ingested};
use warehouse_ports::{Idempotency, StoreError};

use crate::harness::{Harness, NOW, told};

/// What a request brings, a row a line.
fn request<T: AsRef<str>>(harness: &Harness, table: &str, lines: &[T]) -> Incoming {
    let parsed = harness.parsed(table, lines);
    Incoming {
        rows: parsed.rows,
        places: parsed.lines,
        rejections: parsed.rejections,
    }
}

async fn ingest<T: AsRef<str>>(
    harness: &Harness,
    table: &str,
    lines: &[T],
    all_or_nothing: bool,
) -> Result<Ingested, IngestError> {
    let incoming = request(harness, table, lines);
    let warehouse = &harness.warehouse;
    warehouse
        .ingest(&harness.table(table), incoming, all_or_nothing, None)
        .await
}

#[tokio::test]
async fn a_request_has_1_to_1000_rows_whether_they_are_valid_or_not() {
    for (valid, wrong, is_taken) in [
        (0, 0, false),
        (1, 0, true),
        (0, 1, true),
        (1000, 0, true),
        (998, 2, true),
        (1001, 0, false),
        (999, 2, false),
        (0, 1001, false),
    ] {
        let harness = Harness::new();
        let lines = (1..=valid).map(|id| format!("{id},Job"));
        let lines: Vec<String> = lines.chain((0..wrong).map(|_| ",Job".to_owned())).collect();
        let done = ingest(&harness, "jobs", &lines, false).await;
        if is_taken {
            let done = done.unwrap();
            assert_eq!((done.inserted, done.rejections.len()), (valid, wrong));
            assert_eq!(harness.lines("jobs"), lines[..valid]);
        } else {
            assert_eq!(done, Err(IngestError::RowCount(valid + wrong)));
            assert_eq!(harness.lines("jobs"), [""; 0]);
        }
    }
    let says = |count| IngestError::RowCount(count).to_string();
    let expected = "expected 1 to 1000; split larger amounts over several requests";
    assert_eq!(says(0), format!("got no rows, {expected}"));
    assert_eq!(says(1234), format!("got more than 1000 rows, {expected}"));
}

#[tokio::test]
async fn of_the_rows_with_one_key_the_first_stays_and_all_faults_come_in_order() {
    let harness = Harness::new();
    harness.fill("jobs", &["6,Statistician"]).await;
    let lines = ["x,a", "5,b", "5,c", "6,d", "7,e", "5,f", ",", "6,g", "8,h"];
    let done = ingest(&harness, "jobs", &lines, false).await.unwrap();
    let rows = ["6,Statistician", "5,b", "7,e", "8,h"];
    assert_eq!(harness.lines("jobs"), rows);
    let expected = [
        "0 job_id not-an-integer [x] x,a",
        "2 job_id duplicate-in-input [5]",
        "3 job_id duplicate-in-table [6]",
        "5 job_id duplicate-in-input [5]",
        "6 job_id empty [] ,",
        "6 job_name empty [] ,",
        "7 job_id duplicate-in-input [6]",
    ];
    assert_eq!(told(&done.rejections), expected);
    assert_eq!((done.inserted, done.replayed), (3, false));
}

#[tokio::test]
async fn a_row_that_refers_to_nothing_is_told_with_its_field_and_place() {
    let harness = Harness::new();
    harness.fill("jobs", &["5,Analyst"]).await;
    let lines = ["a,x,,,", "b,1,5,1,", "c,2,9,,", "d,1,5,,", "e,3,5,4,"];
    let done = ingest(&harness, "badges", &lines, false).await.unwrap();
    assert_eq!(harness.lines("badges"), ["b,1,5,1,"]);
    let expected = [
        "0 badge not-an-integer [x] a,x,,,",
        "2 job_id missing-reference [9]",
        "3 badge duplicate-in-input [1]",
        "4 replaces missing-reference [4]",
    ];
    assert_eq!(told(&done.rejections), expected);
    assert_eq!(done.inserted, 1);
}

#[tokio::test]
async fn one_bad_row_keeps_out_all_if_that_is_wanted() {
    for (lines, expected) in [
        (
            ["1,a", "2,b", "x,c"],
            &["2 job_id not-an-integer [x] x,c"][..],
        ),
        (["1,a", "2,b", "2,c"], &["2 job_id duplicate-in-input [2]"]),
        (["1,a", "6,b", "3,c"], &["1 job_id duplicate-in-table [6]"]),
        (["1,a", "2,b", "3,c"], &[]),
    ] {
        let harness = Harness::new();
        harness.fill("jobs", &["6,Statistician"]).await;
        let done = ingest(&harness, "jobs", &lines, true).await.unwrap();
        assert_eq!(told(&done.rejections), expected);
        let inserted = if expected.is_empty() { &lines[..] } else { &[] };
        assert_eq!(done.inserted, inserted.len(), "{lines:?}");
        let rows = [&["6,Statistician"], inserted].concat();
        assert_eq!(harness.lines("jobs"), rows, "{lines:?}");
    }
}

#[tokio::test]
async fn a_request_that_comes_again_has_the_same_answer_and_changes_nothing() {
    let harness = Harness::new();
    let ask = async |lines: &[&str], all_or_nothing, digest: &str| {
        let idempotency = Idempotency {
            key: "k".repeat(64),
            digest: digest.repeat(64),
            now: NOW,
            forget_before: NOW - 1,
        };
        let (table, incoming) = (harness.table("jobs"), request(&harness, "jobs", lines));
        let warehouse = &harness.warehouse;
        warehouse
            .ingest(&table, incoming, all_or_nothing, Some(idempotency))
            .await
    };
    harness.fill("jobs", &["6,Statistician"]).await;
    let lines = ["1,a", "1,b", "6,c", "x,d"];
    let kept_out = ask(&lines, true, "a").await.unwrap();
    assert_eq!((kept_out.inserted, kept_out.replayed), (0, false));

    // Nothing was done with the key, so it is free.
    let first = ask(&lines, false, "b").await.unwrap();
    assert_eq!((first.inserted, first.replayed), (1, false));
    let again = ask(&lines, false, "b").await.unwrap();
    let expected = Ingested {
        replayed: true,
        ..first
    };
    assert_eq!(again, expected);
    let expected = [
        "1 job_id duplicate-in-input [1]",
        "2 job_id duplicate-in-table [6]",
        "3 job_id not-an-integer [x] x,d",
    ];
    assert_eq!(told(&again.rejections), expected);

    let other = ask(&["2,a"], false, "c").await;
    assert_eq!(other, Err(IngestError::Store(StoreError::KeyReused)));
    assert_eq!(harness.lines("jobs"), ["6,Statistician", "1,a"]);
}

#[tokio::test]
async fn a_database_that_fails_is_told() {
    let harness = Harness::new();
    harness.journal.fail("store.insert", 1);
    let done = ingest(&harness, "jobs", &["1,Analyst"], false).await;
    let error = StoreError::Unreachable("store.insert fails".to_owned());
    assert_eq!(done, Err(IngestError::Store(error)));
    assert_eq!(harness.lines("jobs"), [""; 0]);
}
