//! The requests, each repeated while its failure may pass.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use backon::{ExponentialBuilder, Retryable};
use bytes::Bytes;
use emulator_ports::DestinationError;
use s3::creds::Credentials;
use s3::error::S3Error;
use s3::serde_types::Part;
use s3::{Bucket, BucketConfiguration};
use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::config::{MinioConfig, MinioConfigError};
use crate::failure::{failure, may_pass, says};

const RETRIES: &str = "minio_retries_total";

/// How long a probe may take.
const PROBE_TIME: Duration = Duration::from_secs(3);
/// How long a bucket may take to be made: a run that cannot begin should soon say so.
const PREPARE_TIME: Duration = Duration::from_secs(10);
/// How long a presigned request is valid; it is sent at once.
const VALID_SECONDS: u32 = 900;

/// Speaks S3 to one store.
pub(crate) struct Client {
    /// Every bucket is a copy of this one with another name: they share the connections.
    template: Bucket,
    credentials: Credentials,
    url: String,
    request_timeout: Duration,
    retry_for: Duration,
    /// Where uploads go on, whatever thread waits for them.
    pub(crate) runtime: Handle,
}

/// An object to be.
pub(crate) struct Target {
    bucket: Bucket,
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
        let credentials = config.credentials()?;
        let template = Bucket::new("", config.region()?, credentials.clone());
        let mut template = template
            .map_err(MinioConfigError::Client)?
            .with_path_style();
        template.set_request_timeout(Some(config.request_timeout));
        Ok(Self {
            template: *template,
            credentials,
            url: config.url()?,
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
            bucket: self.bucket(container),
            key: key.to_owned(),
            media_type,
        }
    }

    fn bucket(&self, name: &str) -> Bucket {
        let mut bucket = self.template.clone();
        name.clone_into(&mut bucket.name);
        bucket
    }

    /// Makes the bucket, if it is not there.
    pub(crate) async fn make_bucket(&self, name: &str) -> Result<(), DestinationError> {
        let attempt = || async {
            let made = Bucket::create_with_path_style(
                name,
                self.template.region(),
                self.credentials.clone(),
                BucketConfiguration::default(),
            );
            match in_time(self.request_timeout, made).await {
                Ok(_) => Ok(()),
                // It is there; the next request shows whether we may use it.
                Err(S3Error::HttpFailWithBody(409, _)) => Ok(()),
                // Who may not make buckets may still write to this one.
                Err(error @ S3Error::HttpFailWithBody(403, _)) => {
                    let bucket = self.bucket(name);
                    let listed = bucket.list_page(String::new(), None, None, None, Some(1));
                    listed.await.map(drop).map_err(|_| error)
                }
                Err(error) => Err(error),
            }
        };
        let time = self.retry_for.min(PREPARE_TIME);
        self.retrying(time, &format!("make the bucket `{name}`"), attempt)
            .await
    }

    /// Asks for the objects of a bucket that need not be there, nor be open to this user: either
    /// answer shows that the store is up and knows the keys.
    pub(crate) async fn probe(&self) -> Result<(), DestinationError> {
        let bucket = self.bucket("probe");
        let listed = bucket.list_page(String::new(), None, None, None, Some(1));
        match in_time(PROBE_TIME, listed).await {
            Ok(_) => Ok(()),
            Err(error)
                if says(&error, 404, "NoSuchBucket") || says(&error, 403, "AccessDenied") =>
            {
                Ok(())
            }
            Err(error) => Err(failure(&self.url, "ask for objects", error)),
        }
    }

    /// Sends a body, to be the object or a part of it, and gives its tag.
    pub(crate) async fn put(
        &self,
        target: &Target,
        part: Option<PartOf<'_>>,
        body: &Bytes,
    ) -> Result<String, DestinationError> {
        let query = part.as_ref().map(|part| {
            let number = ("partNumber".to_owned(), part.number.to_string());
            HashMap::from([number, ("uploadId".to_owned(), part.upload.to_owned())])
        });
        let time = self.request_timeout + Duration::from_secs(2) * (body.len() >> 20) as u32;
        let attempt = || async {
            let bucket = &target.bucket;
            let url = bucket
                .presign_put(&target.key, VALID_SECONDS, None, query.clone())
                .await?;
            let request = bucket
                .http_client()
                .put(url)
                .timeout(time)
                .body(body.clone());
            let request = match part {
                None => request.header("content-type", target.media_type),
                Some(_) => request,
            };
            let response = request.send().await?;
            let status = response.status();
            let tag = response
                .headers()
                .get("etag")
                .and_then(|tag| tag.to_str().ok())
                .map(str::to_owned);
            let text = response.text().await?;
            match tag {
                Some(tag) if status.is_success() => Ok(tag),
                _ => Err(S3Error::HttpFailWithBody(status.as_u16(), text)),
            }
        };
        self.retrying(self.retry_for, &target.tried("write"), attempt)
            .await
    }

    /// Begins a multipart upload and gives its id. Aborts older ones of the same object first: they
    /// are what a crash left, or what an answer that was lost began.
    pub(crate) async fn begin(&self, target: &Target) -> Result<String, DestinationError> {
        let attempt = || async {
            let Target {
                bucket,
                key,
                media_type,
            } = target;
            abort_older(bucket, key).await?;
            Ok(bucket
                .initiate_multipart_upload(key, media_type)
                .await?
                .upload_id)
        };
        self.retrying(self.retry_for, &target.tried("begin"), attempt)
            .await
    }

