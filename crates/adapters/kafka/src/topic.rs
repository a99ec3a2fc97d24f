//! Checks that a topic exists, and creates it. All of it blocks.

use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::metadata::MetadataTopic;
use rdkafka::producer::{BaseProducer, Producer};
use tokio::runtime::Handle;

use crate::KafkaConfig;
use crate::cluster_error::{ClusterError, ClusterErrors};
use crate::diagnostics::ConnectionDiagnostics;

/// How long the brokers may take to answer, attempt by attempt. The first attempts are short, so
/// that a rejected password is reported at once.
type RetryPolicy = &'static [Duration];

/// Before a run: 7.5 s.
const OPENING: RetryPolicy = &[
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
];
/// For a health check of the brokers: 3 s.
const PROBING: RetryPolicy = &[Duration::from_millis(500), Duration::from_millis(2500)];
/// How long the creation of a topic may take.
const CREATION: Duration = Duration::from_secs(15);
/// How long the brokers may take to describe a topic.
const DESCRIPTION: Duration = Duration::from_secs(3);

/// Sends the brokers a request without side effects.
pub(crate) fn probe(config: &KafkaConfig) -> Result<(), ClusterError> {
    // Any name will do: what matters is that the brokers answer.
    find(config, &config.client(), "data-emulator-probe", PROBING).map(|_| ())
}

/// The id that distinguishes the cluster from every other.
pub(crate) fn cluster_id(config: &KafkaConfig) -> Result<String, ClusterError> {
    let client = MetadataClient::new(config, &config.client())?;
    client.ask("asking for the cluster's id", OPENING, |wait| {
        client.producer.client().fetch_cluster_id(wait)
    })
}

/// Creates the topic as configured unless it exists. `more` are settings of the topic itself.
pub(crate) fn prepare(
    config: &KafkaConfig,
    topic: &str,
    more: &[(&str, &str)],
) -> Result<(), ClusterError> {
    match find(config, &config.client(), topic, OPENING)? {
        TopicState::Topic => return Ok(()),
        TopicState::NoTopic => {}
        TopicState::NoTopicYet => {
            let mut asking = config.client();
            asking.set("allow.auto.create.topics", "true");
            return find(config, &asking, topic, OPENING).map(|_| ());
        }
    }
    let failures = ClusterErrors::new(config);
    let tried = format!(
        "creating topic {topic} ({} partitions, replication factor {})",
        config.partitions, config.replication_factor
    );
    match create(config, topic, more) {
        Ok(()) => {
            tracing::info!(topic, partitions = config.partitions, "created the topic");
            Ok(())
        }
        Err(KafkaError::AdminOp(Code::TopicAlreadyExists)) => Ok(()),
        Err(KafkaError::AdminOp(code)) => Err(failures.verdict(&tried, code, None)),
        Err(error) => Err(failures.refused(&tried, error)),
    }
}

fn create(config: &KafkaConfig, topic: &str, more: &[(&str, &str)]) -> Result<(), KafkaError> {
    let admin: AdminClient<DefaultClientContext> = config.client().create()?;
    let replication = TopicReplication::Fixed(config.replication_factor);
    let new = NewTopic::new(topic, config.partitions, replication);
    let new = more
        .iter()
        .fold(new, |new, (key, value)| new.set(key, value));
    let options = AdminOptions::new()
        .request_timeout(Some(CREATION))
        .operation_timeout(Some(CREATION));
    let made = Handle::current().block_on(admin.create_topics([&new], &options))?;
    made.into_iter().try_for_each(|topic| {
        topic
            .map(|_| ())
            .map_err(|(_, code)| KafkaError::AdminOp(code))
    })
}

/// The topic's size limit for a batch, if the brokers tell: older brokers, and those where this
/// user lacks the permission, do not.
pub(crate) fn max_batch_bytes(config: &KafkaConfig, topic: &str) -> Option<u32> {
    let admin: AdminClient<DefaultClientContext> = config.client().create().ok()?;
    // The mock cluster would let the full time-out pass.
    let cluster = admin.inner().fetch_cluster_id(DESCRIPTION)?;
    if cluster.starts_with(MOCK_CLUSTER) {
        return None;
    }
    let options = AdminOptions::new().request_timeout(Some(DESCRIPTION));
    let resource = ResourceSpecifier::Topic(topic);
    let asked = admin.describe_configs([&resource], &options);
    let described = Handle::current()
        .block_on(asked)
        .inspect_err(|error| tracing::debug!(%error, topic, "its settings are not known"))
        .ok()?;
    let described = described.into_iter().next()?.ok()?;
    let bytes = described.get("max.message.bytes")?.value.as_ref()?;
    bytes.parse().ok()
}

/// The state of a topic in the cluster.
enum TopicState {
    Topic,
    NoTopic,
    /// The cluster creates topics when they are first requested, and in no other way.
    NoTopicYet,
}

/// The name of librdkafka's mock cluster, which `serve --embedded` uses. It supports no
/// CreateTopics request and has no controller to wait for.
const MOCK_CLUSTER: &str = "mockCluster";

/// Requests the topic's metadata.
fn find(
    config: &KafkaConfig,
    client: &ClientConfig,
    topic: &str,
    policy: RetryPolicy,
) -> Result<TopicState, ClusterError> {
    let client = MetadataClient::new(config, client)?;
    let tried = format!("asking for topic {topic}");
    let metadata = client.ask(&tried, policy, |wait| {
        let answer = client.producer.client().fetch_metadata(Some(topic), wait);
        answer
            .inspect_err(|error| tracing::debug!(%error, topic, "no answer yet"))
            .ok()
    })?;
    let code = metadata
        .topics()
        .first()
        .and_then(MetadataTopic::error)
        .map(Code::from);
    match code {
        None | Some(Code::LeaderNotAvailable) => Ok(TopicState::Topic),
        Some(Code::UnknownTopicOrPartition | Code::UnknownTopic) => {
            let cluster = client.producer.client().fetch_cluster_id(Duration::ZERO);
            let mock = cluster.is_some_and(|id| id.starts_with(MOCK_CLUSTER));
            Ok(if mock {
                TopicState::NoTopicYet
            } else {
                TopicState::NoTopic
            })
        }
        Some(code) => Err(client.failures.verdict(&tried, code, None)),
    }
}

/// A client that only queries metadata.
struct MetadataClient {
    producer: BaseProducer<ConnectionDiagnostics>,
    failures: ClusterErrors,
}

impl MetadataClient {
    fn new(config: &KafkaConfig, client: &ClientConfig) -> Result<Self, ClusterError> {
        let failures = ClusterErrors::new(config);
        let producer =
            BaseProducer::from_config_and_context(client, ConnectionDiagnostics::default())
                .map_err(|error| failures.refused("the settings make no client", error))?;
        Ok(Self { producer, failures })
    }

    /// Retries until there is an answer, or no hope of one.
    fn ask<T>(
        &self,
        tried: &str,
        policy: RetryPolicy,
        question: impl Fn(Duration) -> Option<T>,
    ) -> Result<T, ClusterError> {
        let begun = Instant::now();
        for &wait in policy {
            if let Some(answer) = question(wait) {
                return Ok(answer);
            }
            // Serves pending events of the connection.
            self.producer.poll(Duration::from_millis(20));
            let library_error = self.producer.context().last_error();
            if library_error.is_some_and(|error| error.is_final()) {
                break;
            }
        }
        let context = self.producer.context();
        Err(self.failures.no_answer(tried, begun.elapsed(), context))
    }
}
