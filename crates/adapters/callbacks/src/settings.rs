//! Callbacks as settings of a service.

use platform_egress::{AllowedHosts, HostPatternError};
use platform_runtime::settings::{Setting, Settings, SettingsError, Shape};
use secrecy::{ExposeSecret, SecretString};

const HOSTS: &str = "callbacks.allowed_hosts";
const SECRET: &str = "callbacks.secret";
const FORMER: &str = "callbacks.former_secret";

/// Characters of a secret: as hard to guess as 128 random bits.
const LENGTH: usize = 32;

/// Who may be told, and the secret.
pub const CALLBACKS: &[Setting] = &[
    Setting::new(
        HOSTS,
        None,
        Shape::Text("HOST, HOST:PORT, *.DOMAIN or *, separated by commas"),
        "Hosts that runs may name in `callback_url` and `callbacks`, to be told of their end. What only \
         `*` or `*.DOMAIN` allows must have a public address. Unset: none.",
    ),
    Setting::secret(
        SECRET,
        None,
        "What messages to those hosts are signed with (`X-Emulator-Signature`), 32 characters or more, \
         from `openssl rand -hex 32`; the receivers have it, too. The URLs of runs are kept encrypted \
         with a key that is derived from it.",
    ),
    Setting::secret(
        FORMER,
        None,
        "The secret before it was changed, for the URLs of runs that were started under it and have \
         not told their end yet. Nothing is signed with it.",
    ),
];

/// Who may be told, and the secret.
#[derive(Clone, Debug)]
pub struct CallbackConfig {
    /// The hosts that may be told.
    pub hosts: AllowedHosts,
    /// What messages are signed with, and URLs encrypted.
    pub secret: SecretString,
    /// What URLs were encrypted with before.
    pub former: Option<SecretString>,
}

/// What the settings say, if anybody may be told.
///
/// # Errors
/// If there is one setting without the other, or one that cannot be used.
pub fn callbacks(settings: &Settings) -> Result<Option<CallbackConfig>, SettingsError> {
    let alone = |key, other| {
        let why = format!("{other} is set, and one is of no use without the other");
        Err(SettingsError::combination(key, why))
    };
    let (hosts, secret) = match (settings.text(HOSTS), settings.secret(SECRET)) {
        (Some(hosts), Some(secret)) => (hosts, secret),
        (None, Some(_)) => return alone(HOSTS, SECRET),
        (Some(_), None) => return alone(SECRET, HOSTS),
        (None, None) if settings.secret(FORMER).is_some() => return alone(SECRET, FORMER),
        (None, None) => return Ok(None),
    };
    if secret.expose_secret().len() < LENGTH {
        let why = "the secret is shorter than 32 characters; make one with openssl rand -hex 32";
        return Err(SettingsError::combination(SECRET, why));
    }
    let hosts = hosts
        .parse()
        .map_err(|error: HostPatternError| SettingsError::combination(HOSTS, error.to_string()))?;
    let former = settings.secret(FORMER);
    Ok(Some(CallbackConfig {
        hosts,
        secret,
        former,
    }))
}
