//! Where runs are stored.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use platform_runtime::settings::SettingsError;

/// The setting `data.dir`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataDir {
    /// A directory of this service in the user's state directory.
    OfUser,
    /// In memory: runs are forgotten when the process ends.
    Memory,
    /// A directory, which is created if it does not exist.
    At(PathBuf),
}

impl DataDir {
    /// Parses the setting, if it is set.
    pub(super) fn from_text(text: Option<&str>) -> Self {
        match text {
            None => Self::OfUser,
            Some("memory") => Self::Memory,
            Some(path) => Self::At(path.into()),
        }
    }

    /// The directory, if there is one.
    ///
    /// # Errors
    /// If the setting is absent and the user has no home directory.
    pub fn path(&self) -> Result<Option<PathBuf>, SettingsError> {
        match self {
            Self::OfUser => of_user(env::var_os("XDG_STATE_HOME"), env::home_dir()).map(Some),
            Self::Memory => Ok(None),
            Self::At(path) => Ok(Some(path.clone())),
        }
    }
}

/// As the XDG base directory specification says, which ignores relative paths.
fn of_user(state: Option<OsString>, home: Option<PathBuf>) -> Result<PathBuf, SettingsError> {
    let state = state.map(PathBuf::from).filter(|path| path.is_absolute());
    let home = home.filter(|path| path.is_absolute());
    let state = state.or_else(|| home.map(|home| home.join(".local/state")));
    match state {
        Some(state) => Ok(state.join("data-emulator")),
        None => {
            let why = "there is no home directory to keep runs in. Set DATA_DIR to a directory, or \
                       to memory to forget runs at the end";
            Err(SettingsError::combination("data.dir", why))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_kept_in_the_users_state_directory_unless_told_otherwise() {
        let of_user = |state: &str, home: &str| {
            of_user(Some(state.into()), Some(home.into())).map_err(|error| error.to_string())
        };
        for (state, home, path) in [
            ("/state", "/home/ann", "/state/data-emulator"),
            ("", "/home/ann", "/home/ann/.local/state/data-emulator"),
            ("state", "/home/ann", "/home/ann/.local/state/data-emulator"),
        ] {
            assert_eq!(of_user(state, home), Ok(path.into()));
        }
        let error = of_user("", "").unwrap_err();
        assert!(error.contains("Set DATA_DIR"), "{error}");
        assert_eq!(DataDir::from_text(Some("memory")).path().unwrap(), None);
        let named = DataDir::from_text(Some("runs")).path().unwrap();
        assert_eq!(named, Some("runs".into()));
    }
}
