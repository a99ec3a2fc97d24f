//! Apache Kafka: destinations of emulations, and the log of a pipeline.
//!
//! - [`KafkaConfig`]: which cluster, how to log in, how much to hold in memory; [`settings`]: the
//!   same as settings of a service.
//! - [`KafkaDestination`]: makes the topic and delivers the records of any number of runs, each
//!   through a client of its own. [`KafkaSource`] reads topics back.
//! - [`KafkaLog`]: events of a pipeline, read as a group and answered in transactions.
//!   [`KafkaSink`] sends them, [`KafkaCluster`] looks at topics, messages and groups.
//!
//! `at-least-once` runs use the idempotent producer: through broker restarts and outages shorter
//! than [`KafkaConfig::message_timeout`] nothing is lost, doubled or reordered within a partition.
//! `exactly-once` runs also survive their own process: records and progress are committed in the
//! same transactions, and a run that is opened again skips what was committed.

mod cluster_error;
mod config;
mod diagnostics;
mod emulator;
mod pipeline;
mod retry;
mod scan;
pub mod settings;
mod topic;
mod transaction;

pub use config::{Acks, Compression, KafkaConfig, Sasl, SaslMechanism, Tls};
pub use emulator::{KafkaDestination, KafkaSource};
pub use pipeline::{KafkaCluster, KafkaLog, KafkaSink};
