//! A cluster that is made up, and a server that shows it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use actix_web::web::ServiceConfig;
use async_trait::async_trait;
use pipeline_ports::{
    Cluster, GroupView, MessagePage, MessageQuery, MessageView, PartitionView, PortError,
    PortErrorKind, TopicView,
};
use pipeline_rest::{RestState, routes};
use platform_http::Server;
use platform_http::settings::HttpSettings;
use platform_runtime::telemetry::Metrics;
use tokio_util::sync::CancellationToken;

/// Keeps to the contract of the port, from memory.
#[derive(Default)]
pub(crate) struct FakeCluster {
    state: Mutex<State>,
}

#[derive(Default)]
pub(crate) struct State {
    topics: BTreeMap<String, Vec<Vec<MessageView>>>,
    pub(crate) groups: Vec<GroupView>,
    /// How every call fails; none: it does not.
    pub(crate) failure: Option<PortErrorKind>,
    /// What messages were asked for.
    pub(crate) asked: Vec<MessageQuery>,
    /// How often the topics were asked for.
    pub(crate) looks: usize,
}

impl State {
    pub(crate) fn topic(&mut self, name: &str, partitions: usize) {
        self.topics
            .insert(name.to_owned(), vec![Vec::new(); partitions]);
    }

    /// Puts a message behind the others of its partition.
    pub(crate) fn send(&mut self, topic: &str, mut message: MessageView) {
        let number = usize::try_from(message.partition).unwrap();
        let partition = &mut self.topics.get_mut(topic).unwrap()[number];
        message.offset = i64::try_from(partition.len()).unwrap();
        partition.push(message);
    }

    fn check(&self) -> Result<(), PortError> {
        let message = "kafka.example:9092 does not answer".to_owned();
        match self.failure {
            Some(kind) => Err(PortError { kind, message }),
            None => Ok(()),
        }
    }
}

/// A message without headers whose key is a number.
pub(crate) fn message(partition: i32, created: i64, key: i64, payload: &str) -> MessageView {
    MessageView {
        partition,
        offset: 0,
        created,
        key: Some(key.to_string().into_bytes().into()),
        payload: payload.as_bytes().to_vec().into(),
        headers: Vec::new(),
        headers_left_out: 0,
    }
}

impl FakeCluster {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

#[async_trait]
impl Cluster for FakeCluster {
    async fn topics(&self) -> Result<Vec<TopicView>, PortError> {
        let mut state = self.state();
        state.looks += 1;
        state.check()?;
        let partition = |(number, messages): (usize, &Vec<MessageView>)| PartitionView {
            number: i32::try_from(number).unwrap(),
            leader: 1,
            replicas: 3,
            in_sync: 3,
            earliest: 0,
            log_end_offset: i64::try_from(messages.len()).unwrap(),
        };
        let topics = state.topics.iter().map(|(name, partitions)| TopicView {
            name: name.clone(),
            partitions: partitions.iter().enumerate().map(partition).collect(),
        });
        Ok(topics.collect())
    }

    async fn messages(&self, query: &MessageQuery) -> Result<MessagePage, PortError> {
        let mut state = self.state();
        state.asked.push(query.clone());
        state.check()?;
        let Some(partitions) = state.topics.get(&query.topic) else {
            let message = format!("there is no topic {}", query.topic);
            return Err(PortError::refused(message));
        };
        let asked = |message: &&MessageView| query.partition.is_none_or(|p| p == message.partition);
        let mut all: Vec<_> = partitions.iter().flatten().filter(asked).collect();
        all.sort_by_key(|message| std::cmp::Reverse((message.created, message.offset)));
        let key = query.key.as_ref().map(String::as_bytes);
        let mut page = MessagePage {
            messages: Vec::new(),
            searched: 0,
            more: false,
        };
        for message in all {
            if page.messages.len() == query.limit || page.searched == query.search {
                page.more = true;
                break;
            }
            page.searched += 1;
            if key.is_none() || message.key.as_ref().map(|key| &*key.bytes) == key {
                page.messages.push(message.clone());
            }
        }
        Ok(page)
    }

    async fn groups(&self) -> Result<Vec<GroupView>, PortError> {
        let state = self.state();
        state.check()?;
        Ok(state.groups.clone())
    }
}

/// What the routes need.
pub(crate) fn state(cluster: &Arc<FakeCluster>) -> RestState {
    let metrics = Metrics::of_process();
    RestState {
        cluster: cluster.clone(),
        own: ["topic1", "topic2", "dead-letters", "db_dump"]
            .map(str::to_owned)
            .into(),
        metrics: Arc::new(move || metrics.render()),
    }
}

/// Serves the monitor of `cluster`, and what `more` adds, until `stop`.
pub(crate) fn bind(
    cluster: &Arc<FakeCluster>,
    port: u16,
    stop: &CancellationToken,
    more: impl Fn(&mut ServiceConfig) + Send + Sync + 'static,
) -> (SocketAddr, Server) {
    let routes = routes(state(cluster)).with(more);
    let settings = HttpSettings {
        port,
        ..HttpSettings::loopback()
    };
    let server = Server::bind(&settings, routes, None, stop.clone());
    let server = server.unwrap();
    (server.address(), server)
}
