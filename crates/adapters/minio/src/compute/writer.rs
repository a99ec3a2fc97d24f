//! The upload of one object: a small one with one request, a large one in parts.

use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use compute_domain::MediaType;
use compute_ports::{ObjectWriter, StoreError};
use reqwest::Method;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue};
use rusty_s3::S3Action;
use rusty_s3::actions::CreateMultipartUpload;
use tokio::task::JoinHandle;

use super::request::{Object, Request, Sender, VALID};
use crate::exchange::Answer;
use crate::s3_error::S3Error;

/// Size of a part in bytes; the 10,000 parts that S3 allows make 78 GiB.
const PART: usize = 8 << 20;
/// Maximum size of a response without data, in bytes.
const SHORT: usize = 64 * 1024;

pub(super) struct Writer {
    sender: Sender,
    object: Arc<Object>,
    media_type: MediaType,
    buffer: BytesMut,
    size: u64,
    parts: Option<Parts>,
}

/// A multipart upload. It is aborted when dropped.
struct Parts {
    sender: Sender,
    object: Arc<Object>,
    id: Arc<str>,
    tags: Vec<String>,
    /// The part in flight, while the next one is filled.
    sending: Option<JoinHandle<Result<String, S3Error>>>,
    completed: bool,
}

impl Writer {
    pub(super) fn new(sender: Sender, object: Arc<Object>, media_type: MediaType) -> Self {
        Self {
            sender,
            object,
            media_type,
            buffer: BytesMut::new(),
            size: 0,
            parts: None,
        }
    }

    /// Sends the buffer as an object or as the next part of one.
    async fn send_part(&mut self) -> Result<(), S3Error> {
        let body = mem::take(&mut self.buffer).freeze();
        let parts = match &mut self.parts {
            Some(parts) => parts,
            None => {
                let id = self.begin().await?;
                self.parts.insert(Parts {
                    sender: self.sender.clone(),
                    object: Arc::clone(&self.object),
                    id,
                    tags: Vec::new(),
                    sending: None,
                    completed: false,
                })
            }
        };
        parts.send(body).await
    }

    async fn begin(&self) -> Result<Arc<str>, S3Error> {
        let Object {
            bucket,
            credentials,
            key,
            ..
        } = &*self.object;
        let request = request(Method::POST, Some(self.media_type), Bytes::new());
        let sign = || {
            bucket
                .create_multipart_upload(Some(credentials), key)
                .sign(VALID)
        };
        let answer = self.sender.send(&request, sign).await?;
        let text = String::from_utf8_lossy(&answer.body);
        let upload = CreateMultipartUpload::parse_response(&text)
            .map_err(|_| S3Error::unexpected("no id of an upload"))?;
        Ok(upload.upload_id().into())
    }

    async fn put(&mut self) -> Result<(), S3Error> {
        let Object {
            bucket,
            credentials,
            key,
            ..
        } = &*self.object;
        let body = mem::take(&mut self.buffer).freeze();
        let request = request(Method::PUT, Some(self.media_type), body);
        let sign = || bucket.put_object(Some(credentials), key).sign(VALID);
        self.sender.send(&request, sign).await.map(drop)
    }
}

#[async_trait]
impl ObjectWriter for Writer {
    async fn write(&mut self, mut bytes: Bytes) -> Result<(), StoreError> {
        self.size += bytes.len() as u64;
        while !bytes.is_empty() {
            // Only when more follows: an object of one part takes a single request.
            if self.buffer.len() == PART {
                let sent = self.send_part().await;
                sent.map_err(|failure| self.object.explained("write", &failure))?;
            }
            let room = PART - self.buffer.len();
            let fits = bytes.split_to(room.min(bytes.len()));
            self.buffer.extend_from_slice(&fits);
        }
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<(), StoreError> {
        let finished = async {
            if self.parts.is_none() {
                return self.put().await;
            }
            self.send_part().await?;
            let size = self.size;
            let parts = self.parts.as_mut().expect("a part was sent");
            parts.complete(size).await
        };
        let finished = finished.await;
        finished.map_err(|failure| self.object.explained("write", &failure))
    }
}

impl Parts {
    async fn send(&mut self, body: Bytes) -> Result<(), S3Error> {
        self.settle().await?;
        let number = u16::try_from(self.tags.len() + 1)
            .ok()
            .filter(|number| *number <= 10_000);
        let number =
            number.ok_or_else(|| S3Error::unexpected("more data than an object may have"))?;
        let (sender, object) = (self.sender.clone(), Arc::clone(&self.object));
        let id = Arc::clone(&self.id);
        self.sending = Some(tokio::spawn(async move {
            let Object {
                bucket,
                credentials,
                key,
                ..
            } = &*object;
            let request = request(Method::PUT, None, body);
            let sign = || {
                bucket
                    .upload_part(Some(credentials), key, number, &id)
                    .sign(VALID)
            };
            let answer = sender.send(&request, sign).await?;
            let tag = answer.headers.get(ETAG).and_then(|tag| tag.to_str().ok());
            tag.map(str::to_owned)
                .ok_or_else(|| S3Error::unexpected("a part without its tag"))
        }));
        Ok(())
    }

