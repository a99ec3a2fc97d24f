//! The real program against the real Kafka and the real MinIO of `deploy/local`, read back by
//! clients that are not ours.
//!
//! `just test-live` installs and starts the servers. A server that is missing fails the tests.

mod avro;
mod callbacks;
mod imperfections;
mod issuer;
mod kafka;
mod messages;
mod models;
pub(crate) mod objects;
mod partitions;
pub(crate) mod readers;
mod realism;
mod registries;
mod serve;
pub(crate) mod steered;
mod tables;
