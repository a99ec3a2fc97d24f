//! S3 object storage (MinIO and others).
//!
//! [`MinioStore`] writes objects whole or not at all: a small one with one request, a large one in
//! parts of a multipart upload. Every request is repeated, with growing pauses and jitter, while
//! its failure may pass, for a bounded time.
//!
//! Reading back goes range by range.
//!
//! Bodies are sent with presigned requests, whose signature does not cover the payload: signing it
//! would mean to read every byte three more times (rust-s3 takes SHA-256 twice, MD5 once) and to
//! copy it. Against changes on the way use TLS (`secure`), which covers it better.

mod client;
mod config;
mod failure;
mod reader;
mod store;
mod upload;

pub use config::{MinioConfig, MinioConfigError};
pub use store::MinioStore;
