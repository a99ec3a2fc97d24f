//! The pipeline simulator as a service: which adapters, from which settings, for which command.

pub mod cli;
pub mod commands;
mod composition;
pub mod settings;

/// The beginnings of the names of our own crates, for the logs.
pub const OWN_CRATES: &[&str] = &["adapter_", "pipeline_", "platform_"];
