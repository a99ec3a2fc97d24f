//! A registry as settings of a service.

use std::path::PathBuf;

use platform_runtime::settings::{Setting, Settings, SettingsError, Shape};

use crate::{HttpRegistry, Login, RegistryConfig, RegistryConfigError};

/// Which registry to use, and how to log in.
pub const REGISTRY: &[Setting] = &[
    Setting::new(
        "schema_registry.url",
        None,
        Shape::Text("a URL that begins with http:// or https://"),
        "Base URL of a schema registry with Confluent's API. If set, messages in the formats avro, \
         protobuf and json, and keys in avro and json, begin with the id of their schema, which is \
         registered before the first record. Unset: those in avro use the single-object encoding, \
         those in protobuf are the bare message, those in json the bare JSON. Messages in ndjson \
         and csv never have a schema.",
    ),
    Setting::new(
        "schema_registry.username",
        None,
        Shape::Text("a text"),
        "User name; set it together with the password.",
    ),
    Setting::secret(
        "schema_registry.password",
        None,
        "Password; set it together with the user name.",
    ),
    Setting::secret(
        "schema_registry.token",
        None,
        "Bearer token, instead of user name and password.",
    ),
    Setting::new(
        "schema_registry.ca_file",
        None,
        Shape::Text("the path of a PEM file"),
        "CA certificates to trust for the registry, in addition to the system's.",
    ),
];

/// The registry that these settings describe, if there is one.
///
/// # Errors
/// If settings contradict each other.
pub fn registry(settings: &Settings) -> Result<Option<RegistryConfig>, SettingsError> {
    let username = settings.text("schema_registry.username");
    let password = settings.secret("schema_registry.password");
    let token = settings.secret("schema_registry.token");
    let wrong = |key, why: &str| Err(SettingsError::combination(key, why));
    let login = match (username, password, token) {
        (None, None, None) => None,
        (Some(username), Some(password), None) => Some(Login::Basic {
            username: username.to_owned(),
            password,
        }),
        (None, None, Some(token)) => Some(Login::Token(token)),
        (Some(_), None, None) => {
            let why = "there is a user (SCHEMA_REGISTRY_USERNAME) and no password. Set SCHEMA_REGISTRY_PASSWORD, or take the user out";
            return wrong("schema_registry.password", why);
        }
        (None, Some(_), None) => {
            let why = "there is a password (SCHEMA_REGISTRY_PASSWORD) and no user. Set SCHEMA_REGISTRY_USERNAME, or take the password out";
            return wrong("schema_registry.username", why);
        }
        (_, _, Some(_)) => {
            let why = "there is a token (SCHEMA_REGISTRY_TOKEN) beside user or password. Take one of them out";
            return wrong("schema_registry.token", why);
        }
    };
    let ca_file = settings.text("schema_registry.ca_file").map(PathBuf::from);
    let Some(url) = settings.text("schema_registry.url") else {
        if login.is_some() || ca_file.is_some() {
            let why =
                "there is a login or a CA file for a schema registry, and no SCHEMA_REGISTRY_URL";
            return wrong("schema_registry.url", why);
        }
        return Ok(None);
    };
    let config = RegistryConfig {
        url: url.to_owned(),
        login,
        ca_file,
        json: true,
    };
    match HttpRegistry::new(&config) {
        Ok(_) => Ok(Some(config)),
        Err(error) => Err(error.into()),
    }
}

impl From<RegistryConfigError> for SettingsError {
    fn from(error: RegistryConfigError) -> Self {
        let key = match error {
            RegistryConfigError::Url | RegistryConfigError::Client(_) => "schema_registry.url",
            RegistryConfigError::Certificates(..) => "schema_registry.ca_file",
        };
        Self::combination(key, error.to_string())
    }
}
