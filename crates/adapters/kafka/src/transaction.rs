//! Transactions of a producer: taking over from a predecessor, committing together with a group's
//! offsets, aborting. All of it blocks.

use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::KafkaError;
use rdkafka::producer::{Producer, ProducerContext, ThreadedProducer};

use crate::cluster_error::{ClusterError, ClusterErrors};
use crate::diagnostics::ConnectionDiagnostics;
use crate::retry::{is_retriable, retry_until};

/// How long the coordinator may take to end a predecessor's transaction, to return a group's
/// offsets or to abort a transaction.
pub(crate) const COORDINATOR: Duration = Duration::from_secs(30);
/// The pause between two checks for answers.
const POLL_INTERVAL: Duration = Duration::from_micros(200);

/// Fences the previous owner of the transactional id `name` and ends its open transaction.
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

/// Commits the open transaction with the group's offsets in it, until `deadline`.
pub(crate) fn commit<C: ProducerContext + 'static>(
    writer: &ThreadedProducer<C>,
    progress: &TopicPartitionList,
    group: &ConsumerGroupMetadata,
    deadline: Instant,
) -> Result<(), KafkaError> {
    retry_until(deadline, is_retriable, |left| {
        writer.send_offsets_to_transaction(progress, group, left)
    })?;
    // The client's own flush takes at least a tenth of a second.
    while writer.in_flight_count() > 0 && Instant::now() < deadline {
        std::thread::sleep(POLL_INTERVAL);
    }
    retry_until(deadline, is_retriable, |left| {
        writer.commit_transaction(left)
    })
}

/// Aborts the open transaction.
pub(crate) fn abort<C: ProducerContext + 'static>(writer: &ThreadedProducer<C>, wait: Duration) {
    if let Err(error) = writer.abort_transaction(wait) {
        tracing::warn!(%error, "a transaction could not be aborted and will time out");
    }
}
