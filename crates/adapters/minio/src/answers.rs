//! The parts of a store's XML responses that are evaluated.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::s3_error::S3Error;

/// One page of a bucket's objects.
#[derive(Debug, Deserialize)]
pub(crate) struct ListBucketResult {
    #[serde(rename = "Contents", default)]
    objects: Vec<Listed>,
}

#[derive(Debug, Deserialize)]
struct Listed {
    #[serde(rename = "Key")]
    key: String,
}

/// The response to starting a multipart upload.
#[derive(Debug, Deserialize)]
pub(crate) struct InitiateMultipartUploadResult {
    #[serde(rename = "UploadId")]
    pub(crate) upload_id: String,
}

/// The response to completing a multipart upload.
#[derive(Debug, Deserialize)]
pub(crate) struct CompleteMultipartUploadResult {
    #[serde(rename = "ETag", default)]
    pub(crate) etag: String,
}

/// The open multipart uploads of a bucket.
#[derive(Debug, Deserialize)]
pub(crate) struct ListMultipartUploadsResult {
    #[serde(rename = "Upload", default)]
    pub(crate) uploads: Vec<OpenUpload>,
}

/// A multipart upload that is neither completed nor aborted.
#[derive(Debug, Deserialize)]
pub(crate) struct OpenUpload {
    #[serde(rename = "Key")]
    pub(crate) key: String,
    #[serde(rename = "UploadId")]
    pub(crate) id: String,
}

impl ListBucketResult {
    /// The names, which must be in ascending order and follow `after`: with a store that returns a
    /// page twice, listing would never end.
    pub(crate) fn names_after(self, after: &str) -> Result<Vec<String>, S3Error> {
        let names: Vec<String> = self.objects.into_iter().map(|object| object.key).collect();
        let mut before = after;
        for name in &names {
            // The first page has no predecessor.
            if !before.is_empty() && name.as_bytes() <= before.as_bytes() {
                return Err(S3Error::Unexpected(format!(
                    "its list of objects has {name:?} after {before:?}, so it repeats itself or \
                     is in no order"
                )));
            }
            before = name;
        }
        Ok(names)
    }
}

/// Parses a response.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, S3Error> {
    let text = std::str::from_utf8(body)
        .map_err(|_| S3Error::Unexpected("its answer is not UTF-8".to_owned()))?;
    quick_xml::de::from_str(text).map_err(|error| {
        // Some stores report a failure in the body of a response with status 200.
        if text.contains("<Error>") {
            S3Error::Refused(200, text.to_owned())
        } else {
            S3Error::Unexpected(format!("its answer cannot be understood: {error}"))
        }
    })
}

#[cfg(test)]
mod tests;
