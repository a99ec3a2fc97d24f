//! Acknowledging.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use pipeline_domain::source::{Names, Source};
use pipeline_ports::{Group, PortError, PortErrorKind};
use tokio_util::sync::CancellationToken;

use super::memory::{MemoryArrivals, MemoryDatabase, MemoryLog};
use crate::RetryPolicy;
use crate::acknowledge::{Acknowledged, Acknowledger};
use crate::land::Lander;

/// Acknowledges for a minute, or until it fails.
pub(super) async fn acknowledge(
    log: &MemoryLog,
    arrivals: &Arc<MemoryArrivals>,
) -> Result<Acknowledged, PortError> {
    let retry_policy = RetryPolicy::new(Duration::from_secs(10));
    let acknowledger = Acknowledger::new(Arc::new(log.clone()), arrivals.clone(), retry_policy);
    let mut acknowledged = acknowledger.acknowledged();
    let stop = CancellationToken::new();
    let idle = async {
        tokio::time::sleep(Duration::from_secs(60)).await;
        stop.cancel();
    };
    let (run, ()) = tokio::join!(acknowledger.run(&stop), idle);
    run?;
    Ok(acknowledged.borrow_and_update().clone())
}

#[tokio::test(start_paused = true)]
async fn an_id_is_acknowledged_once_when_it_has_arrived_on_all_topics_also_after_a_restart() {
    let (log, arrivals) = (MemoryLog::default(), Arc::default());
    log.push(Source::First, &[r#"{"id": 1}"#, r#"{"id": 2}"#]);
    log.push(Source::Second, &[r#"{"id": 1}"#, r#"{"id": 2}"#]);
    assert_eq!(acknowledge(&log, &arrivals).await.unwrap().ids, 0);
    assert!(log.acknowledged().is_empty());
    log.push(Source::Third, &[r#"{"id": 1}"#]);
    let acknowledged = acknowledge(&log, &arrivals).await.unwrap();
    assert_eq!((acknowledged.ids, acknowledged.missing), (1, 0));
    assert_eq!(log.acknowledged(), [1]);
    // Again on a topic, and after the state has lost its last moments, or all of it.
    log.push(Source::First, &[r#"{"id": 1}"#]);
    acknowledge(&log, &arrivals).await.unwrap();
    for lose in [MemoryArrivals::crash, MemoryArrivals::lose] {
        lose(&arrivals);
        let again = acknowledge(&log, &arrivals).await.unwrap();
        assert_eq!((again.ids, again.missing), (0, 0));
        assert_eq!(log.acknowledged(), [1]);
    }
    log.push(Source::Third, &[r#"{"id": 2}"#]);
    acknowledge(&log, &arrivals).await.unwrap();
    assert_eq!(log.acknowledged(), [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn what_is_new_is_made_durable_once_and_an_orderly_stop_leaves_nothing_to_read_again() {
    let (log, arrivals) = (MemoryLog::default(), Arc::<MemoryArrivals>::default());
    let later = async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        log.push_complete(0..3);
    };
    let (acknowledged, ()) = tokio::join!(acknowledge(&log, &arrivals), later);
    assert_eq!(acknowledged.unwrap().ids, 3);
    arrivals.crash();
    acknowledge(&log, &arrivals).await.unwrap();
    assert_eq!((arrivals.syncs.load(Relaxed), log.topics().replays), (1, 0));
}

/// The old contract: an id is compared as a number, and one that carries no row has not arrived.
/// One rule for lander and acknowledger.
#[tokio::test(start_paused = true)]
async fn lander_and_acknowledger_pass_over_the_same_events() {
    let events = [
        (r#"{"id": 1}"#, true),
        (r#"{"id": 2.0, "feature1": null}"#, true),
        (r#"{"id": 3, "feature1": 4.0}"#, true),
        (r#"{"id": 4, "feature1": 4.5}"#, false),
        (r#"{"id": 5, "feature1": "4"}"#, false),
        (r#"{"id": 6, "colour": 1}"#, false),
        (r#"{"id": 7, "feature1": 1, "feature1": 1}"#, false),
        (r#"{"id": "8"}"#, false),
        ("", false),
        ("[]", false),
        // The row's own fault it is not: both have seen it.
        (r#"{"id": 9}"#, true),
    ];
    for (event, has_row) in events {
        let (log, arrivals) = (MemoryLog::default(), Arc::default());
        let database = Arc::new(MemoryDatabase::default());
        database.tables().refused.insert(9);
        for source in Source::ALL {
            log.push(source, &[event]);
        }
        let acknowledged = acknowledge(&log, &arrivals).await.unwrap();
        let lander = Lander::new(
            Arc::new(log.clone()),
            database.clone(),
            Names::default(),
            RetryPolicy::new(Duration::ZERO),
        );
        let landed = lander.landed();
        let stop = CancellationToken::new();
        let soon = tokio::time::timeout(Duration::from_secs(30), lander.run(&stop)).await;
        assert!(soon.is_err(), "it goes on");
        let landed = landed.borrow().clone();
        let malformed = if has_row { 0 } else { 3 };
        assert_eq!(landed.malformed, malformed, "{event}");
        assert_eq!(acknowledged.malformed, malformed, "{event}");
        assert_eq!(acknowledged.ids, u64::from(has_row), "{event}");
    }
}

#[tokio::test(start_paused = true)]
async fn failed_commits_acknowledge_nothing_twice_and_a_newer_process_ends_the_older() {
    let (log, arrivals) = (MemoryLog::default(), Arc::default());
    log.push_complete(0..2_500);
    log.topics().outage = 3;
    let acknowledged = acknowledge(&log, &arrivals).await.unwrap();
    assert_eq!(acknowledged.ids, 2_500);
    assert_eq!(log.acknowledged(), (0..2_500).collect::<Vec<_>>());

    let stop = CancellationToken::new();
    let policy = RetryPolicy::new(Duration::from_secs(10));
    let old = Acknowledger::new(Arc::new(log.clone()), arrivals.clone(), policy);
    let other = Arc::new(MemoryArrivals::default());
    let newer = async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        let newer = acknowledge(&log, &other);
        let (newer, ()) = tokio::join!(newer, async {
            tokio::time::sleep(Duration::from_secs(5)).await;
            log.push_complete(3_000..3_001);
        });
        newer
    };
    let (old, newer) = tokio::join!(old.run(&stop), newer);
    assert_eq!(old.unwrap_err().kind, PortErrorKind::TakenOver);
    assert_eq!(newer.unwrap().ids, 1);
    assert_eq!(log.acknowledged().last(), Some(&3_000));
}

#[tokio::test(start_paused = true)]
async fn ids_that_a_moved_group_has_passed_over_are_counted_at_the_start() {
    for lose in [MemoryArrivals::crash, MemoryArrivals::lose] {
        let (log, arrivals) = (MemoryLog::default(), Arc::default());
        log.push_complete(0..40);
        acknowledge(&log, &arrivals).await.unwrap();
        log.push_complete(40..240);
        log.reset_to_latest(Group::Acknowledger);
        lose(&arrivals);
        let acknowledged = acknowledge(&log, &arrivals).await.unwrap();
        assert_eq!((acknowledged.ids, acknowledged.missing), (0, 200));
        assert_eq!(log.acknowledged(), (0..40).collect::<Vec<_>>());
    }
}
