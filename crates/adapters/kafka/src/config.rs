//! Which cluster to use, how to log in, how much memory to use.

use std::path::PathBuf;
use std::time::Duration;

use rdkafka::ClientConfig;
use secrecy::{ExposeSecret, SecretString};

/// How the adapter reaches a cluster and what it requires of it. `Debug` shows no password.
#[derive(Clone, Debug)]
pub struct KafkaConfig {
    /// `host:port`, several separated by commas.
    pub bootstrap_servers: String,
    /// Encrypts connections.
    pub tls: Option<Tls>,
    /// Logs in with user and password.
    pub sasl: Option<Sasl>,
    /// How the brokers' logs name this client.
    pub client_id: String,
    /// How batches are compressed in transit and on the brokers' disks.
    pub compression: Compression,
    /// How long a message may wait for others to fill its batch. At most 900 s.
    pub linger: Duration,
    /// The size of a batch before compression, in bytes, 1..=2,147,483,647.
    pub batch_size: u32,
    /// Which replicas must have stored a record before it counts as delivered.
    pub acks: Acks,
    /// Prevents the client's retries from duplicating or reordering messages. Needs [`Acks::All`];
    /// an `exactly-once` run always has it.
    pub idempotence: bool,
    /// How long the client tries to deliver a message before it counts as failed: the longest
    /// outage that a run survives. In whole milliseconds, at least one; an `exactly-once` run takes
    /// 1 s to 900 s, the brokers' own limit.
    pub message_timeout: Duration,
    /// How long a broker may hold a fetch of a reader that is up to date. A real broker answers as
    /// soon as data arrives; librdkafka's mock cluster always waits the full time.
    pub fetch_wait: Duration,
    /// Keys and payloads that a run may buffer, in bytes. The client's own bookkeeping, about 200
    /// bytes a message, comes on top.
    pub queue_bytes: u64,
    /// Messages that a run may buffer.
    pub queue_messages: u32,
    /// Stamps messages with the event time of their record instead of the time of sending.
    ///
    /// Off by default, because brokers act on timestamps: they refuse those more than an hour in
    /// the future (`message.timestamp.after.max.ms`), which an unlimited run soon reaches, and
    /// delete messages older than the topic's retention (`retention.ms`, a week), where a back-fill
    /// begins.
    pub event_timestamps: bool,
    /// Partitions of a topic that the adapter creates.
    pub partitions: i32,
    /// Replicas of each partition of a topic that the adapter creates. -1 leaves it to the brokers'
    /// `default.replication.factor`, which suits one broker as well as twenty.
    pub replication_factor: i32,
}

impl Default for KafkaConfig {
    fn default() -> Self {
        Self {
            bootstrap_servers: "localhost:9092".to_owned(),
            tls: None,
            sasl: None,
            client_id: "emulator-producer".to_owned(),
            compression: Compression::Lz4,
            linger: Duration::from_millis(5),
            batch_size: 256 * 1024,
            acks: Acks::All,
            idempotence: true,
            message_timeout: Duration::from_secs(300),
            fetch_wait: Duration::from_millis(500),
            queue_bytes: 32 << 20,
            queue_messages: 100_000,
            event_timestamps: false,
            partitions: 5,
            replication_factor: -1,
        }
    }
}

/// How the brokers' certificates are checked.
#[derive(Clone, Debug, Default)]
pub struct Tls {
    /// Trusted certificates in PEM; by default those of the system.
    pub ca_file: Option<PathBuf>,
}

/// User name and password.
#[derive(Clone, Debug)]
pub struct Sasl {
    /// The authentication mechanism.
    pub mechanism: SaslMechanism,
    /// The user name.
    pub username: String,
    /// The password.
    pub password: SecretString,
}

/// SASL mechanisms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaslMechanism {
    /// The password is sent as it is.
    Plain,
    /// Challenge-response with SHA-256.
    ScramSha256,
    /// Challenge-response with SHA-512.
    ScramSha512,
}

