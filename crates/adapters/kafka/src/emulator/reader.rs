//! Topics read back.

use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use emulator_ports::{DestinationError, MessageArchive, MessageReader, Payloads};
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::{ClientConfig, Message, Offset, TopicPartitionList};

use crate::KafkaConfig;
use crate::failure::{Failure, Failures, blocking, is_passing};
use crate::journal::Journal;

/// How long the brokers may take to tell of a topic.
const OPENING: Duration = Duration::from_secs(10);
/// How long there may be nothing to read before the end.
const SILENCE: Duration = Duration::from_secs(60);
/// Messages, and bytes of them, that are handed out at once.
const MESSAGES: usize = 4096;
const BYTES: usize = 1 << 20;

/// The topics of a cluster, to be read. Joins no group and commits nothing.
#[derive(Clone, Debug)]
pub struct KafkaArchive {
    config: Arc<KafkaConfig>,
}

impl KafkaArchive {
    /// Of the configured cluster; nothing is connected yet.
    pub fn new(config: KafkaConfig) -> Self {
        Self {
            config: Arc::new(config),
        }
    }
}

impl KafkaConfig {
    /// What a reader of whole topics needs.
    fn consumer(&self) -> ClientConfig {
        let mut config = self.client();
        config
            .set("client.id", "emulator-verifier")
            // Asked for by the library; nobody joins it.
            .set("group.id", "emulator-verifier")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("enable.partition.eof", "true")
            .set("isolation.level", "read_committed")
            // What is lost before it was read is to be missed, not passed over.
            .set("auto.offset.reset", "error")
            // Bounds the memory, also of what is packed; more does not read faster.
            .set("queued.max.messages.kbytes", "16384")
            .set("queued.min.messages", "20000")
            .set("fetch.message.max.bytes", "1048576")
            .set("fetch.max.bytes", "8388608")
            // The default waits a second after the queue was full once.
            .set("fetch.queue.backoff.ms", "5");
        config
    }
}

#[async_trait]
impl MessageArchive for KafkaArchive {
    async fn open(&self, topic: &str) -> Result<Box<dyn MessageReader>, DestinationError> {
        let topic = topic.to_owned();
        let reader = blocking(&self.config, move |config| TopicReader::open(config, topic)).await?;
        Ok(Box::new(reader))
    }
}

/// Reads all partitions at once, in the order in which the brokers send them.
struct TopicReader {
    consumer: BaseConsumer<Journal>,
    topic: String,
    failures: Failures,
    /// Where each partition ends; it is taken out when it was read until there.
    unfinished: BTreeMap<i32, i64>,
    partitions: Vec<i32>,
    size: u64,
    /// The first message of the next partition's turn.
    next_turn: Option<i32>,
    carried: Payloads,
    heard: Instant,
}

impl TopicReader {
    fn open(config: &KafkaConfig, topic: String) -> Result<Self, Failure> {
        let failures = Failures::new(config);
        let consumer: BaseConsumer<Journal> =
            BaseConsumer::from_config_and_context(&config.consumer(), Journal::default())
                .map_err(|error| failures.refused("the settings make no client", error))?;
        let tried = format!("asking for topic {topic}");
        let told = |error: KafkaError| match error.rdkafka_error_code() {
            Some(code) if !is_passing(code) => failures.verdict(&tried, code, None),
            _ => failures.no_answer(&tried, OPENING, consumer.context()),
        };
        let metadata = consumer
            .fetch_metadata(Some(&topic), OPENING)
            .map_err(&told)?;
        let found = metadata.topics().first();
        if let Some(code) = found.and_then(|topic| topic.error()) {
            return Err(match Code::from(code) {
                Code::UnknownTopicOrPartition | Code::UnknownTopic => failures.refused(
                    &format!("there is no topic {topic}"),
                    "check its name, and whether this is the cluster",
                ),
                code => failures.verdict(&tried, code, None),
            });
        }
        let mut unfinished = BTreeMap::new();
        let mut partitions = Vec::new();
        let mut size = 0;
        let mut all = TopicPartitionList::new();
        for partition in found.iter().flat_map(|topic| topic.partitions()) {
            let id = partition.id();
            let (low, high) = consumer
                .fetch_watermarks(&topic, id, OPENING)
                .map_err(&told)?;
            partitions.push(id);
            if low < high {
                size += (high - low) as u64;
                unfinished.insert(id, high);
                all.add_partition_offset(&topic, id, Offset::Offset(low))
                    .map_err(&told)?;
            }
        }
        partitions.sort_unstable();
        consumer.assign(&all).map_err(&told)?;
        drop(metadata);
        Ok(Self {
            consumer,
            topic,
            failures,
            unfinished,
            partitions,
            size,
            next_turn: None,
            carried: Payloads::default(),
            heard: Instant::now(),
        })
    }

