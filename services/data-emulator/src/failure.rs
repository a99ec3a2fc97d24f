//! Transient failures.

use emulator_domain::emulation::FailureKind;
use emulator_ports::DestinationError;

/// Whether the destination did not answer or broke the connection, so that a retry may succeed.
pub fn is_transient(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref();
    error.is_some_and(|error: &DestinationError| FailureKind::from(error.kind).is_transient())
}
