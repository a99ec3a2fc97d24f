//! The data warehouse as a service: assembles adapters from settings for each command.

pub mod cli;
pub mod commands;
mod composition;
pub mod dictionary;
pub mod settings;

/// Prefixes of the names of this service's own crates, for the logs.
pub const OWN_CRATES: &[&str] = &["warehouse_", "data_warehouse"];

/// Whether a retry may succeed: the database did not answer, or is busy.
pub fn is_transient(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        matches!(
            cause.downcast_ref(),
            Some(warehouse_ports::StoreError::Unreachable(_))
        )
    })
}