    /// Waits for messages of one partition's turn.
    fn fill(&mut self, payloads: &mut Payloads) -> Result<Option<i32>, Failure> {
        let mut turn = self.next_turn.take();
        while !self.unfinished.is_empty() {
            if turn.is_some() && (payloads.len() >= MESSAGES || payloads.byte_len() >= BYTES) {
                break;
            }
            // What was gathered should not wait for more to come.
            let wait = Duration::from_millis(if turn.is_some() { 0 } else { 500 });
            let message = match self.consumer.poll(wait) {
                None if turn.is_some() => break,
                None => {
                    self.check_silence()?;
                    continue;
                }
                Some(Ok(message)) => message,
                Some(Err(KafkaError::PartitionEOF(partition))) => {
                    self.heard = Instant::now();
                    self.unfinished.remove(&partition);
                    continue;
                }
                Some(Err(error)) => {
                    self.check(&error)?;
                    continue;
                }
            };
            let (partition, offset) = (message.partition(), message.offset());
            let Some(&end) = self.unfinished.get(&partition) else {
                continue;
            };
            let is_last = offset + 1 >= end;
            // Came after the reader was opened, if it lies behind the end.
            let is_late = offset >= end;
            if !is_late {
                let payload = message.payload().unwrap_or_default();
                if turn.is_none_or(|turn| turn == partition) {
                    turn = Some(partition);
                    payloads.push(offset as u64, payload);
                } else {
                    self.carried.push(offset as u64, payload);
                    self.next_turn = Some(partition);
                }
            }
            drop(message);
            if is_last {
                self.unfinished.remove(&partition);
                self.pause(partition);
            }
            if self.next_turn.is_some() {
                break;
            }
        }
        self.heard = Instant::now();
        Ok(turn)
    }

    /// Others may still write to the partition; it was read to its end.
    fn pause(&self, partition: i32) {
        let mut done = TopicPartitionList::new();
        done.add_partition(&self.topic, partition);
        if let Err(error) = self.consumer.pause(&done) {
            // What still comes of it is passed over.
            tracing::debug!(%error, partition, "the partition is not paused");
        }
    }

    /// Connections come back; other errors do not pass.
    fn check(&self, error: &KafkaError) -> Result<(), Failure> {
        match error.rdkafka_error_code() {
            Some(code) if is_passing(code) => self.check_silence(),
            Some(code) => {
                let said = self.consumer.context().said();
                Err(self.failures.verdict(&self.tried(), code, said))
            }
            None => Err(self.failures.interrupted(&self.tried(), error)),
        }
    }

    fn check_silence(&self) -> Result<(), Failure> {
        if self.heard.elapsed() < SILENCE {
            return Ok(());
        }
        let journal = self.consumer.context();
        Err(self.failures.no_answer(&self.tried(), SILENCE, journal))
    }

    fn tried(&self) -> String {
        format!("reading topic {}", self.topic)
    }
}

#[async_trait]
impl MessageReader for TopicReader {
    fn partitions(&self) -> Vec<i32> {
        self.partitions.clone()
    }

    fn size(&self) -> u64 {
        self.size
    }

    async fn next(&mut self, payloads: &mut Payloads) -> Result<Option<i32>, DestinationError> {
        payloads.clear();
        mem::swap(payloads, &mut self.carried);
        Ok(self.fill(payloads)?)
    }
}
