//! MD5 digests: S3's own check that what arrived is what was sent. Against accidents, not attacks.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use md5::{Digest as _, Md5};
use reqwest::header::ETAG;

use crate::exchange::Answer;
use crate::s3_error::S3Error;

/// A body longer than this is hashed on a blocking thread.
const LONG: usize = 256 << 10;

/// The digest of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Digest([u8; 16]);

impl Digest {
    pub(crate) async fn of(body: &Bytes) -> Self {
        if body.len() <= LONG {
            return Self(Md5::digest(body).into());
        }
        let body = body.clone();
        let digested = tokio::task::spawn_blocking(move || Self(Md5::digest(&body).into())).await;
        digested.expect("digesting does not panic")
    }

    /// The digest of a multipart object, which S3 puts before the number of parts in its tag.
    fn of_parts(parts: impl Iterator<Item = Self>) -> Self {
        let mut digest = Md5::new();
        for part in parts {
            digest.update(part.0);
        }
        Self(digest.finalize().into())
    }

    /// The value of the header `content-md5`, with which the store rejects a corrupted body.
    pub(crate) fn base64(self) -> String {
        STANDARD.encode(self.0)
    }

    fn hex(self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The body's tag, if the response confirms that this body, and no other, is stored.
    ///
    /// A store that encrypts with its own key has a different tag and says so.
    pub(crate) fn tag(self, answer: &Answer) -> Result<String, S3Error> {
        let header = |name: &str| answer.headers.get(name)?.to_str().ok();
        let Some(tag) = header(ETAG.as_str()) else {
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            return Err(S3Error::Refused(answer.status.as_u16(), text));
        };
        let is_encrypted = header("x-amz-server-side-encryption")
            .is_some_and(|how| how.starts_with("aws:"))
            || header("x-amz-server-side-encryption-customer-algorithm").is_some();
        if is_encrypted || tag.trim_matches('"').eq_ignore_ascii_case(&self.hex()) {
            return Ok(tag.to_owned());
        }
        Err(S3Error::NotStored(format!(
            "its tag for what it has stored is {tag}, and what was sent has {}",
            self.hex()
        )))
    }
}

/// Whether `tag` belongs to a multipart object whose parts have these digests.
pub(crate) fn is_of_parts(tag: &str, parts: impl ExactSizeIterator<Item = Digest>) -> bool {
    let count = parts.len();
    let expected = format!("{}-{count}", Digest::of_parts(parts).hex());
    tag.trim_matches('"').eq_ignore_ascii_case(&expected)
}
