//! What a crash leaves, for both test binaries of this crate.

use adapter_minio::MinioStore;
use emulator_domain::plan::Format;
use emulator_ports::ObjectStore;
use emulator_ports::contract::object_store::{content, write};
use s3::creds::Credentials;
use s3::{Bucket, Region};

/// How many multipart uploads of an object are open, as a client that is not ours sees it.
async fn open_uploads(server: [&str; 3], container: &str, name: &str) -> usize {
    let [address, key, secret] = server;
    let region = Region::Custom {
        region: "us-east-1".to_owned(),
        endpoint: format!("http://{address}"),
    };
    let credentials = Credentials::new(Some(key), Some(secret), None, None, None).unwrap();
    let bucket = Bucket::new(container, region, credentials).unwrap();
    let bucket = bucket.with_path_style();
    let pages = bucket.list_multiparts_uploads(Some(name), None).await;
    pages.unwrap().iter().map(|page| page.uploads.len()).sum()
}

/// Parts that have been sent when the crash comes.
const PARTS: usize = 4;

/// `store` is that of address, access key and secret key, with the smallest parts. `arrived` returns
/// when so many parts are with the server: unlike a process that is killed, this one goes on
/// sending what it has begun.
pub(crate) async fn uploads_that_a_crash_left_are_reclaimed(
    store: &MinioStore,
    server: [&str; 3],
    container: &str,
    arrived: impl AsyncFnOnce(usize),
) {
    let names = ["run/part-00000.ndjson", "run/part-00001.ndjson"].map(str::to_owned);
    store.prepare(container).await.unwrap();
    for name in &names {
        let begun = store.create(container, name, Format::Ndjson).await;
        let mut writer = begun.unwrap();
        writer.write(&content(12 << 20, 1)).await.unwrap();
        // A process that is killed runs no destructors.
        std::mem::forget(writer);
    }
    arrived(PARTS).await;
    // Smaller than a part, because the run was cancelled, it does not end the upload.
    write(store, container, &names[0], b"{}\n").await.unwrap();
    for name in &names {
        assert_eq!(open_uploads(server, container, name).await, 1, "{name}");
    }
    let others = ["run/part-00002.ndjson".to_owned()];
    store.reclaim(container, &others).await.unwrap();
    for name in &names {
        assert_eq!(open_uploads(server, container, name).await, 1, "{name}");
    }
    store.reclaim(container, &names).await.unwrap();
    for name in &names {
        assert_eq!(open_uploads(server, container, name).await, 0, "{name}");
    }
}
