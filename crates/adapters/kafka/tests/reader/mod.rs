//! Reads topics back and makes runs, for all test binaries of this crate.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use emulator_domain::emulation::EmulationId;
use emulator_domain::plan::{EmulationPlan, Format, PlanSpec, Sink};
use emulator_domain::{Domain, Rate, Seed, Timestamp};
use emulator_ports::contract::destination::StoredRecord;
use emulator_ports::contract::topic_source;
use emulator_ports::{Acknowledgements, Batch, DestinationError, RecordSpans, Run, Span};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Headers;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{ClientConfig, Message, Offset, TopicPartitionList};

/// A message as a reader of committed data sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Read {
    pub(crate) partition: i32,
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) payload: Option<Vec<u8>>,
    pub(crate) timestamp: Option<i64>,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
}

/// Fills a topic that was just made with what the contract of a source reads there.
pub(crate) async fn lay_out(client: &ClientConfig, topic: &str) {
    let mut client = client.clone();
    // What is sent again, to a topic that not every broker knows yet, keeps its place.
    client.set("enable.idempotence", "true");
    let producer: FutureProducer = client.create().expect("a producer");
    let mut answers = Vec::new();
    for (partition, messages) in topic_source::layout().iter().enumerate() {
        for payload in messages {
            let record: FutureRecord<'_, (), _> = FutureRecord::to(topic)
                .partition(partition as i32)
                .payload(payload);
            answers.push(producer.send_result(record).expect("there is room"));
        }
    }
    for answer in answers {
        let stored = answer.await.expect("the producer answers");
        stored.expect("a message is stored");
    }
}

/// Reads all committed messages of a topic. Blocks.
pub(crate) fn read(client: &ClientConfig, topic: &str) -> Vec<Read> {
    let mut client = client.clone();
    client
        .set("group.id", "reader")
        .set("enable.auto.commit", "false")
        .set("enable.partition.eof", "true")
        .set("isolation.level", "read_committed");
    let consumer: BaseConsumer = client.create().expect("a consumer");
    let metadata = consumer
        .fetch_metadata(Some(topic), Duration::from_secs(10))
        .expect("metadata");
    let mut unfinished = BTreeSet::new();
    let mut all = TopicPartitionList::new();
    for partition in metadata.topics()[0].partitions() {
        all.add_partition_offset(topic, partition.id(), Offset::Beginning)
            .unwrap();
        unfinished.insert(partition.id());
    }
    consumer.assign(&all).unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    let mut found = Vec::new();
    while !unfinished.is_empty() {
        assert!(Instant::now() < deadline, "{topic} has an end");
        match consumer.poll(Duration::from_secs(1)) {
            Some(Ok(message)) => found.push(Read {
                partition: message.partition(),
                key: message.key().map(<[u8]>::to_vec),
                payload: message.payload().map(<[u8]>::to_vec),
                timestamp: message.timestamp().to_millis(),
                headers: message.headers().map_or_else(Vec::new, |headers| {
                    let headers = headers.iter();
                    headers
                        .map(|header| {
                            let value = header.value.unwrap_or_default();
                            (header.key.to_owned(), value.to_vec())
                        })
                        .collect()
                }),
            }),
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                unfinished.remove(&partition);
            }
            Some(Err(error)) => panic!("{topic} can be read: {error}"),
            None => {}
        }
    }
    found
}

/// The same, as a contract suite compares it.
pub(crate) async fn stored_records(
    client: &ClientConfig,
    topic: &str,
) -> Option<Vec<StoredRecord>> {
    let (client, topic) = (client.clone(), topic.to_owned());
    let found = tokio::task::spawn_blocking(move || read(&client, &topic))
        .await
        .expect("the topic is read");
    Some(
        found
            .into_iter()
            .map(|read| StoredRecord {
                key: read.key,
                payload: read.payload,
                headers: read.headers,
            })
            .collect(),
    )
}

pub(crate) fn spec(topic: &str) -> PlanSpec {
    PlanSpec {
        seed: Seed::new(7),
        start_time: Timestamp::from_micros(START * 1000).unwrap(),
        rate: Rate::new(1000.0).unwrap().into(),
        destination: topic.to_owned(),
        ..PlanSpec::new(Domain::Transaction, Sink::Kafka, Format::Ndjson)
    }
}

/// 2026-01-01T00:00:00Z, in milliseconds.
pub(crate) const START: i64 = 1_767_225_600_000;

pub(crate) fn run(id: u128, spec: PlanSpec) -> Run {
    let id = format!("{id:032x}").parse::<EmulationId>().unwrap();
    Run {
        id,
        plan: EmulationPlan::new(spec).unwrap(),
        from: Default::default(),
    }
}

/// Records with their index as payload, filled up to `len` bytes, and one of a few keys.
pub(crate) fn batch(records: Range<u64>, len: usize) -> Batch {
    let mut batch = Batch::default();
    batch.restart(records.start);
    for index in records {
        let mut writer = batch.writer(len.max(64));
        let start = writer.len();
        for byte in format!("{:<len$}", format!("{:02} {index}", index % 17)).bytes() {
            writer.byte(byte);
        }
        let end = writer.len();
        let (payload, key) = (Span::new(start..end), Span::new(start..start + 2));
        let id = key;
        batch.push(end, RecordSpans { payload, key, id });
    }
    batch
}

/// The index that [`batch`] wrote into a payload.
pub(crate) fn index(read: &Read) -> u64 {
    let text = std::str::from_utf8(read.payload.as_deref().unwrap()).unwrap();
    text[3..].trim().parse().unwrap()
}

/// Writes answers down.
#[derive(Default)]
pub(crate) struct Recorder {
    pub(crate) acknowledged: Mutex<Vec<Range<u64>>>,
    pub(crate) failed: Mutex<Vec<(Range<u64>, String)>>,
}

impl Recorder {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// All acknowledged indices in ascending order.
    pub(crate) fn acknowledged(&self) -> Vec<u64> {
        let ranges = self.acknowledged.lock().unwrap();
        let mut all: Vec<_> = ranges.iter().cloned().flatten().collect();
        all.sort_unstable();
        all
    }

    pub(crate) fn failed(&self) -> Vec<(Range<u64>, String)> {
        self.failed.lock().unwrap().clone()
    }
}

impl Acknowledgements for Recorder {
    fn acknowledged(&self, records: Range<u64>) {
        self.acknowledged.lock().unwrap().push(records);
    }

    fn failed(&self, records: Range<u64>, why: &DestinationError) {
        self.failed.lock().unwrap().push((records, why.chain()));
    }
}