impl SaslMechanism {
    /// All mechanisms.
    pub const ALL: [Self; 3] = [Self::Plain, Self::ScramSha256, Self::ScramSha512];

    /// Kafka's name for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha512 => "SCRAM-SHA-512",
        }
    }
}

/// Compression of batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// No compression.
    None,
    /// Small, slow, read by every client.
    Gzip,
    /// Fast.
    Snappy,
    /// Fastest.
    Lz4,
    /// Small and fast.
    Zstd,
}

impl Compression {
    /// All codecs.
    pub const ALL: [Self; 5] = [Self::None, Self::Gzip, Self::Snappy, Self::Lz4, Self::Zstd];

    /// Kafka's name for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Snappy => "snappy",
            Self::Lz4 => "lz4",
            Self::Zstd => "zstd",
        }
    }
}

/// Which replicas must have stored a record before it is acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acks {
    /// None: a record counts once it is sent, and losses go unnoticed.
    None,
    /// The partition's leader: records are lost if it fails before they are replicated.
    Leader,
    /// All in-sync replicas.
    All,
}

impl Acks {
    /// All values.
    pub const ALL: [Self; 3] = [Self::None, Self::Leader, Self::All];

    /// Kafka's name for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "0",
            Self::Leader => "1",
            Self::All => "all",
        }
    }
}

