//! A Kafka, an S3 store and a schema registry inside the process, for a first look and for tests.
//!
//! - [`EmbeddedKafka`]: one broker that speaks Kafka's own protocol (librdkafka's mock cluster).
//! - [`EmbeddedS3`]: the S3 protocol over a folder (s3s).
//! - [`settings`]: their ports.
//! - [`EmbeddedRegistry`]: schemas in memory, by Confluent's API.

mod kafka;
mod registry;
mod s3;

pub mod settings;

pub use kafka::EmbeddedKafka;
pub use registry::EmbeddedRegistry;
pub use s3::EmbeddedS3;

/// An embedded server did not start.
#[derive(Debug, thiserror::Error)]
#[error("the embedded {server} did not start: {why}")]
pub struct EmbeddedError {
    /// `Kafka`, `S3 store` or `schema registry`.
    pub server: &'static str,
    /// For people.
    pub why: String,
}
