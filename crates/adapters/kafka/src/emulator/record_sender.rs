//! Hands batches to the client library record by record; waits while its queue is full.

use std::sync::Arc;
use std::time::Duration;

use emulator_domain::plan::EmulationPlan;
use emulator_ports::{Batch, EncodedRecord};
use rdkafka::ClientConfig;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer, ThreadedProducer};

use super::delivery::Delivery;
use crate::cluster_error::{ClusterError, ClusterErrors};
use crate::diagnostics::LibraryError;

/// The pause before a full queue is tried again; at a million messages a second it frees about 1 %.
const FULL: Duration = Duration::from_millis(1);

/// A producer for the records of one run, in order.
pub(crate) struct RecordSender {
    producer: ThreadedProducer<Delivery>,
    topic: String,
    /// The plan, if event times serve as timestamps.
    times: Option<EmulationPlan>,
    failures: ClusterErrors,
    next_index: u64,
}

impl RecordSender {
    pub(crate) fn new(
        client: &ClientConfig,
        topic: &str,
        times: Option<EmulationPlan>,
        failures: ClusterErrors,
        delivery: Delivery,
    ) -> Result<Self, ClusterError> {
        let mut client = client.clone();
        // Feeds the metric of retries.
        client.set("statistics.interval.ms", "1000");
        let producer = ThreadedProducer::from_config_and_context(&client, delivery)
            .map_err(|error| failures.refused("the settings make no producer", error))?;
        Ok(Self {
            producer,
            topic: topic.to_owned(),
            times,
            failures,
            next_index: 0,
        })
    }

    /// Sends the records of the batch from index `from` on. Waits while the queue is full. If it is
    /// dropped while it waits, the records already enqueued are still acknowledged.
    pub(crate) async fn send(&mut self, batch: &Batch, from: u64) -> Result<(), ClusterError> {
        let records = batch.range().start.max(from)..batch.range().end;
        if records.is_empty() {
            return Ok(());
        }
        self.next_index = records.start;
        let skipped = (records.start - batch.range().start) as usize;
        self.delivery().expect(records.clone());
        let mut sending = Sending {
            record_sender: self,
            end: records.end,
        };
        for record in batch.records().skip(skipped) {
            sending.one(&record).await?;
        }
        Ok(())
    }

    /// From now on, event times follow `plan`.
    pub(crate) fn follow(&mut self, plan: &EmulationPlan) {
        if let Some(times) = &mut self.times {
            *times = plan.clone();
        }
    }

    /// The index after the last record taken.
    pub(crate) fn next_index(&self) -> u64 {
        self.next_index
    }

    pub(crate) fn delivery(&self) -> &Arc<Delivery> {
        self.producer.context()
    }

    pub(crate) fn producer(&self) -> &ThreadedProducer<Delivery> {
        &self.producer
    }

    /// The fatal error of the client, if there is one.
    pub(crate) fn fatal(&self) -> Option<ClusterError> {
        let (code, text) = self.producer.client().fatal_error()?;
        let what = format!("writing to topic {} stopped", self.topic);
        Some(
            self.failures
                .verdict(&what, code, Some(LibraryError { code, text })),
        )
    }

    fn enqueue(&self, encoded: &EncodedRecord<'_>) -> Result<(), KafkaError> {
        let index = encoded.index;
        let mut record = BaseRecord::<[u8], [u8], _>::with_opaque_to(&self.topic, index as usize);
        if let Some(key) = encoded.key {
            record = record.key(key);
        }
        if !encoded.is_tombstone {
            record = record.payload(encoded.payload);
        }
        let headers = encoded.headers();
        if headers.len() > 0 {
            let own = OwnedHeaders::new_with_capacity(headers.len());
            record = record.headers(headers.fold(own, |own, (key, value)| {
                let value = Some(value);
                own.insert(Header { key, value })
            }));
        }
        if let Some(time) = self.times.as_ref().and_then(|plan| plan.event_time(index)) {
            // A timestamp of 0 would mean the current time.
            record = record.timestamp(time.millis().max(1));
        }
        self.producer.send(record).map_err(|(error, _)| error)
    }
}

/// Sends a batch. If it is dropped, the records not yet sent are not waited for.
struct Sending<'a> {
    record_sender: &'a mut RecordSender,
    end: u64,
}

impl Sending<'_> {
    async fn one(&mut self, record: &EncodedRecord<'_>) -> Result<(), ClusterError> {
        let index = record.index;
        while let Err(error) = self.record_sender.enqueue(record) {
            match error.rdkafka_error_code() {
                Some(Code::QueueFull) => tokio::time::sleep(FULL).await,
                // Concerns this record alone.
                Some(code @ Code::MessageSizeTooLarge) => {
                    self.record_sender.delivery().answer(index, Some(code));
                    break;
                }
                _ => {
                    let what = format!("writing to topic {} stopped", self.record_sender.topic);
                    return Err(self
                        .record_sender
                        .fatal()
                        .unwrap_or_else(|| self.record_sender.failures.interrupted(&what, error)));
                }
            }
        }
        self.record_sender.next_index = index + 1;
        Ok(())
    }
}

impl Drop for Sending<'_> {
    fn drop(&mut self) {
        if self.record_sender.next_index < self.end {
            self.record_sender
                .delivery()
                .cut(self.record_sender.next_index);
        }
    }
}
