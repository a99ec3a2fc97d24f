//! The real service and the real command, with the Kafka and the S3 store that they bring along.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

mod callbacks;
mod canary;
#[cfg(feature = "chaos")]
mod chaos;
mod client;
mod command;
mod gate;
mod imperfections;
mod kept;
#[cfg(feature = "live")]
mod live;
mod logs;
mod models;
mod process;
mod sequence;
mod signals;
mod traces;
mod windows;
