//! Signs requests to the configured store.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use rusty_s3::{Bucket, Method, UrlStyle, signing};
use secrecy::{ExposeSecret, SecretString};

use crate::config::{MinioConfig, MinioConfigError};
use crate::exchange::{self, Answer, Signed};
use crate::s3_error::S3Error;

/// How long a presigned request is valid, in seconds; it is used at once.
const VALID_SECONDS: u64 = 900;

/// Signs requests and sends them to one store only.
pub(crate) struct Signer {
    http: reqwest::Client,
    url: Url,
    region: String,
    access_key: String,
    secret_key: SecretString,
}

/// A request before it is signed.
pub(crate) struct Request<'a> {
    pub(crate) method: Method,
    pub(crate) bucket: &'a str,
    /// Empty for the bucket itself.
    pub(crate) key: &'a str,
    /// Sorted by name.
    pub(crate) query: &'a [(&'a str, &'a str)],
    /// Sorted by name, in lower case; all are signed.
    pub(crate) headers: &'a [(&'static str, &'a str)],
    pub(crate) body: Bytes,
    /// Time-out of the whole exchange.
    pub(crate) time: Duration,
    /// Maximum size of the response.
    pub(crate) limit: usize,
}

impl Signer {
    pub(crate) fn new(config: &MinioConfig) -> Result<Self, MinioConfigError> {
        platform_runtime::tls::install_provider();
        // A redirect would send the body and the signed URL to a host that nobody configured.
        let mut http = reqwest::Client::builder()
            .redirect(Policy::none())
            .referer(false);
        let certificates = config.certificates()?;
        if !certificates.is_empty() {
            http = http.tls_certs_merge(certificates);
        }
        Ok(Self {
            http: http.build().map_err(MinioConfigError::Client)?,
            url: Url::parse(&config.url()?).map_err(|_| MinioConfigError::Endpoint)?,
            region: config.region.clone(),
            access_key: config.access_key.clone(),
            secret_key: config.secret_key.clone(),
        })
    }

    /// Sends a request once.
    pub(crate) async fn send(&self, request: Request<'_>) -> Result<Answer, S3Error> {
        let url = self.sign(&request)?;
        let method = reqwest::Method::from_bytes(request.method.to_str().as_bytes())
            .expect("S3's methods are HTTP's");
        let mut headers = HeaderMap::with_capacity(request.headers.len());
        for (name, value) in request.headers {
            let value = HeaderValue::from_str(value)
                .map_err(|_| S3Error::Unexpected(format!("{name} cannot be sent")))?;
            headers.insert(HeaderName::from_static(name), value);
        }
        let signed = Signed {
            method,
            url,
            headers,
            body: request.body,
            time: request.time,
            limit: request.limit,
        };
        exchange::send(&self.http, signed).await
    }

    fn sign(&self, request: &Request<'_>) -> Result<Url, S3Error> {
        let bucket = Bucket::new(
            self.url.clone(),
            UrlStyle::Path,
            request.bucket.to_owned(),
            self.region.clone(),
        );
        let bucket = bucket.map_err(|error| S3Error::Unexpected(error.to_string()))?;
        Ok(signing::sign(
            &Timestamp::now(),
            request.method,
            bucket.object_url(request.key),
            &self.access_key,
            self.secret_key.expose_secret(),
            None,
            &self.region,
            VALID_SECONDS,
            request.query.iter().copied(),
            request.headers.iter().copied(),
        ))
    }
}
