//! What the exit code says.

use emulator_domain::emulation::FailureKind;
use emulator_ports::DestinationError;
use platform_runtime::settings::SettingsError;

/// The exit code of a command that failed because the destination did not answer, or broke off: the
/// same command may succeed later.
pub(crate) const TRY_AGAIN: u8 = 3;

/// The command was called wrongly; the text says how.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct WrongUse(pub String);

/// The exit code of a command that ended with `error`: 2 for wrong use or settings, 3 if the
/// destination did not answer or broke off, else 1.
pub fn exit_code(error: &anyhow::Error) -> u8 {
    if error.is::<WrongUse>() || error.is::<SettingsError>() {
        2
    } else if error
        .downcast_ref()
        .is_some_and(|error: &DestinationError| FailureKind::from(error.kind).is_transient())
    {
        TRY_AGAIN
    } else {
        1
    }
}
