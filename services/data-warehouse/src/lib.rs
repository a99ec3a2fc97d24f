//! The data warehouse as a service: which adapters, from which settings, for which command.

pub mod cli;
pub mod commands;
mod composition;
pub mod dictionary;
pub mod settings;

/// How the names of this service's own crates begin, for the logs.
pub const OWN_CRATES: &[&str] = &["warehouse_", "data_warehouse"];

/// Whether the same command may succeed later: the database did not answer, or is busy.
pub fn is_transient(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        matches!(
            cause.downcast_ref(),
            Some(warehouse_ports::StoreError::Unreachable(_))
        )
    })
}
