//! S3 object storage (MinIO and others).
