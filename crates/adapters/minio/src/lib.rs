//! S3 object storage (MinIO and others).
//!
//! [`MinioStore`] writes objects whole or not at all: a small one with one request, a large one in
//! parts of a multipart upload. Every request is repeated, with growing pauses and jitter, while
//! its failure may pass, for a bounded time.
//!
//! [`settings`]: which store, as settings of a service.
//!
//! Reading back goes range by range.
//!
//! [`TaskStores`] reads and writes objects of whatever store a task of a compute service names.
//!
//! Requests are signed in their URL (rusty-s3) and sent here, so that every answer is bounded in
//! bytes and time and no redirect is followed. The signature does not cover the payload: signing it
//! would mean to read every byte once more, slowly. Against changes on the way use TLS (`secure`).

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
