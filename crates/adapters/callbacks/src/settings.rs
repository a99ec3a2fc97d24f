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
        "Hosts that runs may name in `callback_url` and `callbacks`, to be notified when a run \
         ends. A host that only `*` or `*.DOMAIN` matches must have a public address. Unset: no \
         host.",
    ),
    Setting::secret(
        SECRET,
        None,
        "Secret that callbacks are signed with (`X-Emulator-Signature`), 32 characters or more, \
         for example from `openssl rand -hex 32`; receivers verify the signature with it. Callback \
         URLs are stored encrypted with a key derived from it.",
    ),
    Setting::secret(
        FORMER,
        None,
        "The previous secret, after a change: it decrypts the callback URLs of runs that were \
         accepted before the change and whose callbacks are still to be sent. Nothing is signed \
         with it.",
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