    /// Waits for the part in flight.
    async fn settle(&mut self) -> Result<(), S3Error> {
        if let Some(sending) = self.sending.take() {
            let sent = sending
                .await
                .map_err(|_| S3Error::unexpected("the service stops"))?;
            self.tags.push(sent?);
        }
        Ok(())
    }

    /// Completes the object of `size` bytes from its parts.
    async fn complete(&mut self, size: u64) -> Result<(), S3Error> {
        self.settle().await?;
        let Object {
            bucket,
            credentials,
            key,
            ..
        } = &*self.object;
        let tags = || self.tags.iter().map(String::as_str);
        let action = || bucket.complete_multipart_upload(Some(credentials), key, &self.id, tags());
        let request = request(Method::POST, None, action().body().into());
        let attempts = AtomicU32::new(0);
        let sign = || {
            attempts.fetch_add(1, Ordering::Relaxed);
            action().sign(VALID)
        };
        let completed = match self.sender.send(&request, sign).await {
            // S3 sends status 200 before it knows the outcome.
            Ok(answer) if contains_error(&answer) => Err(S3Error::unexpected(
                "an error while it put the parts together",
            )),
            Ok(_) => Ok(()),
            // An earlier attempt may have succeeded with only its response lost. The upload is then
            // gone, which some stores report as forbidden.
            Err(failure @ S3Error::Refused(403 | 404, _))
                if attempts.load(Ordering::Relaxed) > 1 =>
            {
                match self.stored_size().await {
                    Some(stored) if stored == size => Ok(()),
                    _ => Err(failure),
                }
            }
            Err(failure) => Err(failure),
        };
        self.completed = completed.is_ok();
        completed
    }

    async fn stored_size(&self) -> Option<u64> {
        let Object {
            bucket,
            credentials,
            key,
            ..
        } = &*self.object;
        let request = request(Method::HEAD, None, Bytes::new());
        let sign = || bucket.head_object(Some(credentials), key).sign(VALID);
        let answer = self.sender.send(&request, sign).await.ok()?;
        answer
            .headers
            .get(CONTENT_LENGTH)?
            .to_str()
            .ok()?
            .parse()
            .ok()
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        if self.completed {
            return;
        }
        // Without a runtime nothing can be sent; the store's lifecycle rules have to remove the
        // parts.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        let sending = self.sending.take();
        let (sender, object) = (self.sender.clone(), Arc::clone(&self.object));
        let id = Arc::clone(&self.id);
        runtime.spawn(async move {
            // The store may keep a part that arrives during the abort.
            if let Some(sending) = sending {
                let _ = sending.await;
            }
            let Object {
                bucket,
                credentials,
                key,
                ..
            } = &*object;
            let request = request(Method::DELETE, None, Bytes::new());
            let sign = || {
                bucket
                    .abort_multipart_upload(Some(credentials), key, &id)
                    .sign(VALID)
            };
            if let Err(failure) = sender.send(&request, sign).await {
                tracing::warn!(key, %failure, "an unfinished upload stays in the store");
            }
        });
    }
}

fn contains_error(answer: &Answer) -> bool {
    String::from_utf8_lossy(&answer.body).contains("<Error>")
}

fn request(method: Method, media_type: Option<MediaType>, body: Bytes) -> Request {
    let mut headers = HeaderMap::new();
    if let Some(media_type) = media_type {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type.name()));
    }
    Request {
        method,
        headers,
        body,
        expects: SHORT,
    }
}
