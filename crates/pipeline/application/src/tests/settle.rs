//! Ids that were passed over.

use std::sync::Arc;

use pipeline_domain::source::Source;
use pipeline_ports::{Group, PortErrorKind};
use tokio_util::sync::CancellationToken;

use super::acknowledge::acknowledge;
use super::memory::MemoryLog;
use crate::settle::{settle, settle_in_passes};

/// 40 acknowledged ids, 200 that were passed over, and some that are not complete.
async fn passed_over() -> (MemoryLog, Arc<super::memory::MemoryArrivals>) {
    let (log, arrivals) = (MemoryLog::default(), Arc::default());
    log.push_complete(0..40);
    acknowledge(&log, &arrivals).await.unwrap();
    log.push_complete((40..240).rev());
    log.push(Source::First, &[r#"{"id": 500}"#, r#"{"id": 501}"#, "oops"]);
    log.push(Source::Second, &[r#"{"id": 500}"#]);
    log.reset_to_latest(Group::Acknowledger);
    (log, arrivals)
}

#[tokio::test(start_paused = true)]
async fn complete_ids_without_an_acknowledgement_get_theirs_and_no_other_does() {
    // However many passes it takes.
    for max_ids in [7, 100, 241, 242, 10_000] {
        let (log, arrivals) = passed_over().await;
        let stop = CancellationToken::new();
        let before = log.topics().replays;
        let settled = settle_in_passes(&log, max_ids, &stop).await.unwrap();
        assert_eq!(settled, Some(200), "{max_ids}");
        let passes = 242_u32.div_ceil(max_ids as u32);
        assert_eq!(log.topics().replays - before, 2 * passes, "{max_ids}");
        assert_eq!(log.acknowledged(), (0..240).collect::<Vec<_>>());
        assert_eq!(settle(&log, &stop).await.unwrap(), Some(0));
        // What comes after the committed offsets is the acknowledger's.
        log.push(Source::Third, &[r#"{"id": 500}"#]);
        log.push_complete(600..601);
        assert_eq!(settle(&log, &stop).await.unwrap(), Some(0));
        let acknowledged = acknowledge(&log, &arrivals).await.unwrap();
        assert_eq!((acknowledged.ids, acknowledged.missing), (2, 0));
        assert_eq!(log.acknowledged()[240..], [500, 600]);
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_settled_where_acknowledgements_were_deleted_and_nothing_after_a_stop() {
    let (log, _) = passed_over().await;
    log.topics().truncated = true;
    let stop = CancellationToken::new();
    let error = settle(&log, &stop).await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Refused);
    assert!(error.message.contains("retention"), "{error}");
    log.topics().truncated = false;
    stop.cancel();
    assert_eq!(settle(&log, &stop).await.unwrap(), None);
    assert_eq!(log.acknowledged().len(), 40);
}
