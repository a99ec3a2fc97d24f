//! A store as settings of a service.

use std::path::PathBuf;

use platform_runtime::settings::{Setting, Settings, SettingsError, Shape};

use crate::{MinioConfig, MinioConfigError};

/// Which store to use, how to log in, and how large objects are uploaded.
pub const MINIO: &[Setting] = &[
    Setting::with_default(
        "minio.endpoint",
        "minio:9000",
        Shape::Text("host, host:port, http://host:port or https://host:port"),
        "Address of the S3 store.",
    ),
    Setting::with_default(
        "minio.access_key",
        "minio",
        Shape::Text("a text"),
        "Access key of the S3 store.",
    ),
    Setting::secret(
        "minio.secret_key",
        Some("minio123"),
        "Secret key that belongs to the access key.",
    ),
    Setting::with_default(
        "minio.secure",
        "false",
        Shape::Switch,
        "Whether to connect with TLS.",
    ),
    Setting::new(
        "minio.ca_file",
        None,
        Shape::Text("the path of a PEM file"),
        "CA certificates to trust for the store, in addition to the system's. The system's are \
         read from `SSL_CERT_FILE` and `SSL_CERT_DIR` if those are set.",
    ),
    Setting::with_default(
        "minio.region",
        "us-east-1",
        Shape::Text("a text"),
        "Region that requests are signed for.",
    ),
    Setting::with_default(
        "minio.part_size",
        "8388608",
        Shape::whole(5_242_880, 5_368_709_120, "bytes"),
        "Part size of multipart uploads: larger objects are uploaded in parts of this size. A run \
         holds up to three parts in memory.",
    ),
];

/// The store that these settings describe.
///
/// # Errors
/// If there can be no store at the endpoint, or the certificates cannot be used.
pub fn minio(settings: &Settings) -> Result<MinioConfig, SettingsError> {
    let secret_key = settings
        .secret("minio.secret_key")
        .expect("the setting has a default");
    let config = MinioConfig {
        secure: settings.switch("minio.secure"),
        ca_file: settings.text("minio.ca_file").map(PathBuf::from),
        region: settings.required("minio.region").to_owned(),
        part_size: settings.whole("minio.part_size"),
        ..MinioConfig::new(
            settings.required("minio.endpoint"),
            settings.required("minio.access_key"),
            secret_key,
        )
    };
    match config.check() {
        Ok(()) => Ok(config),
        Err(MinioConfigError::Endpoint) => Err(settings.refused("minio.endpoint")),
        Err(error) => Err(error.into()),
    }
}

/// Names the setting to change.
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
