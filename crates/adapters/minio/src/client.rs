//! The requests, each repeated while its failure may pass.

mod multipart;

use std::time::Duration;

use bytes::Bytes;
use emulator_ports::DestinationError;
use reqwest::StatusCode;
use rusty_s3::Method;
use tokio::runtime::Handle;

use crate::answers::{ListBucketResult, parse};
use crate::config::{MinioConfig, MinioConfigError};
use crate::digest::Digest;
use crate::exchange::{self, RETRIES};
use crate::failure::failure;
use crate::s3_error::{S3Error, says};
use crate::signer::{Request, Signer};

pub(crate) use self::multipart::Part;

/// How long a probe may take.
const PROBE_TIME: Duration = Duration::from_secs(3);
/// How long a bucket may take to be made: a run that cannot begin should soon say so.
const PREPARE_TIME: Duration = Duration::from_secs(10);
/// Bytes of an answer about an object. Most are empty.
const ANSWER_LIMIT: usize = 64 << 10;
/// Bytes of a page of names: a thousand of 1,024 bytes, each written as `&quot;` at worst.
const LIST_LIMIT: usize = 8 << 20;

/// Speaks S3 to one store.
pub(crate) struct Client {
    signer: Signer,
    url: String,
    region: String,
    request_timeout: Duration,
    retry_for: Duration,
    /// Where uploads go on, whatever thread waits for them.
    pub(crate) runtime: Handle,
}

/// An object to be.
pub(crate) struct Target {
    bucket: String,
    key: String,
    media_type: &'static str,
}

/// What a body belongs to, if not to a whole object.
pub(crate) struct PartOf<'a> {
    pub(crate) upload: &'a str,
    pub(crate) number: u32,
}

