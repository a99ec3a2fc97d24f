//! A store as settings of a service.

use std::path::PathBuf;

use platform_runtime::settings::{Setting, Settings, SettingsError, Shape};

use crate::{MinioConfig, MinioConfigError};

/// Which store, how to log in, and how large objects are sent.
pub const MINIO: &[Setting] = &[
    Setting::with_default(
        "minio.endpoint",
        "minio:9000",
        Shape::Text("host:port, or a URL that begins with http:// or https://"),
        "The S3 store.",
    ),
    Setting::with_default(
        "minio.access_key",
        "minio",
        Shape::Text("text"),
        "Who asks.",
    ),
    Setting::secret("minio.secret_key", Some("minio123"), "Proves it."),
    Setting::with_default(
        "minio.secure",
        "false",
        Shape::Switch,
        "Whether to connect with TLS.",
    ),
    Setting::new(
        "minio.ca_file",
        None,
        Shape::Text("path of a PEM file"),
        "Certificates that vouch for the store, beside those that the system trusts. Those are \
         read from where `SSL_CERT_FILE` and `SSL_CERT_DIR` say, if they are set.",
    ),
    Setting::with_default(
        "minio.region",
        "us-east-1",
        Shape::Text("text"),
        "The region that requests are signed for.",
    ),
    Setting::with_default(
        "minio.part_size",
        "8388608",
        Shape::whole(5_242_880, 5_368_709_120, "bytes"),
        "Larger objects are sent in parts of this size; a run holds three in memory.",
    ),
];

/// The store that these settings lead to.
pub fn minio(settings: &Settings) -> MinioConfig {
    let secret_key = settings
        .secret("minio.secret_key")
        .expect("the setting has a default");
    MinioConfig {
        secure: settings.switch("minio.secure"),
        ca_file: settings.text("minio.ca_file").map(PathBuf::from),
        region: settings.required("minio.region").to_owned(),
        part_size: settings.whole("minio.part_size"),
        ..MinioConfig::new(
            settings.required("minio.endpoint"),
            settings.required("minio.access_key"),
            secret_key,
        )
    }
}

/// The setting to change.
impl From<MinioConfigError> for SettingsError {
    fn from(error: MinioConfigError) -> Self {
        let key = match &error {
            MinioConfigError::Endpoint | MinioConfigError::Client(_) => "minio.endpoint",
            MinioConfigError::PartSize(_) => "minio.part_size",
            MinioConfigError::Certificates { .. } => "minio.ca_file",
        };
        let why = match &error {
            MinioConfigError::Client(source) => format!("{error}: {source}"),
            _ => error.to_string(),
        };
        Self::combination(key, why)
    }
}
