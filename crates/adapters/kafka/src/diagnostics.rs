//! Keeps what the client library reports about its connections, to explain later failures.

use std::sync::Mutex;

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{DeliveryResult, ProducerContext};

/// Remembers the most informative error of a client since its connections last worked.
///
/// A failed request says only "timed out"; the library gives the reason here and nowhere else.
#[derive(Debug, Default)]
pub(crate) struct ConnectionDiagnostics {
    last_error: Mutex<Option<LibraryError>>,
}

/// An error with the library's own text.
#[derive(Clone, Debug)]
pub(crate) struct LibraryError {
    pub(crate) code: RDKafkaErrorCode,
    pub(crate) text: String,
}

impl LibraryError {
    /// Whether a retry cannot help.
    pub(crate) fn is_final(&self) -> bool {
        informativeness(self.code) == 3
    }
}

/// How informative an error is.
fn informativeness(code: RDKafkaErrorCode) -> u8 {
    match code {
        RDKafkaErrorCode::AllBrokersDown => 0,
        RDKafkaErrorCode::BrokerTransportFailure | RDKafkaErrorCode::OperationTimedOut => 1,
        RDKafkaErrorCode::Resolve => 2,
        RDKafkaErrorCode::Authentication
        | RDKafkaErrorCode::SaslAuthenticationFailed
        | RDKafkaErrorCode::SSL => 3,
        _ => 2,
    }
}

impl ConnectionDiagnostics {
    /// The most informative error so far.
    pub(crate) fn last_error(&self) -> Option<LibraryError> {
        self.last_error
            .lock()
            .expect("no panic while it is held")
            .clone()
    }

    /// Keeps the error unless a more informative one is known; returns whether its kind is new.
    fn record(&self, code: RDKafkaErrorCode, text: &str) -> bool {
        let mut error = self.last_error.lock().expect("no panic while it is held");
        let before = error.as_ref().map(|old| old.code);
        if before.is_none_or(|before| informativeness(code) >= informativeness(before)) {
            *error = Some(LibraryError {
                code,
                text: text.to_owned(),
            });
        }
        error.as_ref().map(|now| now.code) != before
    }
}

/// Forwards the library's log to ours. What it reports as errors are mostly reconnections.
impl ClientContext for ConnectionDiagnostics {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        tracing::debug!(?level, facility, message, "librdkafka");
    }

    fn error(&self, error: KafkaError, reason: &str) {
        // A reader reached the end of a partition; not an error.
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::PartitionEOF) {
            return;
        }
        // The library repeats an error many times a second while a broker is away.
        let news = error
            .rdkafka_error_code()
            .is_none_or(|code| self.record(code, reason));
        if news {
            tracing::warn!(%error, reason, "trouble with the connection to Kafka");
        } else {
            tracing::debug!(%error, reason, "trouble with the connection to Kafka goes on");
        }
    }
}

/// For a consumer.
impl ConsumerContext for ConnectionDiagnostics {}

/// For a client that only queries metadata.
impl ProducerContext for ConnectionDiagnostics {
    type DeliveryOpaque = ();

    fn delivery(&self, _: &DeliveryResult<'_>, (): ()) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_telling_error_is_kept() {
        let diagnostics = ConnectionDiagnostics::default();
        assert!(diagnostics.record(RDKafkaErrorCode::BrokerTransportFailure, "refused"));
        assert!(!diagnostics.record(RDKafkaErrorCode::BrokerTransportFailure, "refused"));
        assert!(!diagnostics.record(RDKafkaErrorCode::AllBrokersDown, "1/1 brokers are down"));
        assert_eq!(diagnostics.last_error().unwrap().text, "refused");
        assert!(diagnostics.record(RDKafkaErrorCode::Authentication, "wrong password"));
        diagnostics.record(RDKafkaErrorCode::BrokerTransportFailure, "disconnected");
        let error = diagnostics.last_error().unwrap();
        assert_eq!(
            (error.text.as_str(), error.is_final()),
            ("wrong password", true)
        );
    }
}
