//! The adapter against a broker inside the process, which can be made to fail.
#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

mod monitor;
#[path = "../reader/mod.rs"]
mod reader;
mod refusals;

use std::time::Duration;

use adapter_embedded::EmbeddedKafka;
use adapter_kafka::{KafkaConfig, KafkaDestination, KafkaSource};
use emulator_domain::plan::{Guarantee, PlanSpec};
use emulator_ports::Destination;
use emulator_ports::contract::destination::keeps_its_contract;
use emulator_ports::contract::topic_source;
use rdkafka::ClientConfig;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

use reader::{Recorder, batch, index, read, run, spec};

type Mock = MockCluster<'static, DefaultProducerContext>;

fn config(bootstrap_servers: &str) -> KafkaConfig {
    KafkaConfig {
        bootstrap_servers: bootstrap_servers.to_owned(),
        ..KafkaConfig::default()
    }
}

fn client(bootstrap_servers: &str) -> ClientConfig {
    let mut client = ClientConfig::new();
    client.set("bootstrap.servers", bootstrap_servers);
    client
}

fn mock(topic: &str, partitions: i32) -> (Mock, String) {
    let mock = MockCluster::new(1).unwrap();
    mock.create_topic(topic, partitions, 1).unwrap();
    let servers = mock.bootstrap_servers();
    (mock, servers)
}

/// Whether records of each partition are in order.
fn in_order(read: &[reader::Read]) -> bool {
    let mut last = std::collections::HashMap::new();
    read.iter()
        .all(|message| last.insert(message.partition, index(message)) < Some(index(message)))
}

#[tokio::test]
async fn the_contract_holds_at_least_once() {
    let kafka = EmbeddedKafka::start(&[], 0).unwrap();
    let client = client(kafka.bootstrap_servers());
    keeps_its_contract(
        &KafkaDestination::new(config(kafka.bootstrap_servers())),
        &spec("named-by-the-suite"),
        async |topic: &str| reader::stored_records(&client, topic).await,
    )
    .await;
}

#[tokio::test]
async fn the_contract_holds_exactly_once() {
    let kafka = EmbeddedKafka::start(&[], 0).unwrap();
    let client = client(kafka.bootstrap_servers());
    let spec = PlanSpec {
        guarantee: Guarantee::ExactlyOnce,
        ..spec("named-by-the-suite")
    };
    keeps_its_contract(
        &KafkaDestination::new(config(kafka.bootstrap_servers())),
        &spec,
        async |topic: &str| reader::stored_records(&client, topic).await,
    )
    .await;
}

#[tokio::test]
async fn the_contract_of_a_source_holds() {
    let partitions = topic_source::layout().len() as i32;
    let (_mock, servers) = mock("laid-out", partitions);
    reader::lay_out(&client(&servers), "laid-out").await;
    let source = KafkaSource::new(KafkaConfig {
        fetch_wait: Duration::from_millis(10),
        ..config(&servers)
    });
    topic_source::keeps_its_contract(&source, "laid-out", "other").await;
}

#[tokio::test]
async fn nothing_is_lost_doubled_or_reordered_when_the_broker_answers_with_errors() {
    let (mock, servers) = mock("t", 3);
    mock.request_errors(
        RDKafkaApiKey::Produce,
        &[
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__TRANSPORT,
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
        ],
    );
    let destination = KafkaDestination::new(KafkaConfig {
        batch_size: 5000,
        ..config(&servers)
    });
    let recorder = Recorder::new();
    let mut producer = destination
        .open(&run(1, spec("t")), recorder.clone())
        .await
        .unwrap();
    for first in (0..5000).step_by(500) {
        producer
            .send(&batch(first..first + 500, 200))
            .await
            .unwrap();
    }
    producer.finish().await.unwrap();
    assert_eq!(recorder.acknowledged(), (0..5000).collect::<Vec<_>>());
    let found = read(&client(&servers), "t");
    let mut indices: Vec<_> = found.iter().map(index).collect();
    indices.sort_unstable();
    assert_eq!(indices, (0..5000).collect::<Vec<_>>());
    assert!(in_order(&found));
}

#[tokio::test]
async fn a_full_queue_holds_the_run_back() {
    let (mock, servers) = mock("t", 1);
    mock.broker_round_trip_time(-1, Duration::from_millis(50))
        .unwrap();
    let destination = KafkaDestination::new(KafkaConfig {
        queue_messages: 100,
        queue_bytes: 1 << 20,
        ..config(&servers)
    });
    let recorder = Recorder::new();
    let mut producer = destination
        .open(&run(1, spec("t")), recorder.clone())
        .await
        .unwrap();
    for first in (0..2000).step_by(50) {
        producer.send(&batch(first..first + 50, 100)).await.unwrap();
        let unanswered = first + 50 - recorder.acknowledged().len() as u64;
        // The queue, and the batch that is answered for as a whole.
        assert!(unanswered <= 150, "{unanswered} records are in flight");
    }
    producer.finish().await.unwrap();
    assert_eq!(recorder.acknowledged().len(), 2000);
    assert!(in_order(&read(&client(&servers), "t")));
}

