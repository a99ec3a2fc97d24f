//! What the exit code says.

use platform_runtime::settings::SettingsError;

/// The command was called wrongly; the text says how.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct WrongUse(pub String);

/// The exit code of a command that ended with `error`: 2 for wrong use or settings, else 1.
pub fn exit_code(error: &anyhow::Error) -> u8 {
    if error.is::<WrongUse>() || error.is::<SettingsError>() {
        2
    } else {
        1
    }
}
