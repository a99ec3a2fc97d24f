//! How the registry is reached.

use std::path::PathBuf;

use reqwest::Url;
use secrecy::SecretString;

/// Which registry, and who asks. `Debug` shows no secret.
#[derive(Clone, Debug)]
pub struct RegistryConfig {
    /// `http://HOST:PORT`, with a path where the API is below one.
    pub url: String,
    /// Who asks, if the registry wants to know.
    pub login: Option<Login>,
    /// Certificates in PEM that vouch for the registry beside those that the system trusts.
    pub ca_file: Option<PathBuf>,
    /// Whether messages of JSON begin with the id of a schema, too.
    pub json: bool,
}

/// Proves who asks.
#[derive(Clone, Debug)]
pub enum Login {
    /// HTTP Basic.
    Basic {
        /// The user.
        username: String,
        /// The password.
        password: SecretString,
    },
    /// A bearer token.
    Token(SecretString),
}

/// A registry cannot be used as configured. The text does not repeat what came, which may hold a
/// password.
#[derive(Debug)]
pub enum RegistryConfigError {
    /// [`RegistryConfig::url`].
    Url,
    /// [`RegistryConfig::ca_file`], and what is wrong with it.
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
    /// The URL, without a slash at its end.
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
