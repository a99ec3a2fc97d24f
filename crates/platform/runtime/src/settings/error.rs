//! Errors in settings, reported so that they can be corrected.

use std::path::PathBuf;

use super::{Origin, Setting};

/// The settings do not allow a start. Contains no secrets. A service exits with code 2.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SettingsError {
    /// A value does not have its shape.
    #[error("setting {key}: got {got} from {origin}; expected {allowed}. {mend}")]
    Wrong {
        /// The setting.
        key: &'static str,
        /// The given value, quoted.
        got: String,
        /// Where it came from.
        origin: Origin,
        /// The allowed values.
        allowed: String,
        /// What to do.
        mend: String,
    },
    /// A file has an unknown key.
    #[error("{}: unknown setting {key}. {mend}", path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
        /// What was probably meant.
        mend: String,
    },
    /// A file contains a secret.
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
    /// A file cannot be read or parsed.
    #[error("{}: {why}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why, and what to do.
        why: String,
    },
    /// Values that are valid by themselves are incompatible.
    #[error("setting {key}: {why}")]
    Combination {
        /// The setting to change.
        key: &'static str,
        /// Why, and what to do.
        why: String,
    },
    /// Several of the above, each on a line of its own.
    #[error("{} settings cannot be used:{}", .0.len(), lines(.0))]
    Several(Vec<Self>),
}

fn lines(errors: &[SettingsError]) -> String {
    errors.iter().map(|error| format!("\n  {error}")).collect()
}

impl SettingsError {
    /// All the errors that there are as one, so that they can be corrected together.
    ///
    /// # Errors
    /// If there is one.
    pub fn all<'e>(errors: impl IntoIterator<Item = Option<&'e Self>>) -> Result<(), Self> {
        let found = errors.into_iter().flatten();
        let mut found: Vec<_> = found
            .flat_map(|error| match error {
                Self::Several(errors) => errors.clone(),
                error => vec![error.clone()],
            })
            .collect();
        match found.len() {
            0 => Ok(()),
            1 => Err(found.remove(0)),
            _ => Err(Self::Several(found)),
        }
    }

    /// Incompatible values: change `key`, for this reason.
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
            got: match setting.secret {
                true => "a secret".to_owned(),
                false if text.contains('@') => "a text with @, perhaps a password,".to_owned(),
                false => format!("{text:?}"),
            },
            origin,
            allowed: setting.shape.to_string(),
            mend,
        }
    }
}
