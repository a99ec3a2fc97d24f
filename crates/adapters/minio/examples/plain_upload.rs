//! Uploads a file with rust-s3 as its documentation shows: the baseline of `just bench`.
//!
//! `plain_upload FILE BUCKET KEY`; the store is configured by `MINIO_ENDPOINT`, `MINIO_ACCESS_KEY`
//! and `MINIO_SECRET_KEY`.

use std::env::{args, var};
use std::error::Error;
use std::time::Instant;

use s3::creds::Credentials;
use s3::{Bucket, Region};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let [file, bucket, key] = args()
        .skip(1)
        .collect::<Vec<_>>()
        .try_into()
        .map_err(|_| "usage: plain_upload FILE BUCKET KEY")?;
    let endpoint = var("MINIO_ENDPOINT")?;
    let region = Region::Custom {
        region: "us-east-1".to_owned(),
        endpoint: if endpoint.contains("://") {
            endpoint
        } else {
            format!("http://{endpoint}")
        },
    };
    let (access, secret) = (var("MINIO_ACCESS_KEY")?, var("MINIO_SECRET_KEY")?);
    let credentials = Credentials::new(Some(&access), Some(&secret), None, None, None)?;
    let bucket = Bucket::new(&bucket, region, credentials)?.with_path_style();
    let mut file = tokio::fs::File::open(file).await?;
    let begun = Instant::now();
    bucket
        .put_object_stream_builder(&key)
        .with_max_concurrent_chunks(2)
        .execute_stream(&mut file)
        .await?;
    eprintln!("{:.3} s", begun.elapsed().as_secs_f64());
    Ok(())
}
