//! Sends events.

use std::time::Duration;

use async_trait::async_trait;
use futures::FutureExt;
use pipeline_domain::log::{EventOrigin, Partition};
use pipeline_domain::source::{Names, Source};
use pipeline_ports::{EventSink, PortError, Receipt};
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::Timestamp;
use rdkafka::producer::{FutureProducer, FutureRecord};

use crate::KafkaConfig;
use crate::cluster_error::ClusterErrors;
use crate::diagnostics::ConnectionDiagnostics;

/// The pause before a send to a full queue is retried.
const FULL: Duration = Duration::from_millis(1);

/// Sends events through one idempotent producer: broker outages shorter than
/// [`KafkaConfig::message_timeout`] lose, duplicate or reorder none.
pub struct KafkaSink {
    producer: FutureProducer<ConnectionDiagnostics>,
    names: Names,
    failures: ClusterErrors,
}

impl KafkaSink {
    /// Sends to the topics with these names.
    ///
    /// # Errors
    /// If the settings are invalid for a producer.
    pub fn new(config: &KafkaConfig, names: Names) -> Result<Self, PortError> {
        let failures = ClusterErrors::new(config);
        let producer = FutureProducer::from_config_and_context(
            &config.producer(),
            ConnectionDiagnostics::default(),
        )
        .map_err(|error| failures.refused("the settings make no producer", error))?;
        Ok(Self {
            producer,
            names,
            failures,
        })
    }
}

#[async_trait]
impl EventSink for KafkaSink {
    async fn send(&self, source: Source, id: i64, event: String) -> Result<Receipt, PortError> {
        let (topic, key) = (self.names.topic(source), id.to_string());
        let mut record = FutureRecord::to(&topic).key(&key).payload(&event);
        let receipt = loop {
            match self.producer.send_result(record) {
                Ok(receipt) => break receipt,
                Err((KafkaError::MessageProduction(Code::QueueFull), back)) => {
                    record = back;
                    tokio::time::sleep(FULL).await;
                }
                Err((error, _)) => {
                    let what = format!("writing to topic {topic} stopped");
                    return Err(self.failures.interrupted(&what, error).into());
                }
            }
        };
        let failures = self.failures.clone();
        Ok(async move {
            let what = || format!("topic {topic} did not take the event of id {key}");
            match receipt.await {
                Ok(Ok(delivery)) => Ok(EventOrigin {
                    partition: Partition {
                        source,
                        number: delivery.partition,
                    },
                    offset: delivery.offset,
                    created: created(delivery.timestamp),
                }),
                Ok(Err((error, _))) => {
                    let code = error.rdkafka_error_code().unwrap_or(Code::Fail);
                    Err(failures.verdict(&what(), code, None).into())
                }
                Err(_) => Err(failures
                    .interrupted(&what(), "the producer was closed before it answered")
                    .into()),
            }
        }
        .boxed())
    }
}

/// Milliseconds since 1970, -1 if unknown.
pub(super) fn created(timestamp: Timestamp) -> i64 {
    timestamp.to_millis().unwrap_or(-1)
}
