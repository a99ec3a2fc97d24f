//! What a crash leaves, for both test binaries of this crate.

use adapter_minio::{MinioConfig, MinioStore};
use emulator_domain::plan::Format;
use emulator_ports::ObjectStore;
use emulator_ports::contract::object_store::{content, write};
use s3::creds::Credentials;
use s3::{Bucket, Region};
use secrecy::ExposeSecret;
use tokio::runtime::Handle;

/// How many multipart uploads of an object are open, as a client that is not ours sees it.
async fn open_uploads(config: &MinioConfig, container: &str, name: &str) -> usize {
    let region = Region::Custom {
        region: config.region.clone(),
        endpoint: format!("http://{}", config.endpoint),
    };
    let (key, secret) = (&config.access_key, config.secret_key.expose_secret());
    let credentials = Credentials::new(Some(key), Some(secret), None, None, None).unwrap();
    let bucket = Bucket::new(container, region, credentials).unwrap();
    let bucket = bucket.with_path_style();
    let pages = bucket.list_multiparts_uploads(Some(name), None).await;
    pages.unwrap().iter().map(|page| page.uploads.len()).sum()
}

/// Parts that have been sent when the crash comes.
const PARTS: usize = 4;

/// With the smallest parts. `arrived` returns when so many parts are with the server: unlike a
/// process that is killed, this one goes on sending what it has begun.
pub(crate) async fn uploads_that_a_crash_left_are_reclaimed(
    config: &MinioConfig,
    container: &str,
    arrived: impl AsyncFnOnce(usize),
) {
    let store = &MinioStore::new(config, Handle::current()).unwrap();
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
    let open = async |name: &str| open_uploads(config, container, name).await;
    let overwritten = open(&names[0]).await;
    assert!(overwritten <= 1, "Garage gives it up by itself");
    assert_eq!(open(&names[1]).await, 1);
    let others = ["run/part-00002.ndjson".to_owned()];
    store.reclaim(container, &others).await.unwrap();
    assert_eq!(open(&names[0]).await, overwritten, "not asked for");
    assert_eq!(open(&names[1]).await, 1, "not asked for");
    store.reclaim(container, &names).await.unwrap();
    for name in &names {
        assert_eq!(open(name).await, 0, "{name}");
    }
}
