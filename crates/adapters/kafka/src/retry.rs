//! Calls that are made again while that may help. All of it blocks.

use std::time::{Duration, Instant};

use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

/// Whether the library says that calling again may help; calls about transactions are made for that.
pub(crate) fn is_retriable(error: &KafkaError) -> bool {
    matches!(error, KafkaError::Transaction(error) if error.is_retriable())
}

/// Whether the group's coordinator is only being found or moved: the first group of a cluster
/// makes the topic of all groups, and a broker that has just taken it over has to read it first.
pub(crate) fn is_settling(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            Code::NotCoordinator
                | Code::CoordinatorNotAvailable
                | Code::CoordinatorLoadInProgress
                | Code::BrokerTransportFailure
                | Code::WaitingForCoordinator
        )
    )
}

/// Calls again while that may help, until `deadline`.
pub(crate) fn retry_until<T>(
    deadline: Instant,
    may_help: impl Fn(&KafkaError) -> bool,
    call: impl Fn(Duration) -> Result<T, KafkaError>,
) -> Result<T, KafkaError> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match call(left) {
            Err(error) if may_help(&error) && !left.is_zero() => {
                tracing::warn!(%error, "a request to Kafka failed and is retried");
                std::thread::sleep(Duration::from_millis(100));
            }
            ended => return ended,
        }
    }
}
