//! Reads ranges of a topic once, from start to end. Blocks.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::{Duration, Instant};

use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::BorrowedMessage;
use rdkafka::{Message, Offset, TopicPartitionList};

use crate::KafkaConfig;
use crate::cluster_error::{ClusterError, ClusterErrors, is_passing};
use crate::diagnostics::ConnectionDiagnostics;

/// How long the brokers may take to describe a topic.
const OPENING: Duration = Duration::from_secs(10);
/// How long a scan may receive nothing before it fails.
const SILENCE: Duration = Duration::from_secs(60);

/// The contents of a topic: for each partition, the oldest offset and the one after the newest.
pub(crate) type Extent = BTreeMap<i32, Range<i64>>;

/// A client that reads a single topic.
pub(crate) struct TopicClient {
    consumer: BaseConsumer<ConnectionDiagnostics>,
    topic: String,
    failures: ClusterErrors,
}

impl TopicClient {
    /// The library requires a `group`; the client never joins it.
    pub(crate) fn new(
        config: &KafkaConfig,
        topic: &str,
        group: &str,
    ) -> Result<Self, ClusterError> {
        let failures = ClusterErrors::new(config);
        let mut client = config.reader(group);
        client.set("enable.partition.eof", "true");
        let consumer =
            BaseConsumer::from_config_and_context(&client, ConnectionDiagnostics::default())
                .map_err(|error| failures.refused("the settings make no client", error))?;
        Ok(Self {
            consumer,
            topic: topic.to_owned(),
            failures,
        })
    }

    /// The topic's current contents.
    pub(crate) fn extent(&self) -> Result<Extent, ClusterError> {
        let (topic, begun) = (&self.topic, Instant::now());
        let metadata = self
            .consumer
            .fetch_metadata(Some(topic), OPENING)
            .map_err(|error| self.explain(&error, begun))?;
        let found = metadata.topics().first();
        if let Some(code) = found.and_then(|topic| topic.error()) {
            return Err(match Code::from(code) {
                Code::UnknownTopicOrPartition | Code::UnknownTopic => self.failures.no_topic(topic),
                code => self.failures.verdict(&self.describe_request(), code, None),
            });
        }
        let partitions = found.iter().flat_map(|topic| topic.partitions());
        partitions
            .map(|partition| {
                let id = partition.id();
                let (low, high) = self
                    .consumer
                    .fetch_watermarks(topic, id, OPENING)
                    .map_err(|error| self.explain(&error, begun))?;
                Ok((id, low..high))
            })
            .collect()
    }

    /// Reads these ranges.
    pub(crate) fn scan(self, stretches: &Extent) -> Result<Scan, ClusterError> {
        let begun = Instant::now();
        let mut all = TopicPartitionList::new();
        let mut unfinished = BTreeMap::new();
        for (partition, offsets) in stretches {
            if offsets.is_empty() {
                continue;
            }
            unfinished.insert(*partition, offsets.end);
            all.add_partition_offset(&self.topic, *partition, Offset::Offset(offsets.start))
                .map_err(|error| self.explain(&error, begun))?;
        }
        self.consumer
            .assign(&all)
            .map_err(|error| self.explain(&error, begun))?;
        Ok(Scan {
            scout: self,
            unfinished,
            heard: Instant::now(),
        })
    }

    fn describe_request(&self) -> String {
        format!("asking for topic {}", self.topic)
    }

    /// The error of a request sent at `begun`.
    fn explain(&self, error: &KafkaError, begun: Instant) -> ClusterError {
        let context = self.consumer.context();
        self.failures
            .explain(&self.describe_request(), error, begun.elapsed(), context)
    }
}

/// The result of one poll.
pub(crate) enum Poll {
    /// A message was taken.
    Message,
    /// Nothing has arrived yet.
    Nothing,
    /// Everything was read.
    End,
}

/// Ranges of a topic's partitions; their ends stay as chosen, even if messages are added.
pub(crate) struct Scan {
    scout: TopicClient,
    /// The end offset of each partition that is not yet read to its end.
    unfinished: BTreeMap<i32, i64>,
    heard: Instant,
}

impl Scan {
    /// Waits for the next message of any partition and hands it to `take`.
    pub(crate) fn look(
        &mut self,
        wait: Duration,
        take: impl FnOnce(&BorrowedMessage<'_>),
    ) -> Result<Poll, ClusterError> {
        if self.unfinished.is_empty() {
            return Ok(Poll::End);
        }
        let message = match self.scout.consumer.poll(wait) {
            None => {
                self.check_silence()?;
                return Ok(Poll::Nothing);
            }
            Some(Ok(message)) => message,
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                self.heard = Instant::now();
                self.unfinished.remove(&partition);
                return Ok(Poll::Nothing);
            }
            Some(Err(error)) => {
                self.check(&error)?;
                return Ok(Poll::Nothing);
            }
        };
        let (partition, offset) = (message.partition(), message.offset());
        let Some(&end) = self.unfinished.get(&partition) else {
            return Ok(Poll::Nothing);
        };
        // A message at or after the end was written after the end was chosen.
        let is_inside = offset < end;
        if is_inside {
            take(&message);
        }
        drop(message);
        if offset + 1 >= end {
            self.unfinished.remove(&partition);
            self.pause(partition);
        }
        Ok(if is_inside {
            Poll::Message
        } else {
            Poll::Nothing
        })
    }

    /// Resets the silence timer. For callers that handle the messages of [`look`](Self::look).
    pub(crate) fn is_heard(&mut self) {
        self.heard = Instant::now();
    }

    /// Stops fetching a partition that was read to its end; others may still write to it.
    fn pause(&self, partition: i32) {
        let mut done = TopicPartitionList::new();
        done.add_partition(&self.scout.topic, partition);
        if let Err(error) = self.scout.consumer.pause(&done) {
            // Its further messages are skipped.
            tracing::debug!(%error, partition, "the partition is not paused");
        }
    }

    /// Lost connections are re-established; other errors are final.
    fn check(&self, error: &KafkaError) -> Result<(), ClusterError> {
        match error.rdkafka_error_code() {
            Some(code) if is_passing(code) => self.check_silence(),
            Some(code) => {
                let library_error = self.scout.consumer.context().last_error();
                Err(self
                    .scout
                    .failures
                    .verdict(&self.describe_reading(), code, library_error))
            }
            None => Err(self
                .scout
                .failures
                .interrupted(&self.describe_reading(), error)),
        }
    }

    fn check_silence(&self) -> Result<(), ClusterError> {
        if self.heard.elapsed() < SILENCE {
            return Ok(());
        }
        let diagnostics = self.scout.consumer.context();
        Err(self
            .scout
            .failures
            .no_answer(&self.describe_reading(), SILENCE, diagnostics))
    }

    fn describe_reading(&self) -> String {
        format!("reading topic {}", self.scout.topic)
    }
}
