//! Many look on at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use async_trait::async_trait;
use futures::future::join_all;
use pipeline_ports::{
    Cluster, GroupView, MessagePage, MessageQuery, PortError, PortErrorKind, TopicView,
};
use tokio::time::{advance, sleep, timeout};

use crate::SharedCluster;

/// Takes three seconds for an answer, and counts.
#[derive(Default)]
struct Slow {
    asked: AtomicUsize,
    reads: AtomicUsize,
    most_reads: AtomicUsize,
    /// Whether nobody reaches it.
    is_away: bool,
}

impl Slow {
    async fn ask<T>(&self) -> Result<Vec<T>, PortError> {
        self.asked.fetch_add(1, Relaxed);
        sleep(Duration::from_secs(3)).await;
        match self.is_away {
            true => Err(PortError::unreachable("nobody answers")),
            false => Ok(Vec::new()),
        }
    }
}

#[async_trait]
impl Cluster for Slow {
    async fn topics(&self) -> Result<Vec<TopicView>, PortError> {
        self.ask().await
    }

    async fn messages(&self, _: &MessageQuery) -> Result<MessagePage, PortError> {
        let reads = self.reads.fetch_add(1, Relaxed) + 1;
        self.most_reads.fetch_max(reads, Relaxed);
        sleep(Duration::from_secs(3)).await;
        self.reads.fetch_sub(1, Relaxed);
        Ok(MessagePage {
            messages: Vec::new(),
            searched: 0,
            more: false,
        })
    }

    async fn groups(&self) -> Result<Vec<GroupView>, PortError> {
        self.ask().await
    }
}

fn query() -> MessageQuery {
    MessageQuery {
        topic: "a".to_owned(),
        partition: None,
        key: None,
        limit: 1,
        search: 1,
        shown: 1,
    }
}

#[tokio::test(start_paused = true)]
async fn all_who_ask_within_a_second_share_an_answer_also_that_there_is_none() {
    for is_away in [false, true] {
        let slow = Arc::new(Slow {
            is_away,
            ..Slow::default()
        });
        let shared = SharedCluster::new(slow.clone());
        let answers = join_all((0..150).map(|_| shared.topics())).await;
        assert!(answers.iter().all(|answer| answer.is_err() == is_away));
        assert_eq!(slow.asked.load(Relaxed), 1);
        // Somebody who does not wait for the answer leaves it to the others.
        sleep(Duration::from_secs(2)).await;
        for _ in 0..150 {
            let impatient = timeout(Duration::from_millis(1), shared.groups()).await;
            assert!(impatient.is_err());
        }
        assert_eq!(shared.groups().await.is_err(), is_away);
        assert_eq!(slow.asked.load(Relaxed), 2);
        // A second later it is asked again.
        advance(Duration::from_secs(1)).await;
        let _ = shared.groups().await;
        assert_eq!(slow.asked.load(Relaxed), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn few_read_messages_at_once_and_who_waits_too_long_is_told() {
    let slow = Arc::new(Slow::default());
    let shared = SharedCluster::new(slow.clone());
    let query = query();
    for _ in 0..4 {
        let impatient = timeout(Duration::from_millis(1), shared.messages(&query)).await;
        assert!(impatient.is_err());
    }
    let answers = join_all((0..150).map(|_| shared.messages(&query))).await;
    assert_eq!(slow.most_reads.load(Relaxed), 4);
    let (read, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert!(read.len() >= 12, "{} read", read.len());
    for answer in refused {
        let error = answer.unwrap_err();
        assert_eq!(error.kind, PortErrorKind::Unreachable);
        assert!(error.message.contains("try again"), "{error}");
    }
}
