//! The operations of the store: those of s3s-fs, plus listing open uploads, which it lacks, and
//! minus keys that lead out of a bucket.

use std::fs;
use std::path::{Component, Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use s3s::dto::*;
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;

/// Stores each bucket as a folder below `root`.
pub(super) struct Store {
    pub(super) files: FileSystem,
    pub(super) root: PathBuf,
}

/// Forwards each operation, after checking that the keys in `$key` stay inside their bucket.
macro_rules! operations {
    ($($operation:ident($input:ident) -> $output:ident $(, keys $keys:expr)?;)*) => {
        #[async_trait::async_trait]
        impl S3 for Store {
            $(async fn $operation(
                &self,
                request: S3Request<$input>,
            ) -> S3Result<S3Response<$output>> {
                $(check(($keys)(&request.input))?;)?
                self.files.$operation(request).await
            })*

            async fn list_multipart_uploads(
                &self,
                request: S3Request<ListMultipartUploadsInput>,
            ) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
                let ListMultipartUploadsInput { bucket, prefix, .. } = request.input;
                let uploads = self.open_uploads(&bucket, prefix.as_deref().unwrap_or_default());
                Ok(S3Response::new(ListMultipartUploadsOutput {
                    bucket: Some(bucket),
                    prefix,
                    is_truncated: Some(false),
                    uploads: Some(uploads.map_err(|error| s3_error!(error, InternalError))?),
                    ..Default::default()
                }))
            }
        }
    };
}

operations! {
    create_bucket(CreateBucketInput) -> CreateBucketOutput;
    delete_bucket(DeleteBucketInput) -> DeleteBucketOutput;
    get_bucket_location(GetBucketLocationInput) -> GetBucketLocationOutput;
    head_bucket(HeadBucketInput) -> HeadBucketOutput;
    list_buckets(ListBucketsInput) -> ListBucketsOutput;
    list_objects(ListObjectsInput) -> ListObjectsOutput;
    list_objects_v2(ListObjectsV2Input) -> ListObjectsV2Output;
    get_object(GetObjectInput) -> GetObjectOutput, keys |input: &GetObjectInput| vec![input.key.clone()];
    head_object(HeadObjectInput) -> HeadObjectOutput, keys |input: &HeadObjectInput| vec![input.key.clone()];
    put_object(PutObjectInput) -> PutObjectOutput, keys |input: &PutObjectInput| vec![input.key.clone()];
    delete_object(DeleteObjectInput) -> DeleteObjectOutput, keys |input: &DeleteObjectInput| vec![input.key.clone()];
    delete_objects(DeleteObjectsInput) -> DeleteObjectsOutput, keys |input: &DeleteObjectsInput| {
        input.delete.objects.iter().map(|object| object.key.clone()).collect()
    };
    copy_object(CopyObjectInput) -> CopyObjectOutput, keys |input: &CopyObjectInput| {
        vec![input.key.clone(), source_key(&input.copy_source)]
    };
    create_multipart_upload(CreateMultipartUploadInput) -> CreateMultipartUploadOutput, keys |input: &CreateMultipartUploadInput| vec![input.key.clone()];
    upload_part(UploadPartInput) -> UploadPartOutput, keys |input: &UploadPartInput| vec![input.key.clone()];
    upload_part_copy(UploadPartCopyInput) -> UploadPartCopyOutput, keys |input: &UploadPartCopyInput| {
        vec![input.key.clone(), source_key(&input.copy_source)]
    };
    list_parts(ListPartsInput) -> ListPartsOutput, keys |input: &ListPartsInput| vec![input.key.clone()];
    complete_multipart_upload(CompleteMultipartUploadInput) -> CompleteMultipartUploadOutput, keys |input: &CompleteMultipartUploadInput| vec![input.key.clone()];
    abort_multipart_upload(AbortMultipartUploadInput) -> AbortMultipartUploadOutput, keys |input: &AbortMultipartUploadInput| vec![input.key.clone()];
}

fn source_key(source: &CopySource) -> String {
    match source {
        CopySource::Bucket { key, .. } | CopySource::AccessPoint { key, .. } => key.to_string(),
        // A form that s3s-fs rejects.
        _ => String::from("unknown"),
    }
}

/// Whether all keys are paths that stay below their bucket's folder.
fn check(keys: Vec<String>) -> S3Result<()> {
    let stays_inside = |key: &String| {
        Path::new(key)
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
            && !key.is_empty()
    };
    match keys.into_iter().find(|key| !stays_inside(key)) {
        None => Ok(()),
        Some(key) => Err(s3_error!(
            InvalidArgument,
            "the key {key:?} is no relative path without . and .., which this store needs"
        )),
    }
}

impl Store {
    /// The open uploads of a bucket with keys that begin with `prefix`, as s3s-fs records them on
    /// disk: `.bucket-B.object-K.upload-ID.metadata.json` with B and K in base64.
    fn open_uploads(&self, bucket: &str, prefix: &str) -> std::io::Result<Vec<MultipartUpload>> {
        let of_bucket = format!(".bucket-{}.object-", URL_SAFE_NO_PAD.encode(bucket));
        let mut uploads = Vec::new();
        for entry in fs::read_dir(&self.root)? {
            let entry = entry?;
            let name = entry.file_name();
            let key_and_id = name
                .to_str()
                .and_then(|name| name.strip_prefix(&of_bucket))
                .and_then(|rest| rest.strip_suffix(".metadata.json"))
                .and_then(|rest| rest.split_once(".upload-"));
            let Some((key, id)) = key_and_id else {
                continue;
            };
            let decoded = URL_SAFE_NO_PAD.decode(key).ok();
            let key = decoded.and_then(|key| String::from_utf8(key).ok());
            let Some(key) = key.filter(|key| key.starts_with(prefix)) else {
                continue;
            };
            uploads.push(MultipartUpload {
                key: Some(key),
                upload_id: Some(id.to_owned()),
                initiated: Some(entry.metadata()?.modified()?.into()),
                storage_class: Some(StorageClass::from_static(StorageClass::STANDARD)),
                ..Default::default()
            });
        }
        uploads.sort_by(|one, other| one.key.cmp(&other.key));
        Ok(uploads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_lead_out_of_their_bucket_are_refused() {
        for inside in ["a", "run/part-00000.csv", "a..b", "..a", "a/b/"] {
            assert!(check(vec![inside.to_owned()]).is_ok(), "{inside}");
        }
        for outside in ["", "..", "../x", "a/../../x", "a/..", "./a", "/etc/x"] {
            let checked = check(vec!["a".to_owned(), outside.to_owned()]);
            assert!(checked.is_err(), "{outside}");
        }
    }
}
