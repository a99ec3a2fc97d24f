//! The real server on a free port, on adapters that keep everything in memory.

// A test that cannot go on fails.
#![allow(clippy::unwrap_used)]

mod catalogue;
mod events;
mod frame;
mod listing;
mod models;
mod quotas;
mod refusals;
mod roles;
mod runs;
mod service;
mod steered;
