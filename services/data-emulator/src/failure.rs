//! Failures that may pass.

use emulator_domain::emulation::FailureKind;
use emulator_ports::DestinationError;

/// Whether the destination did not answer or broke off, so that the same command may succeed later.
pub fn is_transient(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref();
    error.is_some_and(|error: &DestinationError| FailureKind::from(error.kind).is_transient())
}
