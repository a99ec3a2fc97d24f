//! The program as people start it.
#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

mod api;
mod commands;
mod crashes;
#[cfg(feature = "live")]
mod live;
mod process;
