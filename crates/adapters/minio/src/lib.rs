//! S3 object storage (MinIO and others).
//!
//! [`MinioStore`] writes an object completely or not at all: a small one with one request, a large
//! one with a multipart upload. Every request is retried, with exponential back-off and jitter, for
//! a bounded time while its failure may be transient.
//!
//! [`settings`]: which store, as settings of a service.
//!
//! Objects are read back range by range.
//!
//! [`TaskStores`] reads and writes objects of the stores that tasks of a compute service name.
//!
//! Requests are presigned (rusty-s3) and sent from here, so that every response is bounded in size
//! and time and no redirect is followed. The signature does not cover the payload: signing it would
//! mean another slow pass over every byte. Use TLS (`secure`) against tampering in transit.

mod answers;
mod client;
mod compute;
mod config;
mod digest;
mod exchange;
mod failure;
mod reader;
mod s3_error;
pub mod settings;
mod signer;
mod store;
mod upload;

pub use compute::TaskStores;
pub use config::{MinioConfig, MinioConfigError};
pub use store::MinioStore;
