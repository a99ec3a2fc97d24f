//! The real server on a free port, on a cluster that is made up.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

#[path = "../fake/mod.rs"]
mod fake;
mod monitor;
mod page;
mod refusals;
mod views;
