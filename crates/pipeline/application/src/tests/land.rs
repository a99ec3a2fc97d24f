//! Landing.

use std::sync::Arc;
use std::time::Duration;

use pipeline_domain::source::{Names, Source};
use pipeline_ports::{PortError, PortErrorKind, Topic};
use tokio_util::sync::CancellationToken;

use super::memory::{MemoryDatabase, MemoryLog};
use crate::RetryPolicy;
use crate::land::{Landed, Lander};

/// Lands for a minute, or until it fails.
async fn land(log: &MemoryLog, database: &Arc<MemoryDatabase>) -> Result<Landed, PortError> {
    let names = Names::with_prefix("test.").unwrap();
    let retry_policy = RetryPolicy::new(Duration::from_secs(10));
    let lander = Lander::new(Arc::new(log.clone()), database.clone(), names, retry_policy);
    let landed = lander.landed();
    let stop = CancellationToken::new();
    let idle = async {
        tokio::time::sleep(Duration::from_secs(60)).await;
        stop.cancel();
    };
    let (run, ()) = tokio::join!(lander.run(&stop), idle);
    run?;
    Ok(landed.borrow().clone())
}

/// The header of each dead letter, in their order.
fn headers(log: &MemoryLog, name: &str) -> Vec<String> {
    let letters = log.read(Topic::DeadLetters);
    let header = |headers: &[(&str, String)]| {
        let found = headers.iter().find(|(known, _)| *known == name);
        found.map_or(String::new(), |(_, value)| value.clone())
    };
    letters.iter().map(|it| header(&it.headers)).collect()
}

#[tokio::test(start_paused = true)]
async fn what_cannot_land_is_a_dead_letter_with_its_reason_and_origin_and_nothing_stops() {
    let (log, database) = (MemoryLog::default(), Arc::default());
    log.push(
        Source::First,
        &["{\"id\": 1}", "{\"id\": 2}", "{\"id\": 1}", "oops"],
    );
    log.push(Source::Second, &[r#"{"id": 1, "feature1": "x"}"#, ""]);
    log.push(Source::Third, &["{\"id\": 3}"]);
    MemoryDatabase::tables(&database).refused.insert(3);
    let landed = land(&log, &database).await.unwrap();
    assert_eq!(landed.rows, [2, 0, 0]);
    assert_eq!(
        (landed.duplicates, landed.malformed, landed.refused),
        (1, 3, 1)
    );
    let mut reasons: Vec<_> = headers(&log, "reason");
    reasons.sort();
    let expected = [
        "duplicate-id",
        "empty",
        "not-json",
        "refused-by-database",
        "wrong-value",
    ];
    assert_eq!(reasons, expected);
    let refused = log.read(Topic::DeadLetters).into_iter();
    let refused = refused.filter(|letter| letter.payload == b"{\"id\": 3}");
    let [refused] = &refused.collect::<Vec<_>>()[..] else {
        panic!("one dead letter of the refused row");
    };
    let expected = [
        ("reason", "refused-by-database"),
        ("why", "data3 refuses the row: no 3"),
        ("source", "3"),
        ("partition", "0"),
        ("offset", "0"),
    ];
    let expected = expected.map(|(name, value)| (name, value.to_owned()));
    assert_eq!(refused.headers, expected);
    // All of it is settled: nothing comes again.
    let again = land(&log, &database).await.unwrap();
    assert_eq!(again.rows, [0; 3]);
    assert_eq!(log.read(Topic::DeadLetters).len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_table_that_refuses_everything_stops_the_lander_and_one_that_refuses_many_does_not() {
    let (log, database) = (MemoryLog::default(), Arc::default());
    let events: Vec<String> = (0..400).map(|id| format!("{{\"id\": {id}}}")).collect();
    let events: Vec<&str> = events.iter().map(String::as_str).collect();
    // Every second row, in either partition's order: 200 in all, never 101 in succession.
    log.push(Source::First, &events);
    let refused = (0..400).filter(|id| id / 2 % 2 == 0);
    MemoryDatabase::tables(&database).refused.extend(refused);
    let landed = land(&log, &database).await.unwrap();
    assert_eq!((landed.rows, landed.refused), ([200, 0, 0], 200));

    MemoryDatabase::tables(&database).refused = (0..2_000).collect();
    // A hundred are dead letters still.
    let tail = |ids: std::ops::Range<i64>| {
        let events: Vec<String> = ids.map(|id| format!("{{\"id\": {id}}}")).collect();
        let events: Vec<&str> = events.iter().map(String::as_str).collect();
        log.push(Source::Second, &events);
    };
    tail(0..100);
    let landed = land(&log, &database).await.unwrap();
    assert_eq!((landed.rows, landed.refused), ([0; 3], 100));
    tail(100..201);
    let error = land(&log, &database).await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Refused);
    assert!(
        error.message.contains("data2 has refused more than 100"),
        "{error}"
    );
    assert!(error.message.contains("the last one with: no "), "{error}");
    assert_eq!(headers(&log, "reason").len(), 300, "none of those is lost");
    // Once the table is mended, they land.
    MemoryDatabase::tables(&database).refused.clear();
    let landed = land(&log, &database).await.unwrap();
    assert_eq!((landed.rows, landed.refused), ([0, 101, 0], 0));
}

#[tokio::test(start_paused = true)]
async fn outages_of_the_database_and_the_log_land_nothing_twice() {
    let (log, database) = (MemoryLog::default(), Arc::default());
    log.push_complete(0..50);
    MemoryDatabase::tables(&database).outage = 3;
    log.topics().outage = 2;
    let landed = land(&log, &database).await.unwrap();
    // Rows that landed before the failed commits came again.
    assert_eq!(landed.rows, [0; 3]);
    assert_eq!((landed.redelivered, landed.duplicates), (150, 0));
    assert_eq!(MemoryDatabase::tables(&database).ids[0].len(), 50);
    assert!(log.read(Topic::DeadLetters).is_empty());

    // Longer than the policy allows.
    log.push_complete(50..51);
    MemoryDatabase::tables(&database).outage = 20;
    let error = land(&log, &database).await.unwrap_err();
    assert_eq!(error.message, "the database is away");
}

#[tokio::test(start_paused = true)]
async fn a_dead_letter_carries_a_mebibyte_of_a_larger_event() {
    let (log, database) = (MemoryLog::default(), Arc::default());
    for size in [(1 << 20), (1 << 20) + 1] {
        log.push(Source::First, &[&"x".repeat(size)]);
    }
    land(&log, &database).await.unwrap();
    let letters = log.read(Topic::DeadLetters);
    assert!(letters.iter().all(|it| it.payload.len() == 1 << 20));
    let mut cut = headers(&log, "cut-from-bytes");
    cut.sort();
    assert_eq!(cut, ["", "1048577"]);
}
