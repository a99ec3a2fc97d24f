//! The section `auth` of a service's settings.

use platform_runtime::settings::{Setting, Settings, SettingsError, Shape};
use secrecy::{ExposeSecret, SecretString};

use crate::oidc::settings::OIDC;
pub use crate::oidc::settings::OidcSettings;

/// The minimum length of a token from the environment, so that it is as hard to guess as 128 random
/// bits.
const SECRET: usize = 32;

/// The section, for a settings table.
pub fn auth() -> Vec<Setting> {
    [&AUTH[..], &OIDC].concat()
}

const AUTH: [Setting; 4] = [
    Setting::with_default(
        "auth.required",
        "false",
        Shape::Switch,
        "Whether a token is required even if only this machine can reach the service; the service \
         then refuses to start while there is neither a token nor an OpenID Connect issuer. If \
         `false`, a token is required only if there is one, or an issuer, and other machines can \
         reach the service.",
    ),
    Setting::with_default(
        "auth.by_proxy",
        "false",
        Shape::Switch,
        "Whether a proxy in front of the service controls access. If `true`, the service requires \
         no token, and everybody whom the proxy lets through may do everything.",
    ),
    Setting::with_default(
        "auth.open_metrics",
        "false",
        Shape::Switch,
        "Whether metrics can be read without a token even if other requests require one.",
    ),
    Setting::secret(
        "auth.admin_token",
        None,
        "An additional token with the role admin, 32 characters or more, for example from `openssl \
         rand -hex 32`: for containers, which start with an empty data folder.",
    ),
];

/// The access settings of a service.
#[derive(Clone, Debug, Default)]
pub struct AccessSettings {
    /// Whether a token is required in any case.
    pub required: bool,
    /// Whether a proxy authenticates callers instead.
    pub by_proxy: bool,
    /// Whether metrics need no token.
    pub open_metrics: bool,
    /// A token with the role admin.
    pub admin_token: Option<SecretString>,
    /// An issuer whose tokens are accepted too.
    pub oidc: Option<OidcSettings>,
}

impl AccessSettings {
    /// Reads the section, which must be in the table of `settings`.
    ///
    /// # Errors
    /// If the token is too short, or the issuer's settings are incompatible.
    pub fn from(settings: &Settings) -> Result<Self, SettingsError> {
        let admin_token = settings.secret("auth.admin_token");
        if let Some(token) = &admin_token
            && token.expose_secret().len() < SECRET
        {
            let why = "the token is shorter than 32 characters; make one with openssl rand -hex 32";
            return Err(SettingsError::combination("auth.admin_token", why));
        }
        Ok(Self {
            required: settings.switch("auth.required"),
            by_proxy: settings.switch("auth.by_proxy"),
            open_metrics: settings.switch("auth.open_metrics"),
            admin_token,
            oidc: OidcSettings::from(settings)?,
        })
    }
}
