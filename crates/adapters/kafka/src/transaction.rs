//! Transactions of a producer: taken over from a predecessor, committed together with the progress
//! of a group, aborted. All of it blocks.

use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::KafkaError;
use rdkafka::producer::{Producer, ProducerContext, ThreadedProducer};

use crate::cluster_error::{ClusterError, ClusterErrors};
use crate::diagnostics::ConnectionDiagnostics;
use crate::retry::{is_retriable, retry_until};

/// How long the coordinator may take to end a predecessor's transaction, to tell a group's progress
/// or to abort a transaction.
pub(crate) const COORDINATOR: Duration = Duration::from_secs(30);
/// How soon answers are looked for again.
const POLL_INTERVAL: Duration = Duration::from_micros(200);

/// Shuts out whoever had the transactional id `name` before, and ends what it left open.
pub(crate) fn take_over<C: ProducerContext + 'static>(
    writer: &ThreadedProducer<C>,
    name: &str,
    errors: &ClusterErrors,
    diagnostics: &ConnectionDiagnostics,
) -> Result<(), ClusterError> {
    let begun = Instant::now();
    writer.init_transactions(COORDINATOR).map_err(|error| {
        let what = format!("taking over transactional id {name}");
        errors.explain(&what, &error, begun.elapsed(), diagnostics)
    })
}

/// Ends the open transaction with the group's progress in it, until `deadline`.
pub(crate) fn commit<C: ProducerContext + 'static>(
    writer: &ThreadedProducer<C>,
    progress: &TopicPartitionList,
    group: &ConsumerGroupMetadata,
    deadline: Instant,
) -> Result<(), KafkaError> {
    retry_until(deadline, is_retriable, |left| {
        writer.send_offsets_to_transaction(progress, group, left)
    })?;
    // The client's own wait for answers takes a tenth of a second at least.
    while writer.in_flight_count() > 0 && Instant::now() < deadline {
        std::thread::sleep(POLL_INTERVAL);
    }
    retry_until(deadline, is_retriable, |left| {
        writer.commit_transaction(left)
    })
}

/// Gives up what was sent in the open transaction.
pub(crate) fn abort<C: ProducerContext + 'static>(writer: &ThreadedProducer<C>, wait: Duration) {
    if let Err(error) = writer.abort_transaction(wait) {
        tracing::warn!(%error, "a transaction could not be aborted and will time out");
    }
}
