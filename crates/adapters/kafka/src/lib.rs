//! Apache Kafka as a destination: a message a record, counted when the broker has stored it.
//!
//! - [`KafkaConfig`]: which cluster, how to log in, how much to hold in memory.
//! - [`KafkaDestination`]: makes the topic and delivers the records of any number of runs, each
//!   through a client of its own.
//! - [`KafkaArchive`]: reads topics back.
//!
//! `at-least-once` runs use the idempotent producer: through broker restarts and outages shorter
//! than [`KafkaConfig::message_timeout`] nothing is lost, doubled or reordered within a partition.
//! `exactly-once` runs also survive their own process: records and progress are committed in the
//! same transactions, and a run that is opened again skips what was committed.

mod config;
mod delivery;
mod destination;
mod failure;
mod journal;
mod outbox;
mod producer;
mod reader;
mod topic;
mod transactional;

pub use config::{Acks, Compression, KafkaConfig, Sasl, SaslMechanism, Tls};
pub use destination::KafkaDestination;
pub use reader::KafkaArchive;
