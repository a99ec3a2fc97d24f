//! The use cases on ports in memory.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

mod backing_up;
mod harness;
mod headers;
mod ingesting;
mod interruptions;
mod migrating;
mod references;
mod reporting;
mod restoring;
