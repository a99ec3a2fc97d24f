//! Limits the load that viewers put on the cluster and on this process, however many there are.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use pipeline_ports::{Cluster, GroupView, MessagePage, MessageQuery, PortError, TopicView};
use tokio::sync::{Mutex, Semaphore};
use tokio::time::{Instant, timeout};

/// How long an answer is served from the cache.
const FRESH: Duration = Duration::from_secs(1);
/// Maximum number of concurrent reads of messages: each has a client with buffers of its own.
const READS: usize = 4;
/// How long a read may wait in the queue.
const TURN: Duration = Duration::from_secs(10);

/// Queries topics and groups at most once a second for all callers, and limits the number of
/// concurrent reads of messages. A query runs to its end even if its caller has gone, so that a
/// client that disconnects and reconnects causes no additional work.
pub struct SharedCluster {
    cluster: Arc<dyn Cluster>,
    topics: Shared<Vec<TopicView>>,
    groups: Shared<Vec<GroupView>>,
    reads: Arc<Semaphore>,
}

impl SharedCluster {
    /// Wraps this cluster.
    pub fn new(cluster: Arc<dyn Cluster>) -> Self {
        Self {
            cluster,
            topics: Shared::default(),
            groups: Shared::default(),
            reads: Arc::new(Semaphore::new(READS)),
        }
    }
}

#[async_trait]
impl Cluster for SharedCluster {
    async fn topics(&self) -> Result<Vec<TopicView>, PortError> {
        let cluster = Arc::clone(&self.cluster);
        self.topics.get(async move { cluster.topics().await }).await
    }

    async fn messages(&self, query: &MessageQuery) -> Result<MessagePage, PortError> {
        let turn = timeout(TURN, Arc::clone(&self.reads).acquire_owned()).await;
        let Ok(Ok(permit)) = turn else {
            return Err(PortError::unreachable(format!(
                "{READS} others read messages, and none ended within {} s; try again later",
                TURN.as_secs()
            )));
        };
        let (cluster, query) = (Arc::clone(&self.cluster), query.clone());
        to_the_end(async move {
            let _permit = permit;
            cluster.messages(&query).await
        })
        .await
    }

    async fn groups(&self) -> Result<Vec<GroupView>, PortError> {
        let cluster = Arc::clone(&self.cluster);
        self.groups.get(async move { cluster.groups().await }).await
    }
}

/// A cache of the last answer or error.
struct Shared<T>(Arc<Mutex<Option<Answer<T>>>>);

/// The time of the answer, and the answer.
type Answer<T> = (Instant, Result<T, PortError>);

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T: Clone + Send + 'static> Shared<T> {
    /// The last answer while it is fresh; otherwise the answer of `ask`, shared by all who wait.
    async fn get(
        &self,
        ask: impl Future<Output = Result<T, PortError>> + Send + 'static,
    ) -> Result<T, PortError> {
        let mut last = Arc::clone(&self.0).lock_owned().await;
        match &*last {
            Some((at, answer)) if at.elapsed() < FRESH => answer.clone(),
            _ => {
                to_the_end(async move {
                    let answer = ask.await;
                    *last = Some((Instant::now(), answer.clone()));
                    answer
                })
                .await
            }
        }
    }
}

async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, PortError>> + Send + 'static,
) -> Result<T, PortError> {
    let done = tokio::spawn(work).await;
    done.unwrap_or_else(|error| Err(PortError::unreachable(format!("interrupted: {error}"))))
}
