//! Reads topics back.

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use emulator_ports::{DestinationError, MessageReader, Payloads, TopicSource};
use rdkafka::Message;
use rdkafka::message::Headers;

use crate::KafkaConfig;
use crate::cluster_error::{ClusterError, blocking};
use crate::scan::{Poll, Scan, TopicClient};

/// Limits of one batch, in messages and bytes.
const MESSAGES: usize = 4096;
const BYTES: usize = 1 << 20;

/// The topics of a cluster, for reading. Joins no group and commits nothing.
#[derive(Clone, Debug)]
pub struct KafkaSource {
    config: Arc<KafkaConfig>,
}

impl KafkaSource {
    /// Uses the configured cluster; does not connect yet.
    pub fn new(config: KafkaConfig) -> Self {
        Self {
            config: Arc::new(config),
        }
    }
}

#[async_trait]
impl TopicSource for KafkaSource {
    async fn open(&self, topic: &str) -> Result<Box<dyn MessageReader>, DestinationError> {
        let topic = topic.to_owned();
        let reader = blocking(&self.config, move |config| {
            TopicReader::open(config, &topic)
        })
        .await?;
        Ok(Box::new(reader))
    }
}

/// Reads all partitions at once, in the order in which the brokers send messages.
struct TopicReader {
    scan: Scan,
    partitions: Vec<i32>,
    size: u64,
    /// The partition of the next turn, whose first message has already arrived.
    next_turn: Option<i32>,
    carried: Payloads,
}

impl TopicReader {
    fn open(config: &KafkaConfig, topic: &str) -> Result<Self, ClusterError> {
        let scout = TopicClient::new(config, topic, "emulator-verifier")?;
        let extent = scout.extent()?;
        let sizes = extent.values().map(|offsets| offsets.end - offsets.start);
        Ok(Self {
            size: sizes.map(|size| size.max(0) as u64).sum(),
            partitions: extent.keys().copied().collect(),
            scan: scout.scan(&extent)?,
            next_turn: None,
            carried: Payloads::default(),
        })
    }

    /// Collects messages of one partition's turn.
    fn fill(&mut self, payloads: &mut Payloads) -> Result<Option<i32>, ClusterError> {
        let mut turn = self.next_turn.take();
        while payloads.len() < MESSAGES && payloads.byte_len() < BYTES && self.next_turn.is_none() {
            // Messages already collected should not wait for more.
            let wait = Duration::from_millis(if turn.is_some() { 0 } else { 500 });
            let (carried, next_turn) = (&mut self.carried, &mut self.next_turn);
            let look = self.scan.look(wait, |message| {
                let offset = message.offset() as u64;
                let headers = message.headers().into_iter().flat_map(Headers::iter);
                let headers = headers.map(|header| (header.key, header.value));
                let target = if *turn.get_or_insert(message.partition()) == message.partition() {
                    &mut *payloads
                } else {
                    *next_turn = Some(message.partition());
                    &mut *carried
                };
                target.push_message(offset, message.key(), message.payload(), headers);
            })?;
            match look {
                Poll::Message => {}
                Poll::Nothing if turn.is_none() => {}
                Poll::Nothing | Poll::End => break,
            }
        }
        self.scan.is_heard();
        Ok(turn)
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
