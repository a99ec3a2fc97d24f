//! What the client library says of its connections, kept for whoever has to explain a failure.

use std::sync::Mutex;

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{DeliveryResult, ProducerContext};

/// Remembers the most telling error of a client since its connections last worked.
///
/// Requests fail with a mere "timed out"; why, the library says only here.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    said: Mutex<Option<Said>>,
}

/// An error of the library in its own words.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) code: RDKafkaErrorCode,
    pub(crate) text: String,
}

impl Said {
    /// Whether trying again cannot help.
    pub(crate) fn is_final(&self) -> bool {
        telling(self.code) == 3
    }
}

/// How much an error explains.
fn telling(code: RDKafkaErrorCode) -> u8 {
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

impl Journal {
    /// The most telling error so far.
    pub(crate) fn said(&self) -> Option<Said> {
        self.said.lock().expect("no panic while it is held").clone()
    }

    fn note(&self, code: RDKafkaErrorCode, text: &str) {
        let mut said = self.said.lock().expect("no panic while it is held");
        if said
            .as_ref()
            .is_none_or(|old| telling(code) >= telling(old.code))
        {
            *said = Some(Said {
                code,
                text: text.to_owned(),
            });
        }
    }
}

/// The library's log goes to ours; what it calls errors are mostly reconnections.
impl ClientContext for Journal {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        tracing::debug!(target: "librdkafka", ?level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::warn!(target: "librdkafka", %error, reason, "connection trouble");
        if let Some(code) = error.rdkafka_error_code() {
            self.note(code, reason);
        }
    }
}

/// For a client that asks and sends nothing.
impl ProducerContext for Journal {
    type DeliveryOpaque = ();

    fn delivery(&self, _: &DeliveryResult<'_>, (): ()) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_telling_error_is_kept() {
        let journal = Journal::default();
        journal.note(RDKafkaErrorCode::BrokerTransportFailure, "refused");
        journal.note(RDKafkaErrorCode::AllBrokersDown, "1/1 brokers are down");
        assert_eq!(journal.said().unwrap().text, "refused");
        journal.note(RDKafkaErrorCode::Authentication, "wrong password");
        journal.note(RDKafkaErrorCode::BrokerTransportFailure, "disconnected");
        let said = journal.said().unwrap();
        assert_eq!(
            (said.text.as_str(), said.is_final()),
            ("wrong password", true)
        );
    }
}
