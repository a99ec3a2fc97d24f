//! The use cases on adapters in memory.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

mod announcing;
mod callbacks;
mod harness;
mod restarts;
mod tasks;
