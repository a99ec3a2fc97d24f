//! Consumes a group's events and commits what follows from them in the same transaction as its
//! offsets.
//!
//! Partitions are assigned manually instead of by joining the group: one process does the work, and
//! the transactional id, which is the group's name, fences an older one at its next commit.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures::FutureExt;
use pipeline_domain::log::{Offsets, Partition};
use pipeline_domain::source::{Names, Source};
use pipeline_ports::{EventBatch, EventConsumer, Group, Outgoing, PortError, Stored, Topic};
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{Consumer, ConsumerGroupMetadata, StreamConsumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::{BorrowedMessage, Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer, ThreadedProducer};
use rdkafka::{Message, Offset, TopicPartitionList};

use super::sink::created;
use super::topics::{REQUEST_TIMEOUT, name};
use crate::KafkaConfig;
use crate::cluster_error::{ClusterError, ClusterErrors, is_passing};
use crate::diagnostics::ConnectionDiagnostics;
use crate::retry::{is_settling, retry_until};
use crate::scan::{Extent, TopicClient};
use crate::transaction::{self, COORDINATOR};

/// Limits of one batch, in events and bytes.
pub(super) const EVENTS: usize = 5_000;
pub(super) const BYTES: usize = 4 << 20;
/// How long to wait for the first event of a batch.
const BATCH_WAIT: Duration = Duration::from_secs(1);
/// How often to check whether partitions were added to a topic.
const PARTITION_CHECK: Duration = Duration::from_secs(30);
/// The pause between two checks for answers.
const POLL_INTERVAL: Duration = Duration::from_micros(200);
/// How long the commit of a transaction may take.
const COMMIT: Duration = Duration::from_secs(60);

pub(super) struct KafkaConsumer {
    reader: StreamConsumer<ConnectionDiagnostics>,
    writer: ThreadedProducer<ConnectionDiagnostics>,
    config: KafkaConfig,
    names: Names,
    topics: [String; 3],
    committed: Offsets,
    /// The offsets after events that were handed out but are not committed.
    handed_out: Offsets,
    partitions: usize,
    checked_for_partitions: Instant,
    failures: ClusterErrors,
}

impl KafkaConsumer {
    /// Takes the group over and continues at its committed offsets. Blocks, inside a runtime.
    pub(super) fn open(
        config: &KafkaConfig,
        names: Names,
        group: Group,
    ) -> Result<Self, ClusterError> {
        let failures = ClusterErrors::new(config);
        let group = match group {
            Group::Lander => names.lander(),
            Group::Acknowledger => names.acknowledger(),
        };
        let mut writer = config.transactional_producer(&group);
        writer
            // Whoever waits for an acknowledgement would wait for this as well.
            .set("linger.ms", "0")
            // A transaction that follows another immediately is told to retry, because the brokers
            // are still ending the previous one. That takes a millisecond or two, not the usual
            // 100.
            .set("retry.backoff.ms", "2");
        let writer: ThreadedProducer<ConnectionDiagnostics> =
            ThreadedProducer::from_config_and_context(&writer, ConnectionDiagnostics::default())
                .map_err(|error| failures.refused("the settings make no producer", error))?;
        transaction::take_over(&writer, &group, &failures, writer.context())?;
        // Metadata fetched now does not delay the first message.
        for topic in [names.ack(), names.dead_letters()] {
            let what = format!("asking for topic {topic}");
            let begun = Instant::now();
            let requested = writer
                .client()
                .fetch_metadata(Some(&topic), REQUEST_TIMEOUT);
            requested.map_err(|error| {
                failures.explain(&what, &error, begun.elapsed(), writer.context())
            })?;
        }
        let mut reader = config.reader(&group);
        reader
            // A batch and a little more: prefetching further only costs memory.
            .set("queued.max.messages.kbytes", "4096")
            .set("queued.min.messages", (2 * EVENTS).to_string())
            .set("fetch.message.max.bytes", "262144")
            .set("fetch.max.bytes", "2097152")
            // Retry soon for a partition that has just been created or moved.
            .set("fetch.error.backoff.ms", "50");
        let reader =
            StreamConsumer::from_config_and_context(&reader, ConnectionDiagnostics::default())
                .map_err(|error| failures.refused("the settings make no client", error))?;
        let mut consumer = Self {
            reader,
            writer,
            config: config.clone(),
            topics: names.topics(),
            names,
            committed: Offsets::default(),
            handed_out: Offsets::default(),
            partitions: 0,
            checked_for_partitions: Instant::now(),
            failures,
        };
        consumer.begin(&group)?;
        Ok(consumer)
    }

    /// Looks up the group's committed offsets and starts reading there.
    fn begin(&mut self, group: &str) -> Result<(), ClusterError> {
        let extents = extents(&self.config, &self.topics)?;
        let mut wanted = TopicPartitionList::new();
        for (source, extent) in Source::ALL.into_iter().zip(&extents) {
            for partition in extent.keys() {
                wanted.add_partition(&self.topics[source.index()], *partition);
            }
            self.partitions += extent.len();
        }
        let what = format!("reading the progress of group {group}");
        let begun = Instant::now();
        let explain = |error: KafkaError| {
            let context = self.reader.context();
            self.failures
                .explain(&what, &error, begun.elapsed(), context)
        };
        let found = retry_until(begun + REQUEST_TIMEOUT, is_settling, |left| {
            self.reader.committed_offsets(wanted.clone(), left)
        })
        .map_err(explain)?;
        let mut start = TopicPartitionList::new();
        for (source, extent) in Source::ALL.into_iter().zip(&extents) {
            let topic = &self.topics[source.index()];
            for (number, there) in extent {
                let offset = found
                    .find_partition(topic, *number)
                    .map(|found| found.offset());
                let next = match offset {
                    Some(Offset::Offset(next)) => {
                        if !(there.start..=there.end).contains(&next) {
                            return Err(self.failures.refused(
                                &format!("reading topic {topic} as group {group}"),
                                format_args!(
                                    "the committed offset {next} of partition {number} is outside its {}..{}: events were deleted before they were read, or the topic was deleted and created again. Move the group with kafka-consumer-groups --reset-offsets, or choose another prefix",
                                    there.start, there.end
                                ),
                            ));
                        }
                        let partition = Partition {
                            source,
                            number: *number,
                        };
                        self.committed.advance(partition, next);
                        next
                    }
                    _ => there.start,
                };
                start
                    .add_partition_offset(topic, *number, Offset::Offset(next))
                    .map_err(explain)?;
            }
        }
        self.reader.assign(&start).map_err(explain)
    }

    /// Lost connections are re-established by the library; other errors are final.
    fn check(&self, error: &KafkaError) -> Result<(), ClusterError> {
        match error.rdkafka_error_code() {
            Some(code) if is_passing(code) => Ok(()),
            Some(Code::AutoOffsetReset | Code::OffsetOutOfRange) => Err(self.failures.refused(
                "reading on",
                format_args!("{error}: events were deleted before they were read. Move the group with kafka-consumer-groups --reset-offsets"),
            )),
            Some(code) => Err(self.failures.verdict("reading events", code, self.reader.context().last_error())),
            None => Err(self.failures.interrupted("reading events", error)),
        }
    }

    /// Partitions added to a topic are read only after the consumer is reopened.
    async fn check_for_new_partitions(&mut self) -> Result<(), PortError> {
        if self.checked_for_partitions.elapsed() < PARTITION_CHECK {
            return Ok(());
        }
        self.checked_for_partitions = Instant::now();
        let (config, topics) = (Arc::new(self.config.clone()), self.topics.clone());
        let now =
            crate::cluster_error::blocking(&config, move |config| extents(config, &topics)).await;
        match now {
            Ok(extents) if extents.iter().map(Extent::len).sum::<usize>() > self.partitions => {
                Err(PortError::unreachable(
                    "partitions were added to the topics: starting again with all of them",
                ))
            }
            // The cluster may be unavailable for a while.
            Ok(_) | Err(_) => Ok(()),
        }
    }
}

fn extents(config: &KafkaConfig, topics: &[String; 3]) -> Result<Vec<Extent>, ClusterError> {
    topics
        .iter()
        .map(|topic| TopicClient::new(config, topic, "pipeline-history")?.extent())
        .collect()
}

#[async_trait]
impl EventConsumer for KafkaConsumer {
    fn committed(&self) -> &Offsets {
        &self.committed
    }

    async fn next(&mut self, batch: &mut EventBatch) -> Result<(), PortError> {
        batch.clear();
        self.check_for_new_partitions().await?;
        let deadline = tokio::time::Instant::now() + BATCH_WAIT;
        while batch.len() < EVENTS && batch.byte_len() < BYTES {
            let received = if batch.is_empty() {
                match tokio::time::timeout_at(deadline, self.reader.recv()).await {
                    Ok(received) => received,
                    Err(_) => break,
                }
            } else {
                // Events already collected do not wait for more.
                match self.reader.recv().now_or_never() {
                    Some(received) => received,
                    None => break,
                }
            };
            match received {
                Ok(message) => push(batch, &mut self.handed_out, &self.topics, &message),
                Err(error) => self.check(&error)?,
            }
        }
        Ok(())
    }

    async fn commit(&mut self, messages: &[Outgoing]) -> Result<(), PortError> {
        if messages.is_empty() && self.handed_out == self.committed {
            return Ok(());
        }
        let transaction = Transaction {
            writer: self.writer.clone(),
            group: self
                .reader
                .group_metadata()
                .expect("the reader has a group"),
            offsets: self.handed_out.clone(),
            topics: self.topics.clone(),
            messages: messages
                .iter()
                .map(|message| (name(&self.names, message.topic), message.clone()))
                .collect(),
        };
        let begun = Instant::now();
        let ended = tokio::task::spawn_blocking(move || transaction.commit()).await;
        match ended {
            Ok(Ok(())) => {
                self.committed = self.handed_out.clone();
                Ok(())
            }
            Ok(Err(error)) => {
                let context = self.writer.context();
                let what = "committing a transaction";
                let waited = begun.elapsed();
                Err(self.failures.explain(what, &error, waited, context).into())
            }
            Err(error) => Err(self
                .failures
                .interrupted("committing was given up", error)
                .into()),
        }
    }
}

fn push(
    batch: &mut EventBatch,
    handed_out: &mut Offsets,
    topics: &[String; 3],
    message: &BorrowedMessage<'_>,
) {
    let topic = message.topic();
    let Some(index) = topics.iter().position(|name| name == topic) else {
        return;
    };
    let source = Source::ALL[index];
    let partition = Partition {
        source,
        number: message.partition(),
    };
    handed_out.advance(partition, message.offset() + 1);
    batch.push(&Stored {
        topic: Topic::Events(source),
        partition: message.partition(),
        offset: message.offset(),
        created: created(message.timestamp()),
        key: message.key(),
        payload: message.payload().unwrap_or_default(),
    });
}

/// What is committed atomically.
struct Transaction {
    writer: ThreadedProducer<ConnectionDiagnostics>,
    group: ConsumerGroupMetadata,
    offsets: Offsets,
    topics: [String; 3],
    /// Messages with the names of their topics.
    messages: Vec<(String, Outgoing)>,
}

impl Transaction {
    /// Blocks.
    fn commit(self) -> Result<(), KafkaError> {
        self.writer.begin_transaction()?;
        self.execute()
            .inspect_err(|_| transaction::abort(&self.writer, COORDINATOR))
    }

    fn execute(&self) -> Result<(), KafkaError> {
        for (topic, message) in &self.messages {
            self.send(topic, message)?;
        }
        let mut offsets = TopicPartitionList::new();
        for (partition, next) in self.offsets.iter() {
            let topic = &self.topics[partition.source.index()];
            offsets.add_partition_offset(topic, partition.number, Offset::Offset(next))?;
        }
        let deadline = Instant::now() + COMMIT;
        transaction::commit(&self.writer, &offsets, &self.group, deadline)
    }

    fn send(&self, topic: &str, message: &Outgoing) -> Result<(), KafkaError> {
        let headers = message
            .headers
            .iter()
            .fold(OwnedHeaders::new(), |headers, (key, value)| {
                headers.insert(Header {
                    key,
                    value: Some(value),
                })
            });
        let mut record: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(topic)
            .payload(&message.payload[..])
            .headers(headers);
        if let Some(key) = &message.key {
            record = record.key(key);
        }
        loop {
            match self.writer.send(record) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(Code::QueueFull), back)) => {
                    record = back;
                    std::thread::sleep(POLL_INTERVAL);
                }
                Err((error, _)) => return Err(error),
            }
        }
    }
}
