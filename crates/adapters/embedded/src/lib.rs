//! Embedded Kafka, S3 store and schema registry, for a first look and for tests.
//!
//! - [`EmbeddedKafka`]: one broker that speaks Kafka's own protocol (librdkafka's mock cluster).
//! - [`EmbeddedS3`]: the S3 protocol over a folder (s3s).
//! - [`settings`]: their ports.
//! - [`EmbeddedRegistry`]: schemas in memory, by Confluent's API.

#[cfg(feature = "kafka")]
mod kafka;
mod registry;
#[cfg(feature = "s3")]
mod s3;

pub mod settings;

#[cfg(feature = "kafka")]
pub use kafka::EmbeddedKafka;
pub use registry::EmbeddedRegistry;
#[cfg(feature = "s3")]
pub use s3::EmbeddedS3;

/// Why an embedded server did not start.
#[derive(Debug, thiserror::Error)]
#[error("the embedded {server} did not start: {why}")]
pub struct EmbeddedError {
    /// `Kafka`, `S3 store` or `schema registry`.
    pub server: &'static str,
    /// The reason, for users.
    pub why: String,
}
