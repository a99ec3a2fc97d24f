//! Settings: defaults, then a file, then the environment, then the command line.
//!
//! A service has one table of [`Setting`]s. It defines which keys a file may have, which
//! environment variables are read, which values are valid, and what the reference page says, so
//! these cannot drift apart.
//!
//! An empty value means none: `KAFKA_USERNAME=` leaves the user name unset.

mod error;
mod reference;
mod shape;
mod sources;
mod yaml;

pub use error::SettingsError;
pub use reference::reference;
pub use shape::Shape;
pub use sources::{Argument, Sources};

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};

/// One setting of a service.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// In a file: `section.name`, lowercase with underscores.
    pub key: &'static str,
    /// The default value; `None` leaves the setting unset.
    pub default: Option<&'static str>,
    /// The shape of valid values.
    pub shape: Shape,
    /// What it does, for people.
    pub meaning: &'static str,
    /// Whether it is read only from the environment and never shown.
    pub secret: bool,
}

impl Setting {
    /// A setting that may be shown.
    pub const fn new(
        key: &'static str,
        default: Option<&'static str>,
        shape: Shape,
        meaning: &'static str,
    ) -> Self {
        Self {
            key,
            default,
            shape,
            meaning,
            secret: false,
        }
    }

    /// A setting that has a default and may be shown.
    pub const fn with_default(
        key: &'static str,
        default: &'static str,
        shape: Shape,
        meaning: &'static str,
    ) -> Self {
        Self::new(key, Some(default), shape, meaning)
    }

    /// A setting whose value is a secret.
    pub const fn secret(
        key: &'static str,
        default: Option<&'static str>,
        meaning: &'static str,
    ) -> Self {
        Self {
            key,
            default,
            shape: Shape::Text("a text"),
            meaning,
            secret: true,
        }
    }

    /// The environment variable: the key in upper case, `SECTION_NAME` for `section.name`.
    pub fn env(&self) -> String {
        self.key.replace('.', "_").to_uppercase()
    }
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The default in the table.
    Default,
    /// A configuration file.
    File(PathBuf),
    /// A `.env` file.
    Dotenv(PathBuf),
    /// The process's environment.
    Environment,
    /// A command-line option, as written there.
    CommandLine(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => write!(f, "the defaults"),
            Self::File(path) | Self::Dotenv(path) => write!(f, "the file {}", path.display()),
            Self::Environment => write!(f, "the environment"),
            Self::CommandLine(option) => write!(f, "the command line ({option})"),
        }
    }
}

/// The settings of a process: each key of the table, with a valid value.
///
/// The accessors panic at keys that are not in the table: the table and the code that reads it are
/// written together, and every start reads all settings.
#[derive(Debug)]
pub struct Settings {
    values: BTreeMap<&'static str, Option<Value>>,
    shown: Vec<ShownSetting>,
    hints: Vec<String>,
}

/// All values are wrapped, secret or not, so that no derived `Debug` can show them.
#[derive(Debug)]
struct Value {
    setting: Setting,
    text: SecretString,
    origin: Origin,
}

/// A setting in a form that may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownSetting {
    /// Its key.
    pub key: &'static str,
    /// Its value, or `(a secret)`.
    pub value: Option<String>,
    /// Where it came from.
    pub origin: Option<Origin>,
}

impl ShownSetting {
    fn new(setting: &Setting, value: Option<&Value>) -> Self {
        let text = |value: &Value| match setting.secret {
            true => "(a secret)".to_owned(),
            false => value.text.expose_secret().to_owned(),
        };
        Self {
            key: setting.key,
            value: value.map(text),
            origin: value.map(|value| value.origin.clone()),
        }
    }
}

impl Settings {
    /// Reads all sources and checks every value.
    ///
    /// # Errors
    /// All invalid values, or a source that cannot be read.
    pub fn load(table: &[Setting], sources: &Sources) -> Result<Self, SettingsError> {
        let found = sources.read(table)?;
        let mut values = BTreeMap::new();
        let mut shown = Vec::with_capacity(table.len());
        let mut wrong = Vec::new();
        for setting in table {
            let value = match found.values.get(setting.key) {
                Some((text, origin)) => Some((text.as_str(), origin.clone())),
                None => setting.default.map(|text| (text, Origin::Default)),
            };
            let value = value
                .map(|(text, origin)| match setting.shape.accept(text) {
                    Some(text) => Ok(Value {
                        setting: *setting,
                        text: text.into(),
                        origin,
                    }),
                    None => Err(SettingsError::wrong(setting, text, origin)),
                })
                .transpose()
                .unwrap_or_else(|error| {
                    wrong.push(error);
                    None
                });
            shown.push(ShownSetting::new(setting, value.as_ref()));
            values.insert(setting.key, value);
        }
        SettingsError::all(wrong.iter().map(Some))?;
        Ok(Self {
            values,
            shown,
            hints: found.hints,
        })
    }

    /// All settings in effect, with secrets hidden.
    pub fn shown(&self) -> &[ShownSetting] {
        &self.shown
    }

    /// Possible mistakes, to be logged as warnings.
    pub fn hints(&self) -> &[String] {
        &self.hints
    }

    /// The text of a setting, if it is set.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.value(key).map(|value| value.text.expose_secret())
    }

    /// The text of a setting that has a default.
    pub fn required(&self, key: &str) -> &str {
        self.text(key)
            .unwrap_or_else(|| panic!("the setting {key} has no default"))
    }

    /// The value of a secret, if it is set.
    pub fn secret(&self, key: &str) -> Option<SecretString> {
        self.value(key).map(|value| value.text.clone())
    }

    /// A setting of the shape [`Shape::Whole`] with a default. The shape's range must fit `T`.
    pub fn whole<T: TryFrom<i64>>(&self, key: &str) -> T {
        self.required(key)
            .parse()
            .ok()
            .and_then(|whole: i64| T::try_from(whole).ok())
            .unwrap_or_else(|| panic!("the shape of {key} is wider than its type"))
    }

    /// A setting of the shape [`Shape::Decimal`] with a default.
    pub fn decimal(&self, key: &str) -> f64 {
        self.required(key)
            .parse()
            .expect("the shape was checked when the settings were loaded")
    }

    /// A setting of the shape [`Shape::Switch`] with a default.
    pub fn switch(&self, key: &str) -> bool {
        self.required(key) == "true"
    }

    /// The value in `all` with the name given by a setting of the shape [`Shape::OneOf`], which
    /// lists the same names.
    pub fn named<T: Copy>(&self, key: &str, all: &[T], name: fn(T) -> &'static str) -> T {
        let wanted = self.required(key);
        let found = all.iter().copied().find(|one| name(*one) == wanted);
        found.unwrap_or_else(|| panic!("{key} allows {wanted}, which nothing is named"))
    }

    /// Where the value of a setting came from; `None` if it is unset.
    pub fn origin(&self, key: &str) -> Option<&Origin> {
        self.value(key).map(|value| &value.origin)
    }

    /// The error that the value of a setting has its shape, and is still not what is allowed.
    ///
    /// # Panics
    /// If it is unset.
    pub fn refused(&self, key: &str) -> SettingsError {
        let Value {
            setting,
            text,
            origin,
        } = self.value(key).expect("a value was refused");
        SettingsError::wrong(setting, text.expose_secret(), origin.clone())
    }

    fn value(&self, key: &str) -> Option<&Value> {
        self.values
            .get(key)
            .unwrap_or_else(|| panic!("{key} is not in the table of settings"))
            .as_ref()
    }
}

#[cfg(test)]
mod tests;
