//! Topics as clients see them that share no code with us: confluent-kafka, and librdkafka where
//! headers or bytes matter.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Headers};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{ClientConfig, Message as _, Offset, TopicPartitionList};
use serde_json::Value;

use super::servers::{env, local};

const PATIENCE: Duration = Duration::from_secs(60);

/// A message as confluent-kafka sees it.
pub(crate) struct Message {
    pub(crate) partition: i64,
    pub(crate) offset: i64,
    pub(crate) key: Option<String>,
    pub(crate) value: Option<String>,
}

/// All that a topic holds for a reader of committed messages, by partition and offset.
pub(crate) fn read(brokers: &str, topic: &str) -> Vec<Message> {
    let output = Command::new(env("LOCAL_PYTHON"))
        .arg(local("read_kafka.py"))
        .args(["--bootstrap", brokers, "--topic", topic])
        .args(["--to-end", "--read-committed", "--timeout", "120"])
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "{topic} cannot be read");
    let text = String::from_utf8(output.stdout).unwrap();
    let message = |line| {
        let line: Value = serde_json::from_str(line).unwrap();
        let text = |field: &str| line[field].as_str().map(str::to_owned);
        Message {
            partition: line["partition"].as_i64().unwrap(),
            offset: line["offset"].as_i64().unwrap(),
            key: text("key"),
            value: text("value"),
        }
    };
    let mut messages: Vec<_> = text.lines().map(message).collect();
    messages.sort_by_key(|message| (message.partition, message.offset));
    messages
}

fn client(brokers: &str, group: &str) -> BaseConsumer {
    ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("group.id", group)
        .set("enable.auto.commit", "false")
        .set("enable.partition.eof", "true")
        .set("isolation.level", "read_committed")
        .create()
        .unwrap()
}

/// A dead letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Letter {
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) payload: Vec<u8>,
    pub(crate) headers: BTreeMap<String, String>,
}

/// Which event a dead letter is about: source, partition and offset.
pub(crate) type Origin = (usize, i64, i64);

impl Letter {
    pub(crate) fn origin(&self) -> Origin {
        let number = |name: &str| self.headers[name].parse::<i64>().unwrap();
        (
            number("source") as usize,
            number("partition"),
            number("offset"),
        )
    }

    pub(crate) fn reason(&self) -> &str {
        &self.headers["reason"]
    }
}

/// All committed dead letters by their origin. Panics if an event has two.
pub(crate) fn letters(brokers: &str, topic: &str) -> BTreeMap<Origin, Letter> {
    let mut letters = BTreeMap::new();
    each(brokers, topic, |message| {
        let headers = message.headers().expect("a dead letter has headers");
        let text = |value: &[u8]| String::from_utf8(value.to_vec()).unwrap();
        let letter = Letter {
            key: message.key().map(<[u8]>::to_vec),
            payload: message.payload().unwrap_or_default().to_vec(),
            headers: headers
                .iter()
                .map(|it| (it.key.to_owned(), text(it.value.unwrap())))
                .collect(),
        };
        let origin = letter.origin();
        let before = letters.insert(origin, letter);
        assert_eq!(before, None, "{origin:?} has two dead letters");
    });
    letters
}

/// All payloads of a topic, bytes as they are, by partition and offset.
pub(crate) fn payloads(brokers: &str, topic: &str) -> BTreeMap<(i64, i64), Vec<u8>> {
    let mut payloads = BTreeMap::new();
    each(brokers, topic, |message| {
        let place = (i64::from(message.partition()), message.offset());
        payloads.insert(place, message.payload().unwrap_or_default().to_vec());
    });
    payloads
}

fn each(brokers: &str, topic: &str, mut take: impl FnMut(&BorrowedMessage<'_>)) {
    let client = client(brokers, "test-reader");
    let metadata = client.fetch_metadata(Some(topic), PATIENCE).unwrap();
    let mut wanted = TopicPartitionList::new();
    for partition in metadata.topics()[0].partitions() {
        wanted
            .add_partition_offset(topic, partition.id(), Offset::Beginning)
            .unwrap();
    }
    client.assign(&wanted).unwrap();
    let mut open = wanted.count();
    let end = Instant::now() + PATIENCE;
    while open > 0 {
        assert!(Instant::now() < end, "{topic} does not end");
        match client.poll(Duration::from_secs(1)) {
            None => {}
            Some(Err(KafkaError::PartitionEOF(_))) => open -= 1,
            Some(Err(error)) => panic!("{error}"),
            Some(Ok(message)) => take(&message),
        }
    }
}

/// Messages that a group has not settled. What cannot be told yet counts as one.
pub(crate) fn lag(brokers: &str, group: &str, topics: &[String]) -> i64 {
    let client = client(brokers, group);
    let mut lag = 0;
    for topic in topics {
        let Ok(metadata) = client.fetch_metadata(Some(topic), Duration::from_secs(5)) else {
            return i64::MAX / 4;
        };
        let mut wanted = TopicPartitionList::new();
        for partition in metadata.topics()[0].partitions() {
            wanted.add_partition(topic, partition.id());
        }
        let Ok(found) = client.committed_offsets(wanted, Duration::from_secs(5)) else {
            return i64::MAX / 4;
        };
        for partition in found.elements() {
            let number = partition.partition();
            let Ok((oldest, end)) = client.fetch_watermarks(topic, number, Duration::from_secs(5))
            else {
                return i64::MAX / 4;
            };
            lag += match partition.offset() {
                Offset::Offset(next) => end - next,
                _ => end - oldest,
            };
        }
    }
    lag
}

/// A message to be sent: topic, partition if it matters, key and payload.
pub(crate) struct Sent<'a> {
    pub(crate) topic: &'a str,
    pub(crate) key: Option<&'a [u8]>,
    pub(crate) payload: Option<&'a [u8]>,
}

/// Sends messages as any program could, and waits until they are stored.
pub(crate) fn send<'a>(brokers: &str, messages: impl IntoIterator<Item = Sent<'a>>) {
    let producer: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("enable.idempotence", "true")
        .create()
        .unwrap();
    for Sent {
        topic,
        key,
        payload,
    } in messages
    {
        let mut record: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(topic);
        record.key = key;
        record.payload = payload;
        producer.send(record).map_err(|(error, _)| error).unwrap();
        producer.poll(Duration::ZERO);
    }
    producer.flush(PATIENCE).unwrap();
}

/// Deletes the topics and groups with this prefix, as far as there are any.
pub(crate) fn forget(brokers: &str, prefix: &str) {
    let named = |names: &[&str]| -> Vec<String> {
        names.iter().map(|name| format!("{prefix}{name}")).collect()
    };
    let topics = named(&["topic1", "topic2", "topic3", "ack", "dead-letters"]);
    let groups = named(&["db_dump", "acker"]);
    let brokers = brokers.to_owned();
    // The test's own runtime must not be blocked.
    let deleting = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let admin: AdminClient<DefaultClientContext> = ClientConfig::new()
                .set("bootstrap.servers", brokers)
                .create()
                .unwrap();
            let options = AdminOptions::new().request_timeout(Some(Duration::from_secs(10)));
            let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
            let topics: Vec<&str> = topics.iter().map(String::as_str).collect();
            // A test that has failed may have left nothing.
            let _ = admin.delete_groups(&groups, &options).await;
            let _ = admin.delete_topics(&topics, &options).await;
        });
    });
    let _ = deleting.join();
}
