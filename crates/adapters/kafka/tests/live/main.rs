//! The adapter against the real broker of `deploy/local`, whose addresses and passwords come from
//! `deploy/local/servers env`.
#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

mod exactly_once;
mod login;
#[path = "../reader/mod.rs"]
mod reader;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use adapter_kafka::{Compression, KafkaConfig, KafkaDestination, KafkaLog, KafkaSink, KafkaSource};
use emulator_domain::plan::PlanSpec;
use emulator_ports::contract::destination::keeps_its_contract;
use emulator_ports::contract::topic_source;
use emulator_ports::{Destination, DestinationErrorKind};
use pipeline_domain::source::Names;
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};

use reader::{Recorder, batch, index, read, run, spec};

fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!(
            "{name} is not set: deploy/local/servers up kafka; eval \"$(deploy/local/servers env)\""
        )
    })
}

fn config() -> KafkaConfig {
    KafkaConfig {
        bootstrap_servers: env("KAFKA_BOOTSTRAP_SERVERS"),
        ..KafkaConfig::default()
    }
}

fn client() -> ClientConfig {
    let mut client = ClientConfig::new();
    client.set("bootstrap.servers", env("KAFKA_BOOTSTRAP_SERVERS"));
    client
}

/// A number that no other run of these tests has.
fn unique() -> u128 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_nanos()
}

#[tokio::test]
async fn the_log_of_a_pipeline_keeps_its_contract() {
    let names = Names::with_prefix(&format!("contract-{}-", unique())).unwrap();
    let log = KafkaLog::new(config(), names.clone());
    let sink = KafkaSink::new(&config(), names).unwrap();
    pipeline_ports::contract::log::keeps_its_contract(&log, &sink).await;
}

#[tokio::test]
async fn the_contract_holds_at_least_once() {
    let client = client();
    keeps_its_contract(
        &KafkaDestination::new(config()),
        &spec("named-by-the-suite"),
        async |topic: &str| reader::stored_records(&client, topic).await,
    )
    .await;
}

#[tokio::test]
async fn the_contract_of_a_source_holds() {
    let (topic, missing) = (format!("laid-out-{}", unique()), format!("no-{}", unique()));
    let partitions = topic_source::layout().len() as i32;
    let admin: AdminClient<DefaultClientContext> = client().create().unwrap();
    let made = NewTopic::new(&topic, partitions, TopicReplication::Fixed(1));
    let made = admin.create_topics([&made], &AdminOptions::new()).await;
    assert!(made.unwrap().iter().all(Result::is_ok));
    reader::lay_out(&client(), &topic).await;
    topic_source::keeps_its_contract(&KafkaSource::new(config()), &topic, &missing).await;
}

#[tokio::test]
async fn every_compression_can_be_read_back() {
    let topic = format!("compressed-{}", unique());
    let mut expected = Vec::new();
    for (compression, first) in Compression::ALL.into_iter().zip((0..).step_by(200)) {
        let destination = KafkaDestination::new(KafkaConfig {
            compression,
            ..config()
        });
        let mut producer = destination
            .open(&run(unique(), spec(&topic)), Recorder::new())
            .await
            .unwrap();
        producer
            .send(&batch(first..first + 200, 300))
            .await
            .unwrap();
        producer.finish().await.unwrap();
        expected.extend(first..first + 200);
    }
    let mut indices: Vec<_> = read(&client(), &topic).iter().map(index).collect();
    indices.sort_unstable();
    assert_eq!(indices, expected);
}

#[tokio::test]
async fn a_topic_is_made_with_the_configured_partitions_and_used_again() {
    let topic = format!("partitions-{}", unique());
    let partitions = 7;
    let destination = KafkaDestination::new(KafkaConfig {
        partitions,
        ..config()
    });
    destination
        .open(&run(unique(), spec(&topic)), Recorder::new())
        .await
        .unwrap();
    let other = KafkaDestination::new(KafkaConfig {
        partitions: 2,
        ..config()
    });
    other
        .open(&run(unique(), spec(&topic)), Recorder::new())
        .await
        .unwrap();
    let consumer: BaseConsumer = client().create().unwrap();
    let metadata = consumer
        .fetch_metadata(Some(&topic), Duration::from_secs(5))
        .unwrap();
    assert_eq!(metadata.topics()[0].partitions().len(), 7);

    let impossible = KafkaConfig {
        replication_factor: 3,
        ..config()
    };
    let unmade = format!("unmade-{}", unique());
    let opened = KafkaDestination::new(impossible)
        .open(&run(unique(), spec(&unmade)), Recorder::new())
        .await;
    let error = opened.err().expect("one broker cannot hold three copies");
    assert_eq!(error.kind, DestinationErrorKind::Refused);
    assert!(
        error.chain().contains("replication factor"),
        "{}",
        error.chain()
    );
}

#[tokio::test]
async fn batches_are_no_larger_than_the_topic_takes() {
    let topic = format!("small-{}", unique());
    let admin: AdminClient<DefaultClientContext> = client().create().unwrap();
    let small =
        NewTopic::new(&topic, 1, TopicReplication::Fixed(1)).set("max.message.bytes", "20000");
    let created = admin.create_topics([&small], &AdminOptions::new()).await;
    created.unwrap().remove(0).unwrap();
    let destination = KafkaDestination::new(KafkaConfig {
        compression: Compression::None,
        linger: Duration::from_millis(100),
        ..config()
    });
    let recorder = Recorder::new();
    let run = run(1, spec(&topic));
    let mut producer = destination.open(&run, recorder.clone()).await.unwrap();
    producer.send(&batch(0..2000, 300)).await.unwrap();
    producer.finish().await.unwrap();
    assert_eq!(recorder.acknowledged(), (0..2000).collect::<Vec<_>>());
}

#[tokio::test]
async fn records_that_the_broker_refuses_fail_with_its_reason() {
    let topic = format!("narrow-{}", unique());
    let admin: AdminClient<DefaultClientContext> = client().create().unwrap();
    let narrow =
        NewTopic::new(&topic, 1, TopicReplication::Fixed(1)).set("max.message.bytes", "500");
    admin
        .create_topics([&narrow], &AdminOptions::new())
        .await
        .unwrap()[0]
        .clone()
        .unwrap();
    let in_the_future = PlanSpec {
        start_time: emulator_domain::Timestamp::LATEST.moved(-1_000_000_000),
        ..spec(&format!("future-{}", unique()))
    };
    for (spec, len, reason) in [
        (spec(&topic), 1500, "max.message.bytes"),
        (in_the_future, 100, "message.timestamp.after.max.ms"),
    ] {
        let destination = KafkaDestination::new(KafkaConfig {
            compression: Compression::None,
            event_timestamps: true,
            ..config()
        });
        let recorder = Recorder::new();
        let mut producer = destination
            .open(&run(unique(), spec), recorder.clone())
            .await
            .unwrap();
        producer.send(&batch(0..1, len)).await.unwrap();
        // The refusal may also end an idempotent producer; the record is answered for anyway.
        let _ = producer.finish().await;
        let failed = recorder.failed();
        assert_eq!(failed.len(), 1, "{reason}");
        assert!(failed[0].1.contains(reason), "{}", failed[0].1);
        assert!(recorder.acknowledged().is_empty());
    }
}