#[tokio::test]
async fn a_run_can_be_left_while_the_queue_is_full() {
    let (mock, servers) = mock("t", 1);
    let destination = KafkaDestination::new(KafkaConfig {
        queue_messages: 100,
        ..config(&servers)
    });
    let recorder = Recorder::new();
    let mut producer = destination
        .open(&run(1, spec("t")), recorder.clone())
        .await
        .unwrap();
    producer.send(&batch(0..10, 100)).await.unwrap();
    mock.broker_down(-1).unwrap();
    let many = batch(10..5010, 100);
    let left = tokio::time::timeout(Duration::from_millis(500), producer.send(&many)).await;
    assert!(left.is_err(), "the queue is full and nobody takes anything");
    mock.broker_up(-1).unwrap();
    producer.finish().await.unwrap();
    let acknowledged = recorder.acknowledged();
    let taken = acknowledged.len() as u64;
    assert!((100..=200).contains(&taken), "{taken} records were taken");
    assert_eq!(acknowledged, (0..taken).collect::<Vec<_>>());
    assert!(recorder.failed().is_empty());
}

#[tokio::test]
async fn exactly_the_records_that_the_broker_refuses_fail_with_the_reason() {
    let (mock, servers) = mock("t", 1);
    let destination = KafkaDestination::new(KafkaConfig {
        // Without it, librdkafka treats a gap in a partition as the end of the producer.
        idempotence: false,
        linger: Duration::from_millis(1),
        ..config(&servers)
    });
    let recorder = Recorder::new();
    let mut producer = destination
        .open(&run(1, spec("t")), recorder.clone())
        .await
        .unwrap();
    for (records, error) in [
        (0..10, None),
        (
            10..20,
            Some(RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE),
        ),
        (20..30, None),
    ] {
        mock.request_errors(RDKafkaApiKey::Produce, error.as_slice());
        producer.send(&batch(records.clone(), 50)).await.unwrap();
        while recorder.acknowledged().len() + 10 * recorder.failed().len() < records.end as usize {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    producer.finish().await.unwrap();
    assert_eq!(
        recorder.acknowledged(),
        (0..10).chain(20..30).collect::<Vec<_>>()
    );
    let failed = recorder.failed();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].0, 10..20);
    let text = &failed[0].1;
    assert!(
        text.contains(&servers) && text.contains("max.message.bytes"),
        "{text}"
    );
}

#[tokio::test]
async fn an_outage_longer_than_the_message_timeout_fails_what_was_not_acknowledged() {
    let (mock, servers) = mock("t", 1);
    let destination = KafkaDestination::new(KafkaConfig {
        message_timeout: Duration::from_secs(1),
        ..config(&servers)
    });
    let recorder = Recorder::new();
    let mut producer = destination
        .open(&run(1, spec("t")), recorder.clone())
        .await
        .unwrap();
    mock.broker_down(-1).unwrap();
    producer.send(&batch(0..20, 100)).await.unwrap();
    // Some ends with a fatal error: an idempotent producer cannot tell whether they were stored.
    let _ = producer.finish().await;
    let failed = recorder.failed();
    assert_eq!(
        failed
            .iter()
            .map(|(range, _)| range.clone().count())
            .sum::<usize>(),
        20
    );
    let text = &failed[0].1;
    assert!(
        text.contains(&servers) && text.contains("no acknowledgement in 1 s"),
        "{text}"
    );
}

#[tokio::test]
async fn a_dropped_run_answers_for_what_it_gives_up() {
    let (mock, servers) = mock("t", 1);
    let recorder = Recorder::new();
    let mut producer = KafkaDestination::new(config(&servers))
        .open(&run(1, spec("t")), recorder.clone())
        .await
        .unwrap();
    mock.broker_down(-1).unwrap();
    producer.send(&batch(0..20, 100)).await.unwrap();
    drop(producer);
    let failed = recorder.failed();
    assert_eq!(
        failed
            .iter()
            .map(|(range, _)| range.clone().count())
            .sum::<usize>(),
        20
    );
    assert!(failed[0].1.contains("may be stored"), "{}", failed[0].1);
}

#[tokio::test]
async fn messages_carry_the_event_time_when_asked_to() {
    let (_mock, servers) = mock("t", 1);
    for (event_timestamps, expected) in [(true, true), (false, false)] {
        let destination = KafkaDestination::new(KafkaConfig {
            event_timestamps,
            ..config(&servers)
        });
        let mut producer = destination
            .open(&run(1, spec("t")), Recorder::new())
            .await
            .unwrap();
        producer.send(&batch(0..3, 50)).await.unwrap();
        producer.finish().await.unwrap();
        let found = read(&client(&servers), "t");
        let times: Vec<_> = found
            .iter()
            .rev()
            .take(3)
            .rev()
            .map(|read| read.timestamp)
            .collect();
        let event_times = [
            Some(reader::START),
            Some(reader::START + 1),
            Some(reader::START + 2),
        ];
        assert_eq!(times == event_times, expected, "{times:?}");
    }
}

#[tokio::test]
async fn an_exactly_once_run_acknowledges_nothing_before_its_transaction_is_committed() {
    let (_mock, servers) = mock("t", 1);
    let spec = PlanSpec {
        guarantee: Guarantee::ExactlyOnce,
        ..spec("t")
    };
    let recorder = Recorder::new();
    let mut producer = KafkaDestination::new(config(&servers))
        .open(&run(1, spec), recorder.clone())
        .await
        .unwrap();
    producer.send(&batch(0..10, 50)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(recorder.acknowledged().is_empty());
    tokio::time::sleep(Duration::from_millis(800)).await;
    producer.send(&batch(10..20, 50)).await.unwrap();
    assert_eq!(
        recorder.acknowledged().len(),
        20,
        "a second later it is committed"
    );
    producer.finish().await.unwrap();
    assert_eq!(recorder.acknowledged(), (0..20).collect::<Vec<_>>());
}
