//! Kafka as a destination of runs.

use std::sync::Arc;

use async_trait::async_trait;
use emulator_domain::plan::Guarantee;
use emulator_ports::{Acknowledgements, Destination, DestinationError, Producer, Run};

use super::delivery::{Delivery, describe};
use super::producer::KafkaProducer;
use super::record_sender::RecordSender;
use super::transactional::TransactionalProducer;
use crate::KafkaConfig;
use crate::cluster_error::{ClusterError, ClusterErrors, blocking};
use crate::topic;

/// A Kafka cluster. Each run gets its own client with its own memory limit, so that a run with slow
/// partitions does not hold up the others.
///
/// Needs a tokio runtime with time enabled; whatever blocks runs on its blocking threads.
#[derive(Clone, Debug)]
pub struct KafkaDestination {
    config: Arc<KafkaConfig>,
}

impl KafkaDestination {
    /// Uses the configured cluster; does not connect yet.
    pub fn new(config: KafkaConfig) -> Self {
        describe();
        Self {
            config: Arc::new(config),
        }
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&KafkaConfig) -> Result<T, ClusterError> + Send + 'static,
    ) -> Result<T, DestinationError> {
        Ok(blocking(&self.config, work).await?)
    }
}

#[async_trait]
impl Destination for KafkaDestination {
    async fn open(
        &self,
        run: &Run,
        acknowledgements: Arc<dyn Acknowledgements>,
    ) -> Result<Box<dyn Producer>, DestinationError> {
        let run = run.clone();
        self.blocking(move |config| {
            let topic = run.plan.destination();
            topic::prepare(config, topic, &[])?;
            // A larger batch would be rejected as a whole.
            let taken = topic::max_batch_bytes(config, topic).unwrap_or(u32::MAX);
            let config = &KafkaConfig {
                batch_size: config.batch_size.min(taken).max(1),
                ..config.clone()
            };
            match run.plan.guarantee() {
                Guarantee::AtLeastOnce => {
                    let failures = ClusterErrors::new(config);
                    let delivery = Delivery::new(topic, failures.clone(), acknowledgements);
                    let times = config.event_timestamps.then(|| run.plan.clone());
                    let record_sender = RecordSender::new(
                        &config.producer(),
                        topic,
                        times,
                        failures.clone(),
                        delivery,
                    )?;
                    let producer =
                        KafkaProducer::new(record_sender, failures, config.message_timeout);
                    Ok(Box::new(producer) as Box<dyn Producer>)
                }
                Guarantee::ExactlyOnce => {
                    let producer = TransactionalProducer::open(config, &run, acknowledgements)?;
                    Ok(Box::new(producer) as Box<dyn Producer>)
                }
            }
        })
        .await
    }

    /// The id that all brokers of the cluster share, so that it does not matter which one is asked.
    async fn location(&self) -> Result<String, DestinationError> {
        let id = self.blocking(topic::cluster_id).await?;
        Ok(format!("Kafka cluster {id}"))
    }

    async fn probe(&self) -> Result<(), DestinationError> {
        self.blocking(topic::probe).await
    }
}
