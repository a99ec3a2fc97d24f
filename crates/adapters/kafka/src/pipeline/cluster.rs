//! Topics, messages and consumer groups of the whole cluster.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use pipeline_ports::{
    Cluster, GroupPartition, GroupView, MessagePage, MessageQuery, PartitionView, PortError,
    TopicView,
};
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};

use super::messages;
use crate::KafkaConfig;
use crate::cluster_error::{ClusterError, ClusterErrors, blocking};
use crate::diagnostics::ConnectionDiagnostics;

/// How long the brokers may take to answer one request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
/// Maximum number of groups queried concurrently.
const MAX_CONCURRENT: usize = 16;
/// The group id of clients whose requests concern no group.
const MONITOR_GROUP: &str = "pipeline-monitor";

type Client = Arc<BaseConsumer<ConnectionDiagnostics>>;

/// Read-only access to a cluster.
///
/// Keeps a client for each group, because the library returns committed offsets only for the group
/// that a client was configured with.
#[derive(Clone)]
pub struct KafkaCluster {
    config: Arc<KafkaConfig>,
    clients: Arc<Mutex<HashMap<String, Client>>>,
}

impl KafkaCluster {
    /// Uses the configured cluster; does not connect yet.
    pub fn new(config: KafkaConfig) -> Self {
        Self {
            config: Arc::new(config),
            clients: Arc::default(),
        }
    }

    /// Sends requests to the brokers on a blocking thread.
    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Requests<'_>) -> Result<T, ClusterError> + Send + 'static,
    ) -> Result<T, PortError> {
        let clients = Arc::clone(&self.clients);
        Ok(blocking(&self.config, move |config| {
            question(&Requests {
                config,
                clients: &clients,
            })
        })
        .await?)
    }
}

#[async_trait]
impl Cluster for KafkaCluster {
    async fn topics(&self) -> Result<Vec<TopicView>, PortError> {
        self.ask(|requests| requests.topics()).await
    }

    async fn messages(&self, query: &MessageQuery) -> Result<MessagePage, PortError> {
        let query = query.clone();
        Ok(blocking(&self.config, move |config| messages::find(config, &query)).await?)
    }

    async fn groups(&self) -> Result<Vec<GroupView>, PortError> {
        self.ask(|requests| requests.groups()).await
    }
}

/// Requests to the brokers. All of it blocks.
struct Requests<'a> {
    config: &'a KafkaConfig,
    clients: &'a Mutex<HashMap<String, Client>>,
}

