//! Apache Kafka: destinations of emulations, and the log of a pipeline.
//!
//! - [`KafkaConfig`]: which cluster to use, how to log in, how much memory to use; [`settings`]:
//!   the same as settings of a service.
//! - [`KafkaDestination`]: creates the topic and delivers the records of any number of runs, each
//!   through its own client. [`KafkaSource`] reads topics back.
//! - [`KafkaLog`]: events of a pipeline, consumed as a group and answered in transactions.
//!   [`KafkaSink`] sends events, [`KafkaCluster`] inspects topics, messages and groups.
//!
//! `at-least-once` runs use the idempotent producer: broker restarts, and outages shorter than
//! [`KafkaConfig::message_timeout`], lose, duplicate or reorder nothing within a partition.
//! `exactly-once` runs also survive a crash of their own process: records and progress are
//! committed in the same transactions, and a reopened run skips what was committed.

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
