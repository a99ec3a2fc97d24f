//! The real program, with the Kafka that it brings along and with real servers.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

mod canary;
#[cfg(feature = "chaos")]
mod chaos;
mod embedded;
#[cfg(feature = "live")]
mod live;
mod process;
mod refusals;
mod sheets;
mod tables;
