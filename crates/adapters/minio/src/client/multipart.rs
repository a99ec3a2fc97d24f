//! Multipart uploads.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use emulator_ports::DestinationError;
use reqwest::header::CONTENT_LENGTH;
use rusty_s3::Method;

use super::{Client, LIST_LIMIT, PROBE_TIME, Target};
use crate::answers::{
    CompleteMultipartUploadResult, InitiateMultipartUploadResult, ListMultipartUploadsResult, parse,
};
use crate::digest::{Digest, is_of_parts};
use crate::exchange::Answer;
use crate::failure::failure;
use crate::s3_error::{S3Error, says};
use crate::signer::Request;

/// A stored part.
pub(crate) struct Part {
    pub(crate) number: u32,
    pub(crate) etag: String,
    pub(crate) digest: Digest,
}

impl Client {
    /// Starts a multipart upload and returns its id. First aborts older uploads of the same object,
    /// left by a crash or by a request whose response was lost.
    pub(crate) async fn begin(&self, target: &Target) -> Result<String, DestinationError> {
        let attempt = || async {
            self.abort_older(target).await?;
            let headers = [("content-type", target.media_type)];
            let answer = self.signer.send(Request {
                query: &[("uploads", "")],
                headers: &headers,
                ..self.request_of(Method::Post, target)
            });
            let begun: InitiateMultipartUploadResult = parse(&answer.await?.body)?;
            Ok(begun.upload_id)
        };
        self.retrying(self.retry_for, &target.describe("begin"), attempt)
            .await
    }

    /// Completes the object of `len` bytes from its parts, in order.
    pub(crate) async fn complete(
        &self,
        target: &Target,
        upload: &str,
        parts: &[Part],
        len: u64,
    ) -> Result<(), DestinationError> {
        let list: String = parts
            .iter()
            .map(|Part { number, etag, .. }| {
                format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>")
            })
            .collect();
        let body = format!("<CompleteMultipartUpload>{list}</CompleteMultipartUpload>");
        let (body, query) = (Bytes::from(body), [("uploadId", upload)]);
        let attempts = AtomicU32::new(0);
        let attempt = || async {
            let again = attempts.fetch_add(1, Ordering::Relaxed) > 0;
            let answer = self.signer.send(Request {
                query: &query,
                headers: &[("content-type", "application/xml")],
                body: body.clone(),
                ..self.request_of(Method::Post, target)
            });
            match answer.await {
                Ok(answer) if is_completed(&answer, parts)? => Ok(()),
                // The store's tags differ from S3's, so check the object itself.
                Ok(_) => self.check_length(target, len).await,
                // An earlier attempt may have succeeded with only its response lost. The upload is
                // then gone (403 from s3s-fs), because nobody else completes it.
                Err(error @ S3Error::Refused(403 | 404, _)) if again => {
                    match self.check_length(target, len).await {
                        Err(S3Error::NotStored(_)) => Err(error),
                        checked => checked,
                    }
                }
                Err(error) => Err(error),
            }
        };
        self.retrying(self.retry_for, &target.describe("complete"), attempt)
            .await
    }

    /// Checks that the object exists and has that size.
    async fn check_length(&self, target: &Target, len: u64) -> Result<(), S3Error> {
        let request = self.request_of(Method::Head, target);
        match length(&self.signer.send(request).await?) {
            Some(found) if found == len => Ok(()),
            found => Err(S3Error::NotStored(format!(
                "the object has {found:?} bytes, and {len} were sent"
            ))),
        }
    }

    /// Aborts a multipart upload. Tried once: if it fails, the next write of the object repeats it.
    pub(crate) async fn abort(&self, target: &Target, upload: &str) {
        if let Err(error) = self.try_abort(target, upload, PROBE_TIME).await {
            let error = failure(&self.url, &target.describe("abort the upload of"), error);
            tracing::warn!(
                error = error.chain(),
                "an unfinished upload stays in the store"
            );
        }
    }

    async fn try_abort(
        &self,
        target: &Target,
        upload: &str,
        time: Duration,
    ) -> Result<(), S3Error> {
        let query = [("uploadId", upload)];
        let aborted = self.signer.send(Request {
            query: &query,
            time,
            ..self.request_of(Method::Delete, target)
        });
        aborted.await.map(drop)
    }

    /// Aborts all multipart uploads of an object.
    pub(crate) async fn reclaim(&self, container: &str, key: &str) -> Result<(), DestinationError> {
        let target = self.target(container, key, "");
        let tried = format!("look for unfinished uploads of `{key}` in bucket `{container}`");
        self.retrying(self.retry_for, &tried, || self.abort_older(&target))
            .await
    }

    /// Aborts multipart uploads of an object. One page suffices, because those of exactly this name
    /// come first.
    async fn abort_older(&self, target: &Target) -> Result<(), S3Error> {
        let Target { bucket, key, .. } = target;
        let query = [("prefix", key.as_str()), ("uploads", "")];
        let listed = self.signer.send(Request {
            query: &query,
            limit: LIST_LIMIT,
            ..self.request(Method::Get, bucket)
        });
        let page: ListMultipartUploadsResult = match listed.await {
            Ok(answer) => parse(&answer.body)?,
            // Some stores do not support this listing, and some users may not use it.
            Err(S3Error::Refused(403 | 405 | 501, _)) => return Ok(()),
            Err(error) => return Err(error),
        };
        for upload in page.uploads.iter().filter(|upload| upload.key == *key) {
            let aborted = self.try_abort(target, &upload.id, self.request_timeout);
            match aborted.await {
                Ok(()) => {}
                Err(error) if says(&error, 404, "NoSuchUpload") => continue,
                Err(error) => return Err(error),
            }
            tracing::info!(bucket, key, "an abandoned upload was aborted");
        }
        Ok(())
    }
}

/// Whether the upload is complete, judged by its tag: some stores report a failure in a response
/// with status 200.
fn is_completed(answer: &Answer, parts: &[Part]) -> Result<bool, S3Error> {
    let text = String::from_utf8_lossy(&answer.body);
    if text.contains("<Error>") {
        return Err(S3Error::Refused(200, text.into_owned()));
    }
    let completed = parse::<CompleteMultipartUploadResult>(&answer.body);
    Ok(completed
        .is_ok_and(|completed| is_of_parts(&completed.etag, parts.iter().map(|part| part.digest))))
}

/// The size of the object that the response describes.
fn length(answer: &Answer) -> Option<u64> {
    let length = answer.headers.get(CONTENT_LENGTH)?;
    length.to_str().ok()?.parse().ok()
}
