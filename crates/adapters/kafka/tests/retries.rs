//! The metric of retries, in a process of its own: other tests have retries too.
#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

#[path = "reader/mod.rs"]
#[allow(dead_code, reason = "other tests need more of it")]
mod reader;

use std::time::Duration;

use adapter_kafka::{KafkaConfig, KafkaDestination};
use emulator_ports::Destination;
use platform_runtime::telemetry::Metrics;
use rdkafka::mocking::MockCluster;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

use reader::{Recorder, batch, run, spec};

/// The counter as Prometheus sees it.
fn counted(metrics: &Metrics) -> Option<u64> {
    let text = metrics.render();
    let mut lines = text.lines();
    lines.find_map(|line| line.strip_prefix("kafka_retries_total ")?.parse().ok())
}

#[tokio::test]
async fn messages_that_are_sent_again_are_counted_and_no_others() {
    let metrics = Metrics::of_process();
    let mock = MockCluster::new(1).unwrap();
    mock.create_topic("t", 3, 1).unwrap();
    let config = KafkaConfig {
        bootstrap_servers: mock.bootstrap_servers(),
        batch_size: 5000,
        ..KafkaConfig::default()
    };
    let destination = KafkaDestination::new(config);
    for (number, error, retries) in [
        (1, None, 0..=0),
        (
            2,
            Some(RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS),
            1..=5000,
        ),
    ] {
        for _ in 0..5 {
            mock.request_errors(RDKafkaApiKey::Produce, error.as_slice());
        }
        let run = run(number, spec("t"));
        let opened = destination.open(&run, Recorder::new());
        let mut producer = opened.await.unwrap();
        for first in (0..5000).step_by(500) {
            let records = batch(first..first + 500, 200);
            producer.send(&records).await.unwrap();
        }
        producer.finish().await.unwrap();
        // The statistics come every second, and are believed the second time.
        tokio::time::sleep(Duration::from_millis(3500)).await;
        let counted = counted(&metrics).unwrap_or_default();
        assert!(retries.contains(&counted), "{counted} in run {number}");
    }
    assert!(metrics.render().contains("# HELP kafka_retries_total"));
}
