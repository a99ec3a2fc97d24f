//! One request, begun again while its failure may pass.

use std::time::{Duration, Instant};

use backon::{ExponentialBuilder, Retryable};
use bytes::Bytes;
use compute_domain::ObjectKey;
use compute_ports::{StoreAccess, StoreError};
use platform_egress::{AllowedHosts, Url};
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, StatusCode};
use rusty_s3::{Bucket, Credentials, UrlStyle};
use secrecy::ExposeSecret;

use super::failure::{Failure, explained};

/// How long a signature is valid; it is used at once.
pub(super) const VALID: Duration = Duration::from_secs(900);
/// How long one request may take, and two seconds more for each MiB that it carries.
const REQUEST_TIME: Duration = Duration::from_secs(15);
/// How much of an answer is read, in bytes, if it is to be an error.
const ERROR_LIMIT: u64 = 64 * 1024;

/// One object of one store, and the keys to it.
pub(super) struct Object {
    pub(super) bucket: Bucket,
    pub(super) credentials: Credentials,
    pub(super) key: String,
    /// For people.
    endpoint: String,
}

impl Object {
    pub(super) fn new(
        hosts: &AllowedHosts,
        access: &StoreAccess,
        key: &ObjectKey,
    ) -> Result<Self, String> {
        let endpoint: Url = hosts.check(&access.endpoint)?;
        let shown = endpoint.origin().ascii_serialization();
        let (name, region) = (access.bucket.clone(), access.region.clone());
        let bucket = Bucket::new(endpoint, UrlStyle::Path, name, region)
            .map_err(|error| error.to_string())?;
        Ok(Self {
            bucket,
            credentials: Credentials::new(
                access.access_key_id.expose_secret(),
                access.secret_access_key.expose_secret(),
            ),
            key: key.as_str().to_owned(),
            endpoint: shown,
        })
    }

    /// `cannot read the object ...`.
    pub(super) fn explained(&self, verb: &str, failure: &Failure) -> StoreError {
        let bucket = self.bucket.name();
        let tried = format!("{verb} the object '{}' of the bucket '{bucket}'", self.key);
        explained(&self.endpoint, &tried, failure)
    }
}

/// What is to be sent.
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// How many bytes the answer may have at most.
    pub(super) expects: u64,
}

/// What came back.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// Sends requests.
#[derive(Clone, Debug)]
pub(super) struct Sender {
    pub(super) client: Client,
    pub(super) retry_for: Duration,
}

impl Sender {
    /// Sends it until it succeeds, cannot succeed, or the time is over. `sign` gives its URL, anew
    /// for each attempt.
    pub(super) async fn send(
        &self,
        request: &Request,
        sign: impl Fn() -> Url,
    ) -> Result<Answer, Failure> {
        let begin = Instant::now();
        let pauses = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(100))
            .with_max_delay(Duration::from_secs(5))
            .with_jitter()
            .without_max_times();
        (|| self.attempt(request, sign()))
            .retry(pauses)
            .when(|failure| failure.may_pass() && begin.elapsed() < self.retry_for)
            .notify(|failure, pause| {
                metrics::counter!(crate::client::RETRIES).increment(1);
                tracing::debug!(%failure, ?pause, "the object store is asked again");
            })
            .await
    }

    async fn attempt(&self, request: &Request, url: Url) -> Result<Answer, Failure> {
        let carried = (request.body.len() as u64 + request.expects) >> 20;
        let time = REQUEST_TIME + Duration::from_secs(2 * carried);
        let response = self
            .client
            .request(request.method.clone(), url)
            .headers(request.headers.clone())
            .body(request.body.clone())
            .timeout(time)
            .send()
            .await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let limit = if status.is_success() {
            request.expects
        } else {
            ERROR_LIMIT
        };
        let body = read(response, limit.max(ERROR_LIMIT)).await?;
        if status.is_success() {
            return Ok(Answer {
                status,
                headers,
                body,
            });
        }
        let text = String::from_utf8_lossy(&body).into_owned();
        Err(Failure::Answer { status, text })
    }
}

/// The body of an answer, which must not be longer than expected.
async fn read(mut response: reqwest::Response, limit: u64) -> Result<Bytes, Failure> {
    let mut pieces = bytes::BytesMut::new();
    while let Some(piece) = response.chunk().await? {
        if pieces.is_empty() && response.content_length() == Some(piece.len() as u64) {
            return Ok(piece);
        }
        if (pieces.len() + piece.len()) as u64 > limit {
            return Err(Failure::TooLong);
        }
        pieces.extend_from_slice(&piece);
    }
    Ok(pieces.freeze())
}
