//! How to reach the registry.

use std::path::PathBuf;

use reqwest::Url;
use secrecy::SecretString;

/// Which registry to use, and how to log in. `Debug` shows no secret.
#[derive(Clone, Debug)]
pub struct RegistryConfig {
    /// `http://HOST:PORT`, with a path if the API is below one.
    pub url: String,
    /// Credentials, if the registry requires them.
    pub login: Option<Login>,
    /// Certificates in PEM that are trusted in addition to the system's.
    pub ca_file: Option<PathBuf>,
    /// Whether JSON messages are also prefixed with the id of their schema.
    pub json: bool,
}

/// Credentials.
#[derive(Clone, Debug)]
pub enum Login {
    /// HTTP Basic.
    Basic {
        /// The user name.
        username: String,
        /// The password.
        password: SecretString,
    },
    /// A bearer token.
    Token(SecretString),
}

/// Why a registry cannot be used as configured. The text does not repeat the values, which may
/// contain a password.
#[derive(Debug)]
pub enum RegistryConfigError {
    /// Invalid [`RegistryConfig::url`].
    Url,
    /// Unusable [`RegistryConfig::ca_file`], and why.
    Certificates(PathBuf, String),
    /// The HTTP client cannot be set up.
    Client(reqwest::Error),
}

impl std::fmt::Display for RegistryConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Url => f.write_str(
                "the URL of the schema registry must be http://HOST:PORT or https://HOST:PORT, \
                 perhaps with a path, without user, password and query: they have settings of \
                 their own",
            ),
            Self::Certificates(path, why) => {
                let path = path.display();
                write!(f, "the certificates of {path} cannot be used: {why}")
            }
            Self::Client(error) => {
                write!(
                    f,
                    "the client of the schema registry cannot be set up: {error}"
                )
            }
        }
    }
}

impl std::error::Error for RegistryConfigError {}

impl RegistryConfig {
    /// The URL without a trailing slash.
    pub(crate) fn parsed(&self) -> Result<String, RegistryConfigError> {
        let url = Url::parse(&self.url).map_err(|_| RegistryConfigError::Url)?;
        let fits = matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        match fits {
            true => Ok(url.as_str().trim_end_matches('/').to_owned()),
            false => Err(RegistryConfigError::Url),
        }
    }
}
