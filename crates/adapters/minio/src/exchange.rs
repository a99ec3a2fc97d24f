//! One request and its answer, which is believed to no more than was asked for: in bytes, in time,
//! and from the host that was asked.

use std::fs;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use jiff::Timestamp;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Certificate, StatusCode, Url};
use rusty_s3::{Bucket, Method, UrlStyle, signing};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;

use crate::config::{MinioConfig, MinioConfigError};

/// How long a presigned request is valid, in seconds; it is sent at once.
const VALID_SECONDS: u64 = 900;
/// Bytes of an answer that is no success, of which the code and the message are at the beginning.
const REFUSAL_LIMIT: usize = 64 << 10;
/// How long a store may take to say why it refuses.
const REFUSAL_TIME: Duration = Duration::from_secs(2);

/// Signs requests, sends them to one store and reads the answers.
pub(crate) struct Exchange {
    http: reqwest::Client,
    url: Url,
    region: String,
    access_key: String,
    secret_key: SecretString,
}

/// A request to be.
pub(crate) struct Request<'a> {
    pub(crate) method: Method,
    pub(crate) bucket: &'a str,
    /// Empty where the bucket itself is meant.
    pub(crate) key: &'a str,
    /// Sorted by name.
    pub(crate) query: &'a [(&'a str, &'a str)],
    /// Sorted by name, in lower case; all are signed.
    pub(crate) headers: &'a [(&'static str, &'a str)],
    pub(crate) body: Bytes,
    /// For the whole exchange.
    pub(crate) time: Duration,
    /// Bytes that the answer may have at most.
    pub(crate) limit: usize,
}

/// A success.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// No success.
#[derive(Debug)]
pub(crate) enum S3Error {
    /// The store refused with a status and, perhaps, S3's XML; or it accepted and the XML or the
    /// lack of it says otherwise.
    Refused(u16, String),
    /// The request or the answer did not arrive.
    Transport(reqwest::Error),
    /// The answer did not arrive in time.
    Late(Duration),
    /// The store says that it has stored, and the digest of something else.
    NotStored(String),
    /// The answer is not one that S3 has to this request; what is wrong with it.
    Unexpected(String),
}

impl From<reqwest::Error> for S3Error {
    fn from(error: reqwest::Error) -> Self {
        Self::Transport(error)
    }
}

impl Exchange {
    pub(crate) fn new(config: &MinioConfig) -> Result<Self, MinioConfigError> {
        platform_runtime::tls::install_provider();
        // A redirect would take the body and the signed URL to a host that nobody named.
        let mut http = reqwest::Client::builder()
            .redirect(Policy::none())
            .referer(false);
        if let Some(path) = &config.ca_file {
            let refused = |why: String| MinioConfigError::Certificates {
                path: path.clone(),
                why,
            };
            let pem = fs::read(path).map_err(|error| refused(error.to_string()))?;
            let certificates =
                Certificate::from_pem_bundle(&pem).map_err(|error| refused(error.to_string()))?;
            if certificates.is_empty() {
                return Err(refused("it holds no certificate in PEM".to_owned()));
            }
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

    /// Sends a request once. Whatever the store does, this ends within the request's time and
    /// takes no more memory than the request's limit.
    pub(crate) async fn send(&self, request: Request<'_>) -> Result<Answer, S3Error> {
        let time = request.time;
        timeout(time, self.try_send(request))
            .await
            .unwrap_or(Err(S3Error::Late(time)))
    }

    async fn try_send(&self, request: Request<'_>) -> Result<Answer, S3Error> {
        let url = self.sign(&request)?;
        let method = reqwest::Method::from_bytes(request.method.to_str().as_bytes())
            .expect("S3's methods are HTTP's");
        let mut headers = HeaderMap::with_capacity(request.headers.len());
        for (name, value) in request.headers {
            let value = HeaderValue::from_str(value)
                .map_err(|_| S3Error::Unexpected(format!("{name} cannot be sent")))?;
            headers.insert(HeaderName::from_static(name), value);
        }
        let sending = self.http.request(method, url).headers(headers);
        let mut response = sending.body(request.body).send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        if !status.is_success() {
            let text = refusal(&mut response).await;
            return Err(S3Error::Refused(status.as_u16(), text));
        }
        let mut body = BytesMut::new();
        while let Some(piece) = response.chunk().await? {
            if body.len() + piece.len() > request.limit {
                return Err(S3Error::Unexpected(format!(
                    "the answer is longer than the {} bytes that were asked for",
                    request.limit
                )));
            }
            body.extend_from_slice(&piece);
        }
        Ok(Answer {
            status,
            headers,
            body: body.freeze(),
        })
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

/// Why the store refuses, as far as it says so soon and in few words.
async fn refusal(response: &mut reqwest::Response) -> String {
    let mut body = Vec::new();
    let reading = async {
        while let Ok(Some(piece)) = response.chunk().await {
            body.extend_from_slice(&piece[..piece.len().min(REFUSAL_LIMIT - body.len())]);
            if body.len() == REFUSAL_LIMIT {
                break;
            }
        }
    };
    // What has come until then has to do.
    let _ = timeout(REFUSAL_TIME, reading).await;
    String::from_utf8_lossy(&body).into_owned()
}