impl Client {
    pub(crate) fn new(config: &MinioConfig, runtime: Handle) -> Result<Self, MinioConfigError> {
        metrics::describe_counter!(RETRIES, "Requests that were made to the object store again");
        Ok(Self {
            signer: Signer::new(config)?,
            url: config.url()?,
            region: config.region.clone(),
            request_timeout: config.request_timeout,
            retry_for: config.retry_for,
            runtime,
        })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn target(&self, container: &str, key: &str, media_type: &'static str) -> Target {
        Target {
            bucket: container.to_owned(),
            key: key.to_owned(),
            media_type,
        }
    }

    /// A request about a bucket without query, headers and body.
    fn request<'a>(&self, method: Method, bucket: &'a str) -> Request<'a> {
        Request {
            method,
            bucket,
            key: "",
            query: &[],
            headers: &[],
            body: Bytes::new(),
            time: self.request_timeout,
            limit: ANSWER_LIMIT,
        }
    }

    /// The same about an object.
    fn request_of<'a>(&self, method: Method, target: &'a Target) -> Request<'a> {
        Request {
            key: &target.key,
            ..self.request(method, &target.bucket)
        }
    }

    /// A request that carries so many bytes has more time.
    fn time_for(&self, bytes: u64) -> Duration {
        let mebibytes = u32::try_from(bytes >> 20).unwrap_or(u32::MAX);
        self.request_timeout + Duration::from_secs(2) * mebibytes
    }

    /// Makes the bucket, if it is not there.
    pub(crate) async fn create_bucket(&self, name: &str) -> Result<(), DestinationError> {
        let body = match &*self.region {
            // Of the first of all regions, S3 refuses to be told.
            "us-east-1" => String::new(),
            region => format!(
                "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
                 <LocationConstraint>{region}</LocationConstraint></CreateBucketConfiguration>"
            ),
        };
        let body = Bytes::from(body);
        let attempt = || async {
            let made = self.signer.send(Request {
                body: body.clone(),
                ..self.request(Method::Put, name)
            });
            match made.await {
                Ok(_) => Ok(()),
                // It is there; the next request shows whether we may use it.
                Err(S3Error::Refused(409, _)) => Ok(()),
                // Who may not make buckets may still write to this one.
                Err(error @ S3Error::Refused(403, _)) => {
                    let listed = self.list_one(name, self.request_timeout).await;
                    listed.map_err(|_| error)
                }
                Err(error) => Err(error),
            }
        };
        let time = self.retry_for.min(PREPARE_TIME);
        self.retrying(time, &format!("create the bucket `{name}`"), attempt)
            .await
    }

    /// Asks for the objects of a bucket that need not be there, nor be open to this user: either
    /// answer shows that the store is up and knows the keys.
    pub(crate) async fn probe(&self) -> Result<(), DestinationError> {
        match self.list_one("probe", PROBE_TIME).await {
            Ok(()) => Ok(()),
            Err(error)
                if says(&error, 404, "NoSuchBucket") || says(&error, 403, "AccessDenied") =>
            {
                Ok(())
            }
            Err(error) => Err(failure(&self.url, "ask for objects", error)),
        }
    }

    /// Whether objects of a bucket may be listed.
    async fn list_one(&self, bucket: &str, time: Duration) -> Result<(), S3Error> {
        let listed = self.signer.send(Request {
            query: &[("list-type", "2"), ("max-keys", "1")],
            time,
            ..self.request(Method::Get, bucket)
        });
        listed.await.map(drop)
    }

    /// Sends a body, to be the object or a part of it, and gives its tag and its digest. It is
    /// believed to be stored when the store has the same digest.
    pub(crate) async fn put(
        &self,
        target: &Target,
        part: Option<PartOf<'_>>,
        body: &Bytes,
    ) -> Result<(String, Digest), DestinationError> {
        let number = part.as_ref().map(|part| part.number.to_string());
        let query = match (&part, &number) {
            (Some(part), Some(number)) => {
                vec![("partNumber", number.as_str()), ("uploadId", part.upload)]
            }
            _ => Vec::new(),
        };
        let digest = Digest::of(body).await;
        let md5 = digest.base64();
        let headers = [
            ("content-md5", md5.as_str()),
            ("content-type", target.media_type),
        ];
        let attempt = || async {
            let answer = self.signer.send(Request {
                query: &query,
                headers: &headers[..if part.is_some() { 1 } else { 2 }],
                body: body.clone(),
                time: self.time_for(body.len() as u64),
                ..self.request_of(Method::Put, target)
            });
            Ok((digest.tag(&answer.await?)?, digest))
        };
        self.retrying(self.retry_for, &target.describe("write"), attempt)
            .await
    }

    /// Removes an object, if it is there.
    pub(crate) async fn remove(&self, container: &str, key: &str) -> Result<(), DestinationError> {
        let target = self.target(container, key, "");
        let attempt = || async {
            let removed = self.signer.send(self.request_of(Method::Delete, &target));
            match removed.await {
                Err(error) if !says(&error, 404, "NoSuchKey") => Err(error),
                _ => Ok(()),
            }
        };
        self.retrying(self.retry_for, &target.describe("remove"), attempt)
            .await
    }

    /// Reads at most `len` bytes from offset `start` on; none after the end, `None` if there is no
    /// such object.
    pub(crate) async fn get(
        &self,
        source: &Target,
        start: u64,
        len: u64,
    ) -> Result<Option<Bytes>, DestinationError> {
        let range = format!("bytes={start}-{}", start + len - 1);
        let headers = [("range", range.as_str())];
        let attempt = || async {
            let answer = self.signer.send(Request {
                headers: &headers,
                time: self.time_for(len),
                limit: usize::try_from(len).unwrap_or(usize::MAX),
                ..self.request_of(Method::Get, source)
            });
            match answer.await {
                // A store that does not know ranges sends every object from its beginning.
                Ok(answer) if start > 0 && answer.status != StatusCode::PARTIAL_CONTENT => {
                    Err(S3Error::Unexpected(format!(
                        "it answers {} to a request for a range, which 206 is for",
                        answer.status.as_u16()
                    )))
                }
                Ok(answer) => Ok(Some(answer.body)),
                // There is nothing at that offset.
                Err(S3Error::Refused(416, _)) => Ok(Some(Bytes::new())),
                Err(error) if says(&error, 404, "NoSuchKey") => Ok(None),
                Err(error) => Err(error),
            }
        };
        self.retrying(self.retry_for, &source.describe("read"), attempt)
            .await
    }

    /// How long an object is; `None` if there is none.
    pub(crate) async fn len(&self, source: &Target) -> Result<Option<u64>, DestinationError> {
        let headers = [("range", "bytes=0-0")];
        let attempt = || async {
            let answer = self.signer.send(Request {
                headers: &headers,
                time: self.time_for(1),
                limit: 1,
                ..self.request_of(Method::Get, source)
            });
            match answer.await {
                // `bytes 0-0/1234`
                Ok(answer) => {
                    let range = answer.headers.get("content-range");
                    let range = range.and_then(|range| range.to_str().ok());
                    let len = range.and_then(|range| range.rsplit_once('/')?.1.parse().ok());
                    len.map(Some).ok_or_else(|| {
                        S3Error::Unexpected("it does not say how long an object is".to_owned())
                    })
                }
                Err(S3Error::Refused(416, _)) => Ok(Some(0)),
                Err(error) if says(&error, 404, "NoSuchKey") => Ok(None),
                Err(error) => Err(error),
            }
        };
        self.retrying(self.retry_for, &source.describe("read"), attempt)
            .await
    }

    /// The names of the next objects that begin with `prefix` and come after `after`, in order;
    /// none after the last.
    pub(crate) async fn list(
        &self,
        container: &str,
        prefix: &str,
        after: &str,
    ) -> Result<Vec<String>, DestinationError> {
        let query = [
            ("list-type", "2"),
            ("prefix", prefix),
            ("start-after", after),
        ];
        // An empty name to start after is refused by some.
        let query = &query[..if after.is_empty() { 2 } else { 3 }];
        let attempt = || async {
            let answer = self.signer.send(Request {
                query,
                limit: LIST_LIMIT,
                ..self.request(Method::Get, container)
            });
            parse::<ListBucketResult>(&answer.await?.body)?.names_after(after)
        };
        let tried = format!("list the objects below `{prefix}` of bucket `{container}`");
        self.retrying(self.retry_for, &tried, attempt).await
    }

    async fn retrying<T, F>(
        &self,
        time: Duration,
        tried: &str,
        attempt: impl FnMut() -> F,
    ) -> Result<T, DestinationError>
    where
        F: Future<Output = Result<T, S3Error>>,
    {
        let again = |error: &S3Error, pause: Duration| {
            let url = &self.url;
            tracing::warn!(
                url, tried, %error, ?pause,
                "a request to the object store failed and is retried"
            );
        };
        exchange::retrying(time, attempt, again)
            .await
            .map_err(|error| failure(&self.url, tried, error))
    }
}

impl Target {
    fn describe(&self, verb: &str) -> String {
        format!(
            "{verb} the object `{}` of bucket `{}`",
            self.key, self.bucket
        )
    }
}
