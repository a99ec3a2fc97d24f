//! Reads an object range by range, so that each request can be retried as a whole.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use compute_ports::{ObjectReader, StoreError};
use reqwest::header::{CONTENT_RANGE, ETAG, HeaderMap, HeaderValue, IF_MATCH, RANGE};
use reqwest::{Method, StatusCode};
use rusty_s3::S3Action;

use super::request::{Object, Request, Sender, VALID};
use crate::s3_error::S3Error;

/// Bytes per request.
const LEN: u64 = 4 << 20;

pub(super) struct Reader {
    sender: Sender,
    object: Arc<Object>,
    size: u64,
    /// Version of the object, as of the first range.
    tag: Option<HeaderValue>,
    next: u64,
    /// Data that arrived when the object was opened.
    ahead: Option<Bytes>,
}

impl Reader {
    pub(super) async fn open(sender: Sender, object: Arc<Object>) -> Result<Self, StoreError> {
        let explained = |failure: S3Error| object.explained("read", &failure);
        let (size, tag, first) = match range(&sender, &object, 0, None).await {
            Ok(Range { size, tag, bytes }) => (size, tag, bytes),
            // An empty object has no first byte.
            Err(S3Error::Refused(416, _)) => (0, None, Bytes::new()),
            Err(failure) => return Err(explained(failure)),
        };
        Ok(Self {
            sender,
            size,
            tag,
            next: first.len() as u64,
            ahead: Some(first).filter(|first| !first.is_empty()),
            object,
        })
    }
}

#[async_trait]
impl ObjectReader for Reader {
    fn size(&self) -> u64 {
        self.size
    }

    async fn next(&mut self) -> Result<Option<Bytes>, StoreError> {
        if let Some(ahead) = self.ahead.take() {
            return Ok(Some(ahead));
        }
        if self.next >= self.size {
            return Ok(None);
        }
        let range = range(&self.sender, &self.object, self.next, self.tag.as_ref()).await;
        let bytes = range
            .map_err(|failure| self.object.explained("read", &failure))?
            .bytes;
        self.next += bytes.len() as u64;
        Ok(Some(bytes))
    }
}

struct Range {
    /// The size of the whole object.
    size: u64,
    tag: Option<HeaderValue>,
    /// At least one.
    bytes: Bytes,
}

async fn range(
    sender: &Sender,
    object: &Object,
    start: u64,
    tag: Option<&HeaderValue>,
) -> Result<Range, S3Error> {
    let mut headers = HeaderMap::new();
    let wanted = format!("bytes={start}-{}", start + LEN - 1);
    let wanted = HeaderValue::try_from(wanted).expect("digits are allowed in a header");
    headers.insert(RANGE, wanted);
    if let Some(tag) = tag {
        headers.insert(IF_MATCH, tag.clone());
    }
    let request = Request {
        method: Method::GET,
        headers,
        body: Bytes::new(),
        expects: LEN as usize,
    };
    let Object {
        bucket,
        credentials,
        key,
        ..
    } = object;
    let sign = || bucket.get_object(Some(credentials), key).sign(VALID);
    let answer = sender.send(&request, sign).await?;
    let size = match answer.status {
        StatusCode::PARTIAL_CONTENT => {
            let range = answer
                .headers
                .get(CONTENT_RANGE)
                .and_then(|range| range.to_str().ok());
            let size = range.and_then(|range| range.rsplit_once('/')?.1.parse().ok());
            size.ok_or_else(|| S3Error::unexpected("a range of an object without its size"))?
        }
        // The whole object.
        _ if start == 0 => answer.body.len() as u64,
        _ => return Err(S3Error::unexpected("a whole object instead of a range")),
    };
    let expected = LEN.min(size.saturating_sub(start));
    if answer.body.len() as u64 != expected {
        return Err(S3Error::unexpected("another range than was asked for"));
    }
    Ok(Range {
        size,
        tag: answer.headers.get(ETAG).cloned(),
        bytes: answer.body,
    })
}
