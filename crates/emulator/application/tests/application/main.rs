//! Use cases over adapters in memory: runs, runs that go on in another process, and their
//! verification.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

mod answers;
mod bench;
mod blocks;
mod callbacks;
mod delivered;
mod mangled;
mod models;
mod plans;
mod processes;
mod registered;
mod restarts;
mod resumed_runs;
mod runs;
mod slow;
mod steered;
mod tables;
mod truth;
mod verification;