impl KafkaConfig {
    /// Settings of every client of the cluster.
    pub(crate) fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        let protocol = match (&self.tls, &self.sasl) {
            (None, None) => "plaintext",
            (Some(_), None) => "ssl",
            (None, Some(_)) => "sasl_plaintext",
            (Some(_), Some(_)) => "sasl_ssl",
        };
        config
            .set("bootstrap.servers", &self.bootstrap_servers)
            .set("client.id", &self.client_id)
            .set("security.protocol", protocol)
            // A topic created implicitly would have the wrong number of partitions.
            .set("allow.auto.create.topics", "false")
            // Reconnect to a restarted broker within a second, not ten.
            .set("reconnect.backoff.max.ms", "1000");
        if let Some(tls) = &self.tls {
            // The statically linked OpenSSL does not know where the system keeps its certificates.
            let ca = tls.ca_file.as_ref().map(|file| file.display().to_string());
            config.set("ssl.ca.location", ca.as_deref().unwrap_or("probe"));
        }
        if let Some(sasl) = &self.sasl {
            config
                .set("sasl.mechanism", sasl.mechanism.name())
                .set("sasl.username", &sasl.username)
                .set("sasl.password", sasl.password.expose_secret());
        }
        config
    }

    /// Settings of a run's producer.
    pub(crate) fn producer(&self) -> ClientConfig {
        let mut config = self.client();
        let kbytes = self.queue_bytes.div_ceil(1024).clamp(1, i32::MAX as u64);
        config
            .set("compression.type", self.compression.name())
            .set("linger.ms", self.linger.as_millis().to_string())
            .set("batch.size", self.batch_size.to_string())
            .set("acks", self.acks.name())
            .set("enable.idempotence", self.idempotence.to_string())
            .set(
                "message.timeout.ms",
                self.message_timeout.as_millis().max(1).to_string(),
            )
            .set("queue.buffering.max.kbytes", kbytes.to_string())
            .set(
                "queue.buffering.max.messages",
                self.queue_messages.to_string(),
            )
            // The same partition for a key as the Java clients' default partitioner.
            .set("partitioner", "murmur2_random");
        config
    }

    /// Settings of a reader of committed messages that joins no group. `group` is the one whose
    /// offsets it may read and commit.
    pub(crate) fn reader(&self, group: &str) -> ClientConfig {
        let mut config = self.client();
        config
            .set("group.id", group)
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("isolation.level", "read_committed")
            // Messages deleted before they were read must be noticed, not skipped.
            .set("auto.offset.reset", "error")
            // Bounds memory, including compressed data; more does not speed up reading.
            .set("queued.max.messages.kbytes", "16384")
            .set("queued.min.messages", "20000")
            .set("fetch.message.max.bytes", "1048576")
            .set("fetch.max.bytes", "8388608")
            .set("fetch.wait.max.ms", self.fetch_wait.as_millis().to_string())
            // By default the client waits a second after its queue was full.
            .set("fetch.queue.backoff.ms", "5");
        config
    }

    /// Settings of an `exactly-once` run's producer. `name` is the same for every process that
    /// continues the run.
    pub(crate) fn transactional_producer(&self, name: &str) -> ClientConfig {
        let timeout = self.transaction_timeout().as_millis().to_string();
        let mut config = self.producer();
        config
            .set("transactional.id", name)
            .set("enable.idempotence", "true")
            .set("acks", Acks::All.name())
            .set("transaction.timeout.ms", &timeout)
            .set("message.timeout.ms", &timeout);
        config
    }

    /// The transaction time-out; brokers allow up to 15 minutes.
    pub(crate) fn transaction_timeout(&self) -> Duration {
        self.message_timeout
            .clamp(Duration::from_secs(1), Duration::from_secs(900))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_protocol_follows_from_what_is_given() {
        let sasl = Sasl {
            mechanism: SaslMechanism::ScramSha512,
            username: "ann".into(),
            password: "hidden-password".into(),
        };
        for (tls, sasl, protocol) in [
            (None, None, "plaintext"),
            (Some(Tls::default()), None, "ssl"),
            (None, Some(sasl.clone()), "sasl_plaintext"),
            (Some(Tls::default()), Some(sasl.clone()), "sasl_ssl"),
        ] {
            let config = KafkaConfig {
                tls,
                sasl,
                ..KafkaConfig::default()
            }
            .client();
            assert_eq!(config.get("security.protocol"), Some(protocol));
        }
        let config = KafkaConfig {
            sasl: Some(sasl),
            ..KafkaConfig::default()
        };
        assert_eq!(config.client().get("sasl.mechanism"), Some("SCRAM-SHA-512"));
        assert_eq!(
            config.client().get("sasl.password"),
            Some("hidden-password")
        );
        assert!(!format!("{config:?}").contains("hidden-password"));
    }

    #[test]
    fn memory_is_bounded_in_bytes_and_messages() {
        let config = KafkaConfig {
            queue_bytes: 1,
            queue_messages: 7,
            ..KafkaConfig::default()
        };
        assert_eq!(
            config.producer().get("queue.buffering.max.kbytes"),
            Some("1")
        );
        assert_eq!(
            config.producer().get("queue.buffering.max.messages"),
            Some("7")
        );
        let config = KafkaConfig {
            queue_bytes: 32 << 20,
            ..KafkaConfig::default()
        };
        assert_eq!(
            config.producer().get("queue.buffering.max.kbytes"),
            Some("32768")
        );
    }

    #[test]
    fn only_a_client_that_reads_statistics_asks_for_them() {
        let config = KafkaConfig::default();
        for client in [
            config.client(),
            config.producer(),
            config.reader("group"),
            config.transactional_producer("run"),
        ] {
            assert_eq!(client.get("statistics.interval.ms"), None);
        }
    }

    #[test]
    fn a_transaction_is_always_idempotent_and_within_the_brokers_limit() {
        let config = KafkaConfig {
            acks: Acks::Leader,
            idempotence: false,
            message_timeout: Duration::from_secs(86_400),
            ..KafkaConfig::default()
        }
        .transactional_producer("run");
        for (key, value) in [
            ("acks", "all"),
            ("enable.idempotence", "true"),
            ("transactional.id", "run"),
            ("transaction.timeout.ms", "900000"),
            ("message.timeout.ms", "900000"),
        ] {
            assert_eq!(config.get(key), Some(value));
        }
    }
}
