//! The pipeline simulator as a service: assembles adapters from settings for each command.

pub mod cli;
pub mod commands;
mod composition;
pub mod settings;

/// Prefixes of the names of this service's own crates, for the logs.
pub const OWN_CRATES: &[&str] = &["pipeline_"];
