//! What can be wrong with settings, told so that it can be mended.

use std::path::PathBuf;

use super::{Origin, Setting};

/// The settings do not allow a start. Shows no secret. A service ends with exit code 2.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A value does not have its shape.
    #[error("setting {key}: got {got} from {origin}, allowed is {allowed}. {mend}")]
    Wrong {
        /// The setting.
        key: &'static str,
        /// What came, quoted.
        got: String,
        /// Where it came from.
        origin: Origin,
        /// Its shape.
        allowed: String,
        /// What to do.
        mend: String,
    },
    /// A file has a key that is no setting.
    #[error("{}: unknown setting {key}. {mend}", path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
        /// What may have been meant.
        mend: String,
    },
    /// A file has a secret.
    #[error(
        "{}: {key} is a secret and is not read from a file. Take it out of the file and set \
         the environment variable {env}", path.display()
    )]
    SecretInFile {
        /// The file.
        path: PathBuf,
        /// The setting.
        key: &'static str,
        /// Its environment variable.
        env: String,
    },
    /// A file cannot be read or understood.
    #[error("{}: {why}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why, and what to do.
        why: String,
    },
    /// Values that are right on their own do not go together.
    #[error("setting {key}: {why}")]
    Combination {
        /// The setting to change.
        key: &'static str,
        /// Why, and what to do.
        why: String,
    },
}

impl SettingsError {
    /// Values that do not go together: change `key`, for this reason.
    pub fn combination(key: &'static str, why: impl Into<String>) -> Self {
        Self::Combination {
            key,
            why: why.into(),
        }
    }

    /// `text`, from `origin`, does not have the shape of `setting`.
    pub fn wrong(setting: &Setting, text: &str, origin: Origin) -> Self {
        let env = setting.env();
        let place = match &origin {
            Origin::CommandLine(option) => (*option).to_owned(),
            Origin::File(_) => format!("{} there", setting.key),
            Origin::Dotenv(_) | Origin::Environment | Origin::Default => env,
        };
        let mend = match setting.default {
            Some(default) if !setting.secret => {
                format!("Set {place} to such a value, or leave it out for {default:?}")
            }
            _ => format!("Set {place} to such a value, or leave it out"),
        };
        Self::Wrong {
            key: setting.key,
            got: if setting.secret {
                "a secret".to_owned()
            } else {
                format!("{text:?}")
            },
            origin,
            allowed: setting.shape.to_string(),
            mend,
        }
    }
}
