//! Errors for operators: where it failed, what was attempted, what to check.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

use crate::KafkaConfig;
use crate::diagnostics::{ConnectionDiagnostics, LibraryError};

/// A failed call, not yet attributed to the port that it came through.
#[derive(Debug)]
pub(crate) struct ClusterError {
    pub(crate) kind: ClusterErrorKind,
    pub(crate) message: String,
}

/// What can be done about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClusterErrorKind {
    /// There is no such topic.
    NotFound,
    /// The user lacks the permission.
    Forbidden,
    /// User, password or mechanism is wrong.
    Unauthenticated,
    /// Another process has taken over the work.
    TakenOver,
    /// A setting has to be changed first.
    Refused,
    /// No broker answers.
    Unreachable,
    /// The brokers' disks are full.
    Full,
    /// It stopped half-way.
    Interrupted,
}

/// Describes failures of one cluster and topic.
#[derive(Clone, Debug)]
pub(crate) struct ClusterErrors {
    servers: String,
    sasl_user: Option<String>,
    tls: bool,
    message_timeout: Duration,
}

impl ClusterErrors {
    pub(crate) fn new(config: &KafkaConfig) -> Self {
        Self {
            servers: config.bootstrap_servers.clone(),
            sasl_user: config.sasl.as_ref().map(|sasl| sasl.username.clone()),
            tls: config.tls.is_some(),
            message_timeout: config.message_timeout,
        }
    }

    /// There is no such topic.
    pub(crate) fn no_topic(&self, topic: &str) -> ClusterError {
        self.error(
            ClusterErrorKind::NotFound,
            format!("there is no topic {topic}: check its name, and whether this is the cluster"),
        )
    }

    /// A failure unrelated to the connection.
    pub(crate) fn refused(&self, what: &str, why: impl std::fmt::Display) -> ClusterError {
        self.error(ClusterErrorKind::Refused, format!("{what}: {why}"))
    }

    /// It stopped half-way.
    pub(crate) fn interrupted(&self, what: &str, why: impl std::fmt::Display) -> ClusterError {
        self.error(ClusterErrorKind::Interrupted, format!("{what}: {why}"))
    }

