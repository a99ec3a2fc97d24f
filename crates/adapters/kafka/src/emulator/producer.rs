//! Delivers a run at least once.

use std::time::Duration;

use async_trait::async_trait;
use emulator_domain::plan::EmulationPlan;
use emulator_ports::{Batch, DestinationError, Producer};

use super::record_sender::RecordSender;
use crate::cluster_error::ClusterErrors;

/// The client library times messages out itself; this covers the case that it does not.
const MARGIN: Duration = Duration::from_secs(10);

/// Sends records through the idempotent producer; waits for all acknowledgements at the end.
pub(crate) struct KafkaProducer {
    record_sender: RecordSender,
    failures: ClusterErrors,
    patience: Duration,
}

impl KafkaProducer {
    pub(crate) fn new(
        record_sender: RecordSender,
        failures: ClusterErrors,
        message_timeout: Duration,
    ) -> Self {
        Self {
            record_sender,
            failures,
            patience: message_timeout + MARGIN,
        }
    }
}

#[async_trait]
impl Producer for KafkaProducer {
    async fn send(&mut self, batch: &Batch) -> Result<(), DestinationError> {
        Ok(self.record_sender.send(batch, 0).await?)
    }

    async fn follow(&mut self, plan: &EmulationPlan) -> Result<(), DestinationError> {
        self.record_sender.follow(plan);
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), DestinationError> {
        let answers =
            tokio::time::timeout(self.patience, self.record_sender.delivery().idle()).await;
        if let Some(fatal) = self.record_sender.fatal() {
            return Err(fatal.into());
        }
        answers.map_err(|_| {
            let what = format!(
                "{} records were not answered for",
                self.record_sender.delivery().in_flight()
            );
            let diagnostics = self.record_sender.delivery().diagnostics();
            self.failures
                .no_answer(&what, self.patience, diagnostics)
                .into()
        })
    }

    async fn pause(&mut self) -> Result<(), DestinationError> {
        self.finish().await
    }
}