impl Requests<'_> {
    fn topics(&self) -> Result<Vec<TopicView>, ClusterError> {
        let client = self.client(MONITOR_GROUP)?;
        let explain = |error| self.explain("asking for topics", &error, &client);
        let metadata = client
            .fetch_metadata(None, REQUEST_TIMEOUT)
            .map_err(explain)?;
        let mut topics = Vec::new();
        'topics: for topic in metadata.topics() {
            // An internal topic of the cluster.
            if topic.name().starts_with("__") {
                continue;
            }
            let mut partitions = Vec::new();
            for partition in topic.partitions() {
                let asked = client.fetch_watermarks(topic.name(), partition.id(), REQUEST_TIMEOUT);
                let (earliest, log_end_offset) = match asked {
                    // The topic is being created or deleted at this moment.
                    Err(KafkaError::MetadataFetch(
                        RDKafkaErrorCode::UnknownTopicOrPartition
                        | RDKafkaErrorCode::UnknownTopic
                        | RDKafkaErrorCode::UnknownPartition
                        | RDKafkaErrorCode::NotLeaderForPartition,
                    )) => continue 'topics,
                    asked => asked.map_err(explain)?,
                };
                partitions.push(PartitionView {
                    number: partition.id(),
                    leader: partition.leader(),
                    replicas: partition.replicas().len(),
                    in_sync: partition.isr().len(),
                    earliest,
                    log_end_offset,
                });
            }
            partitions.sort_unstable_by_key(|partition| partition.number);
            topics.push(TopicView {
                name: topic.name().to_owned(),
                partitions,
            });
        }
        topics.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        Ok(topics)
    }

    fn groups(&self) -> Result<Vec<GroupView>, ClusterError> {
        let topics = self.topics()?;
        let client = self.client(MONITOR_GROUP)?;
        let list = match client.fetch_group_list(None, REQUEST_TIMEOUT) {
            Ok(list) => list,
            // The embedded broker cannot list groups.
            Err(KafkaError::GroupListFetch(RDKafkaErrorCode::UnsupportedFeature)) => {
                return Ok(Vec::new());
            }
            Err(error) => return Err(self.explain("asking for groups", &error, &client)),
        };
        let mut groups: Vec<GroupView> = list
            .groups()
            .iter()
            .map(|group| GroupView {
                name: group.name().to_owned(),
                state: group.state().to_owned(),
                members: group.members().len(),
                partitions: Vec::new(),
            })
            .collect();
        // Each request blocks, so several run concurrently.
        for some in groups.chunks_mut(MAX_CONCURRENT) {
            std::thread::scope(|scope| {
                let requested: Vec<_> = some
                    .iter_mut()
                    .map(|group| {
                        let topics = &topics;
                        scope.spawn(move || {
                            group.partitions = self.progress(&group.name, topics)?;
                            Ok(())
                        })
                    })
                    .collect();
                requested
                    .into_iter()
                    .try_for_each(|requested| requested.join().expect("it does not panic"))
            })?;
        }
        self.keep_only(&groups);
        groups.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        Ok(groups)
    }

    /// The committed offsets of a group.
    fn progress(
        &self,
        group: &str,
        topics: &[TopicView],
    ) -> Result<Vec<GroupPartition>, ClusterError> {
        let client = self.client(group)?;
        let mut all = TopicPartitionList::new();
        for topic in topics {
            for partition in &topic.partitions {
                all.add_partition(&topic.name, partition.number);
            }
        }
        let found = client
            .committed_offsets(all, REQUEST_TIMEOUT)
            .map_err(|error| self.explain(&format!("asking for group {group}"), &error, &client))?;
        // A map, because the library's own lookup is a linear search.
        let elements = found.elements();
        let committed: HashMap<(&str, i32), i64> = elements
            .iter()
            .filter_map(|element| match element.offset() {
                Offset::Offset(next) => Some(((element.topic(), element.partition()), next)),
                _ => None,
            })
            .collect();
        let partitions = topics.iter().flat_map(|topic| {
            let partitions = topic.partitions.iter();
            partitions.filter_map(|partition| {
                Some(GroupPartition {
                    topic: topic.name.clone(),
                    number: partition.number,
                    committed: *committed.get(&(topic.name.as_str(), partition.number))?,
                    log_end_offset: partition.log_end_offset,
                })
            })
        });
        Ok(partitions.collect())
    }

    /// The client configured with this group.
    fn client(&self, group: &str) -> Result<Client, ClusterError> {
        let mut clients = self.clients.lock().expect("no panic while it is held");
        if let Some(client) = clients.get(group) {
            return Ok(Arc::clone(client));
        }
        let made = BaseConsumer::from_config_and_context(
            &self.config.reader(group),
            ConnectionDiagnostics::default(),
        );
        let client = Arc::new(made.map_err(|error| {
            ClusterErrors::new(self.config).refused("the settings make no client", error)
        })?);
        clients.insert(group.to_owned(), Arc::clone(&client));
        Ok(client)
    }

    fn keep_only(&self, groups: &[GroupView]) {
        let mut clients = self.clients.lock().expect("no panic while it is held");
        clients.retain(|name, _| {
            name == MONITOR_GROUP || groups.iter().any(|group| group.name == *name)
        });
    }

    fn explain(&self, tried: &str, error: &KafkaError, client: &Client) -> ClusterError {
        // Serves the connection's pending error events.
        let _ = client.poll(Duration::ZERO);
        ClusterErrors::new(self.config).explain(tried, error, REQUEST_TIMEOUT, client.context())
    }
}