    /// Nothing answered `tried` for that long.
    pub(crate) fn no_answer(
        &self,
        tried: &str,
        waited: Duration,
        diagnostics: &ConnectionDiagnostics,
    ) -> ClusterError {
        let library_error = diagnostics.last_error();
        let code = library_error.as_ref().map(|error| error.code);
        let (kind, check) = match code {
            Some(Code::Authentication | Code::SaslAuthenticationFailed) => (
                ClusterErrorKind::Unauthenticated,
                format!(
                    "check user {:?}, its password and the SASL mechanism",
                    self.sasl_user.as_deref().unwrap_or_default()
                ),
            ),
            Some(Code::SSL) => (
                ClusterErrorKind::Refused,
                "check that this is a TLS port, that the host is named in the broker's certificate and that the CA file has its issuer".to_owned(),
            ),
            _ => (ClusterErrorKind::Unreachable, self.checks()),
        };
        let why = library_error.map_or(String::new(), |LibraryError { text, .. }| {
            format!(" ({text})")
        });
        let seconds = waited.as_secs_f64();
        self.error(
            kind,
            format!("{tried} got no answer in {seconds:.1} s{why}; {check}"),
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

    /// The verdict of the broker or the client on a record or a request.
    pub(crate) fn verdict(
        &self,
        what: &str,
        code: Code,
        library_error: Option<LibraryError>,
    ) -> ClusterError {
        let (kind, check) = match code {
            Code::MessageTimedOut => (
                ClusterErrorKind::Unreachable,
                format!(
                    "no acknowledgement in {:.0} s (message timeout); check that the brokers run and have enough replicas in sync",
                    self.message_timeout.as_secs_f64()
                ),
            ),
            Code::MessageSizeTooLarge => (
                ClusterErrorKind::Refused,
                "a record is larger than the topic takes; raise its max.message.bytes".to_owned(),
            ),
            Code::InvalidTimestamp => (
                ClusterErrorKind::Refused,
                "the event time is further from now than message.timestamp.after.max.ms of the topic allows; turn event timestamps off or raise it".to_owned(),
            ),
            Code::TopicAuthorizationFailed
            | Code::ClusterAuthorizationFailed
            | Code::TransactionalIdAuthorizationFailed
            | Code::GroupAuthorizationFailed => (
                ClusterErrorKind::Forbidden,
                format!(
                    "check the permissions of {}",
                    self.sasl_user.as_ref().map_or("anonymous clients".to_owned(), |user| format!("user {user:?}"))
                ),
            ),
            Code::UnknownTopicOrPartition | Code::UnknownTopic | Code::UnknownPartition => (
                ClusterErrorKind::NotFound,
                "the topic is gone; create it again, or start a new run, which creates it".to_owned(),
            ),
            Code::InvalidReplicationFactor | Code::InvalidPartitions => (
                ClusterErrorKind::Refused,
                "check the settings for partitions and replication factor against the number of brokers".to_owned(),
            ),
            Code::NotEnoughReplicas | Code::NotEnoughReplicasAfterAppend => (
                ClusterErrorKind::Unreachable,
                "check that enough brokers run for min.insync.replicas of the topic".to_owned(),
            ),
            Code::ProducerFenced | Code::Fenced | Code::InvalidProducerEpoch => (
                ClusterErrorKind::TakenOver,
                "another process has taken over, and goes on there".to_owned(),
            ),
            Code::KafkaStorageError => (
                ClusterErrorKind::Full,
                "check the disks of the brokers".to_owned(),
            ),
            Code::PurgeQueue | Code::PurgeInflight => (
                ClusterErrorKind::Interrupted,
                "the run ended before the broker answered; the record may be stored".to_owned(),
            ),
            _ => (
                ClusterErrorKind::Interrupted,
                "see the brokers' logs".to_owned(),
            ),
        };
        let library_error =
            library_error.map_or(String::new(), |error| format!(" ({})", error.text));
        self.error(kind, format!("{what}: {code}{library_error}; {check}"))
    }

    /// A call of the client library failed after `waited`.
    pub(crate) fn explain(
        &self,
        what: &str,
        error: &KafkaError,
        waited: Duration,
        diagnostics: &ConnectionDiagnostics,
    ) -> ClusterError {
        match error.rdkafka_error_code() {
            Some(code) if is_passing(code) => self.no_answer(what, waited, diagnostics),
            Some(code) => self.verdict(what, code, diagnostics.last_error()),
            None => self.interrupted(what, error),
        }
    }

    fn error(&self, kind: ClusterErrorKind, what: String) -> ClusterError {
        ClusterError {
            kind,
            message: format!("Kafka at {}: {what}", self.servers),
        }
    }
}

/// Runs blocking work on a thread for that purpose.
pub(crate) async fn blocking<T: Send + 'static>(
    config: &Arc<KafkaConfig>,
    work: impl FnOnce(&KafkaConfig) -> Result<T, ClusterError> + Send + 'static,
) -> Result<T, ClusterError> {
    let on_thread = Arc::clone(config);
    // Its log lines belong to the run that asked for it.
    let span = tracing::Span::current();
    match tokio::task::spawn_blocking(move || span.in_scope(|| work(&on_thread))).await {
        Ok(done) => done,
        Err(error) => Err(ClusterErrors::new(config).interrupted("the work was given up", error)),
    }
}

/// Whether the client recovers from this by itself.
pub(crate) fn is_passing(code: Code) -> bool {
    matches!(
        code,
        Code::AllBrokersDown
            | Code::BrokerTransportFailure
            | Code::OperationTimedOut
            | Code::RequestTimedOut
            | Code::Resolve
            | Code::LeaderNotAvailable
            | Code::NotLeaderForPartition
    )
}