    /// Makes the parts, in order, the object, which has `len` bytes.
    pub(crate) async fn complete(
        &self,
        target: &Target,
        upload: &str,
        parts: &[Part],
        len: u64,
    ) -> Result<(), DestinationError> {
        let Target { bucket, key, .. } = target;
        let attempts = AtomicU32::new(0);
        let attempt = || async {
            let again = attempts.fetch_add(1, Ordering::Relaxed) > 0;
            match bucket
                .complete_multipart_upload(key, upload, parts.to_vec())
                .await
            {
                Ok(_) => Ok(()),
                // An attempt before this one may have succeeded and only its answer been lost: the
                // upload is then gone (403 from s3s-fs), because nobody else ends it.
                Err(error @ S3Error::HttpFailWithBody(403 | 404, _)) if again => {
                    let (found, _) = bucket.head_object(key).await?;
                    match found.content_length.map(u64::try_from) {
                        Some(Ok(found)) if found == len => Ok(()),
                        _ => Err(error),
                    }
                }
                Err(error) => Err(error),
            }
        };
        self.retrying(self.retry_for, &target.tried("complete"), attempt)
            .await
    }

    /// Gives a multipart upload up. Tried once: if it fails, the next writing of the object does it.
    pub(crate) async fn abort(&self, target: &Target, upload: &str) {
        let aborted = target.bucket.abort_upload(&target.key, upload);
        if let Err(error) = in_time(PROBE_TIME, aborted).await {
            let error = failure(&self.url, &target.tried("abort the upload of"), error);
            tracing::warn!(
                error = error.chain(),
                "an unfinished upload stays in the store"
            );
        }
    }

    /// Aborts all multipart uploads of an object.
    pub(crate) async fn reclaim(&self, container: &str, key: &str) -> Result<(), DestinationError> {
        let bucket = self.bucket(container);
        let tried = format!("look for unfinished uploads of `{key}` in bucket `{container}`");
        self.retrying(self.retry_for, &tried, || abort_older(&bucket, key))
            .await
    }

    /// Reads at most `len` bytes from offset `start` on; none behind the end, `None` if there is no
    /// such object.
    pub(crate) async fn get(
        &self,
        source: &Target,
        start: u64,
        len: u64,
    ) -> Result<Option<Bytes>, DestinationError> {
        let Target { bucket, key, .. } = source;
        let time = self.request_timeout + Duration::from_secs(2) * (len >> 20) as u32;
        let attempt = || async {
            let range = bucket.get_object_range(key, start, Some(start + len - 1));
            match in_time(time, range).await {
                Ok(response) => Ok(Some(response.into_bytes())),
                // There is nothing at that offset.
                Err(S3Error::HttpFailWithBody(416, _)) => Ok(Some(Bytes::new())),
                Err(error) if says(&error, 404, "NoSuchKey") => Ok(None),
                Err(error) => Err(error),
            }
        };
        self.retrying(self.retry_for, &source.tried("read"), attempt)
            .await
    }

    /// The names of the next objects that begin with `prefix` and come behind `after`, in order;
    /// none after the last.
    pub(crate) async fn list(
        &self,
        container: &str,
        prefix: &str,
        after: &str,
    ) -> Result<Vec<String>, DestinationError> {
        let bucket = self.bucket(container);
        let after = Some(after.to_owned()).filter(|after| !after.is_empty());
        let attempt = || async {
            let page = bucket.list_page(prefix.to_owned(), None, None, after.clone(), None);
            let (page, _) = in_time(self.request_timeout, page).await?;
            Ok(page.contents.into_iter().map(|object| object.key).collect())
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
        let begin = Instant::now();
        let pauses = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(100))
            .with_max_delay(Duration::from_secs(10))
            .with_jitter()
            .without_max_times();
        attempt
            .retry(pauses)
            .when(|error| may_pass(error) && begin.elapsed() < time)
            .notify(|error, pause| {
                let error = match error {
                    S3Error::HttpFailWithBody(status, _) => format!("status {status}"),
                    S3Error::Reqwest(error) if error.is_timeout() => "time-out".to_owned(),
                    S3Error::Reqwest(_) => "connection lost".to_owned(),
                    error => error.to_string(),
                };
                metrics::counter!(RETRIES).increment(1);
                tracing::warn!(
                    url = self.url,
                    tried,
                    error,
                    ?pause,
                    "the object store is asked again"
                );
            })
            .await
            .map_err(|error| failure(&self.url, tried, error))
    }
}

impl Target {
    fn tried(&self, verb: &str) -> String {
        format!(
            "{verb} the object `{}` of bucket `{}`",
            self.key, self.bucket.name
        )
    }
}

/// Aborts the multipart uploads of an object.
async fn abort_older(bucket: &Bucket, key: &str) -> Result<(), S3Error> {
    let pages = match bucket.list_multiparts_uploads(Some(key), None).await {
        Ok(pages) => pages,
        // Some stores, and some users of a store, have no such list.
        Err(S3Error::HttpFailWithBody(403 | 405 | 501, _)) => return Ok(()),
        Err(error) => return Err(error),
    };
    let uploads = pages.into_iter().flat_map(|page| page.uploads);
    for upload in uploads.filter(|upload| upload.key == key) {
        match bucket.abort_upload(key, &upload.id).await {
            Ok(()) => {}
            Err(error) if says(&error, 404, "NoSuchUpload") => continue,
            Err(error) => return Err(error),
        }
        tracing::info!(bucket = bucket.name, key, "an abandoned upload was aborted");
    }
    Ok(())
}

async fn in_time<T>(
    time: Duration,
    request: impl Future<Output = Result<T, S3Error>>,
) -> Result<T, S3Error> {
    let late = |_| {
        S3Error::Io(std::io::Error::new(
            ErrorKind::TimedOut,
            format!("no answer in {time:?}"),
        ))
    };
    timeout(time, request).await.map_err(late)?
}
