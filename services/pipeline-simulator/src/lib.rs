//! The pipeline simulator as a service: which adapters, from which settings, for which command.

pub mod cli;
pub mod commands;
mod composition;
pub mod settings;

/// How the names of this service's own crates begin, for the logs.
pub const OWN_CRATES: &[&str] = &["pipeline_"];
