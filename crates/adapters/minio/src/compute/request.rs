//! One request, begun again while its failure may pass.

use std::time::Duration;

use bytes::Bytes;
use compute_domain::ObjectKey;
use compute_ports::{StoreAccess, StoreError};
use platform_egress::{AllowedHosts, Url};
use reqwest::header::HeaderMap;
use reqwest::{Client, Method};
use rusty_s3::{Bucket, Credentials, UrlStyle};
use secrecy::ExposeSecret;

use super::failure::explained;
use crate::exchange::{self, Answer, Signed};
use crate::s3_error::S3Error;

/// How long a signature is valid; it is used at once.
pub(super) const VALID: Duration = Duration::from_secs(900);
/// How long one request may take, and two seconds more for each MiB that it carries.
const REQUEST_TIME: Duration = Duration::from_secs(15);

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
    pub(super) fn explained(&self, verb: &str, failure: &S3Error) -> StoreError {
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
    pub(super) expects: usize,
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
    ) -> Result<Answer, S3Error> {
        let carried = (request.body.len() + request.expects) >> 20;
        let time = REQUEST_TIME + Duration::from_secs(2 * carried as u64);
        let attempt = || {
            let signed = Signed {
                method: request.method.clone(),
                url: sign(),
                headers: request.headers.clone(),
                body: request.body.clone(),
                time,
                limit: request.expects,
            };
            exchange::send(&self.client, signed)
        };
        let again = |failure: &S3Error, pause: Duration| {
            tracing::debug!(
                %failure, ?pause,
                "a request to the object store failed and is retried"
            );
        };
        exchange::retrying(self.retry_for, attempt, again).await
    }
}
