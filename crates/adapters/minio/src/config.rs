//! How to reach the store.

use std::path::PathBuf;
use std::time::Duration;

use platform_runtime::bounded_file;
use reqwest::{Certificate, Url};
use secrecy::SecretString;

/// Maximum size of a certificate file; a whole system's certificates take a quarter of it.
const CERTIFICATES: u64 = 1 << 20;

/// Which S3 store to use, and how. `Debug` does not show the secret key.
#[derive(Clone, Debug)]
pub struct MinioConfig {
    /// `HOST`, `HOST:PORT`, or a URL that begins with `http://` or `https://`.
    pub endpoint: String,
    /// The access key id.
    pub access_key: String,
    /// The secret key that signs requests.
    pub secret_key: SecretString,
    /// Whether to use TLS, if the endpoint does not say.
    pub secure: bool,
    /// Certificates in PEM that are trusted in addition to the system's, whose location
    /// `SSL_CERT_FILE` and `SSL_CERT_DIR` may set.
    pub ca_file: Option<PathBuf>,
    /// Part of every signature; `us-east-1` for MinIO.
    pub region: String,
    /// Size of the first thousand parts of an object, in bytes; 5 MiB..=5 GiB. The size doubles
    /// after every thousand parts, so that 8 MiB suffice for the maximum object size of 5 TiB. A
    /// writer holds up to three parts in memory.
    pub part_size: usize,
    /// How many objects are completed concurrently, at least 1.
    pub concurrency: usize,
    /// The time-out of a request, plus two seconds for each MiB that it carries.
    pub request_timeout: Duration,
    /// How long a failed request is retried.
    pub retry_for: Duration,
    /// Identifies the store if its endpoint does not, because the endpoint changes at each start.
    pub name: Option<String>,
}

impl MinioConfig {
    /// 5 MiB, S3's minimum for every part but the last.
    pub const MIN_PART_SIZE: usize = 5 << 20;
    /// 5 GiB, S3's maximum.
    pub const MAX_PART_SIZE: usize = 5 << 30;

    /// A store with the default values: no TLS, region `us-east-1`, parts of 8 MiB, 16 concurrent
    /// objects, 15 seconds per request, retries for two minutes.
    pub fn new(
        endpoint: impl Into<String>,
        access_key: impl Into<String>,
        secret_key: SecretString,
    ) -> Self {
        Self {
            endpoint: endpoint.into(),
            access_key: access_key.into(),
            secret_key,
            secure: false,
            ca_file: None,
            region: "us-east-1".to_owned(),
            part_size: 8 << 20,
            concurrency: 16,
            request_timeout: Duration::from_secs(15),
            retry_for: Duration::from_secs(120),
            name: None,
        }
    }

    /// Checks all that can be checked without the store.
    pub(crate) fn check(&self) -> Result<(), MinioConfigError> {
        self.url()?;
        self.certificates().map(drop)
    }

    /// The certificates in the file, if there is one.
    pub(crate) fn certificates(&self) -> Result<Vec<Certificate>, MinioConfigError> {
        let Some(path) = &self.ca_file else {
            return Ok(Vec::new());
        };
        let refused = |why: String| MinioConfigError::Certificates {
            path: path.clone(),
            why,
        };
        let pem =
            bounded_file::read(path, CERTIFICATES).map_err(|error| refused(error.to_string()))?;
        let found =
            Certificate::from_pem_bundle(&pem).map_err(|error| refused(error.to_string()))?;
        match found.is_empty() {
            true => Err(refused("it holds no certificate in PEM".to_owned())),
            false => Ok(found),
        }
    }

    /// The endpoint as a URL without a path.
    pub(crate) fn url(&self) -> Result<String, MinioConfigError> {
        let endpoint = self.endpoint.strip_suffix('/').unwrap_or(&self.endpoint);
        let (scheme, host) = match endpoint.split_once("://") {
            Some(split) => split,
            None if self.secure => ("https", endpoint),
            None => ("http", endpoint),
        };
        let allowed = |c: char| c.is_ascii_alphanumeric() || ".-_:[]".contains(c);
        if !matches!(scheme, "http" | "https") || host.is_empty() || !host.chars().all(allowed) {
            return Err(MinioConfigError::Endpoint);
        }
        let url = format!("{scheme}://{host}");
        match Url::parse(&url) {
            Ok(_) => Ok(url),
            Err(_) => Err(MinioConfigError::Endpoint),
        }
    }
}

/// Why a store cannot be used as configured. The text does not repeat the values, which may contain
/// a password.
#[derive(Debug, thiserror::Error)]
pub enum MinioConfigError {
    /// Invalid [`MinioConfig::endpoint`].
    #[error(
        "the endpoint of the object store must be HOST, HOST:PORT, http://HOST:PORT or \
         https://HOST:PORT, without user, password and path"
    )]
    Endpoint,
    /// Invalid [`MinioConfig::part_size`].
    #[error("the part size of the object store must be 5242880 to 5368709120 bytes, got {0}")]
    PartSize(usize),
    /// The HTTP client cannot be set up, for example its TLS.
    #[error("the client of the object store cannot be set up")]
    Client(#[source] reqwest::Error),
    /// Unusable [`MinioConfig::ca_file`].
    #[error("the certificates of {path} cannot be used: {why}")]
    Certificates {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_hosts_with_and_without_port_and_scheme() {
        let url = |endpoint: &str, secure| {
            let config = MinioConfig::new(endpoint, "minio", "secret".into());
            MinioConfig { secure, ..config }.url()
        };
        for (endpoint, secure, expected) in [
            ("minio:9000", false, "http://minio:9000"),
            ("minio:9000", true, "https://minio:9000"),
            ("http://minio:9000/", true, "http://minio:9000"),
            ("https://s3.example.com", false, "https://s3.example.com"),
            ("[::1]:9000", false, "http://[::1]:9000"),
        ] {
            assert_eq!(url(endpoint, secure).unwrap(), expected);
        }
        for wrong in [
            "",
            "a b",
            "http://",
            "minio:99999",
            "ftp://minio",
            "minio:9000/path",
            "user:password@minio:9000",
        ] {
            let error = url(wrong, false).unwrap_err().to_string();
            assert!(
                error.contains("HOST:PORT") && !error.contains("password@"),
                "{error}"
            );
        }
    }

    #[test]
    fn the_secret_key_is_not_shown() {
        let config = MinioConfig::new("minio:9000", "minio", "open sesame".into());
        assert!(!format!("{config:?}").contains("sesame"));
    }
}
