//! What went wrong, for people: where, what was tried, what to check.

use std::time::Duration;

use emulator_ports::{DestinationError, DestinationErrorKind};
use rdkafka::error::RDKafkaErrorCode as Code;

use crate::KafkaConfig;
use crate::journal::{Journal, Said};

/// Tells failures of one cluster and one topic.
#[derive(Clone, Debug)]
pub(crate) struct Failures {
    servers: String,
    sasl_user: Option<String>,
    tls: bool,
    message_timeout: Duration,
}

impl Failures {
    pub(crate) fn new(config: &KafkaConfig) -> Self {
        Self {
            servers: config.bootstrap_servers.clone(),
            sasl_user: config.sasl.as_ref().map(|sasl| sasl.username.clone()),
            tls: config.tls.is_some(),
            message_timeout: config.message_timeout,
        }
    }

    /// A failure that has nothing to do with the connection.
    pub(crate) fn refused(&self, what: &str, why: impl std::fmt::Display) -> DestinationError {
        self.error(DestinationErrorKind::Refused, format!("{what}: {why}"))
    }

    /// It stopped half-way.
    pub(crate) fn interrupted(&self, what: &str, why: impl std::fmt::Display) -> DestinationError {
        self.error(DestinationErrorKind::Interrupted, format!("{what}: {why}"))
    }

    /// Nobody answered `tried` for that long.
    pub(crate) fn no_answer(
        &self,
        tried: &str,
        waited: Duration,
        journal: &Journal,
    ) -> DestinationError {
        let said = journal.said();
        let code = said.as_ref().map(|said| said.code);
        let (kind, check) = match code {
            Some(Code::Authentication | Code::SaslAuthenticationFailed) => (
                DestinationErrorKind::Refused,
                format!(
                    "check user {:?}, its password and the SASL mechanism",
                    self.sasl_user.as_deref().unwrap_or_default()
                ),
            ),
            Some(Code::SSL) => (
                DestinationErrorKind::Refused,
                "check that this is a TLS port, that the host is named in the broker's certificate and that the CA file has its issuer".to_owned(),
            ),
            _ => (DestinationErrorKind::Unreachable, self.checks()),
        };
        let why = said.map_or(String::new(), |Said { text, .. }| format!(" ({text})"));
        let seconds = waited.as_secs_f64();
        self.error(
            kind,
            format!("{tried} got no answer in {seconds:.0} s{why}; {check}"),
        )
    }

    fn checks(&self) -> String {
        let mut checks = "check that the brokers run, that host and port are right and that the address the brokers advertise can be reached from here".to_owned();
        match (self.tls, &self.sasl_user) {
            (false, None) => {
                checks.push_str("; a port that expects TLS or a password also looks like this");
            }
            (true, None) => checks.push_str("; a port without TLS also looks like this"),
            (_, Some(user)) => {
                let more = format!(
                    "; a wrong password for user {user:?} or a port of another security protocol also looks like this"
                );
                checks.push_str(&more);
            }
        }
        checks
    }

    /// The broker's or the client's verdict on a record or a request.
    pub(crate) fn verdict(&self, what: &str, code: Code, said: Option<Said>) -> DestinationError {
        let (kind, check) = match code {
            Code::MessageTimedOut => (
                DestinationErrorKind::Unreachable,
                format!(
                    "no acknowledgement in {:.0} s (message timeout); check that the brokers run and have enough replicas in sync",
                    self.message_timeout.as_secs_f64()
                ),
            ),
            Code::MessageSizeTooLarge => (
                DestinationErrorKind::Refused,
                "the record is larger than the broker takes; raise max.message.bytes of the topic".to_owned(),
            ),
            Code::InvalidTimestamp => (
                DestinationErrorKind::Refused,
                "the event time is further from now than message.timestamp.after.max.ms of the topic allows; turn event timestamps off or raise it".to_owned(),
            ),
            Code::TopicAuthorizationFailed
            | Code::ClusterAuthorizationFailed
            | Code::TransactionalIdAuthorizationFailed
            | Code::GroupAuthorizationFailed => (
                DestinationErrorKind::Refused,
                format!(
                    "check the permissions of {}",
                    self.sasl_user.as_ref().map_or("anonymous clients".to_owned(), |user| format!("user {user:?}"))
                ),
            ),
            Code::UnknownTopicOrPartition | Code::UnknownTopic | Code::UnknownPartition => (
                DestinationErrorKind::Refused,
                "the topic is gone; make it again, or let the emulator".to_owned(),
            ),
            Code::InvalidReplicationFactor | Code::InvalidPartitions => (
                DestinationErrorKind::Refused,
                "check the settings for partitions and replication factor against the number of brokers".to_owned(),
            ),
            Code::NotEnoughReplicas | Code::NotEnoughReplicasAfterAppend => (
                DestinationErrorKind::Unreachable,
                "check that enough brokers run for min.insync.replicas of the topic".to_owned(),
            ),
            Code::KafkaStorageError => (
                DestinationErrorKind::Full,
                "check the disks of the brokers".to_owned(),
            ),
            Code::PurgeQueue | Code::PurgeInflight => (
                DestinationErrorKind::Interrupted,
                "the run ended before the broker answered; the record may be stored".to_owned(),
            ),
            _ => (
                DestinationErrorKind::Interrupted,
                "see the brokers' logs".to_owned(),
            ),
        };
        let said = said.map_or(String::new(), |said| format!(" ({})", said.text));
        self.error(kind, format!("{what}: {code}{said}; {check}"))
    }

    fn error(&self, kind: DestinationErrorKind, what: String) -> DestinationError {
        DestinationError::new(kind, format!("Kafka at {}: {what}", self.servers))
    }
}
