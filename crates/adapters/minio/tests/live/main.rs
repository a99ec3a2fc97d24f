//! The adapter against the real MinIO and Garage of `deploy/local`, whose addresses and keys come
//! from `deploy/local/servers env`.
#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

#[path = "../crash/mod.rs"]
mod crash;
#[path = "../task_stores/mod.rs"]
mod task_stores;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use adapter_minio::{MinioConfig, MinioStore};
use emulator_ports::contract::{object_source, object_store};
use emulator_ports::{ObjectSource, ObjectStore};
use tokio::runtime::Handle;

fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!(
            "{name} is not set: deploy/local/servers up minio minio-tls garage; \
             eval \"$(deploy/local/servers env)\""
        )
    })
}

fn minio() -> MinioConfig {
    let (endpoint, key) = (env("MINIO_ENDPOINT"), env("MINIO_ACCESS_KEY"));
    MinioConfig {
        part_size: MinioConfig::MIN_PART_SIZE,
        ..MinioConfig::new(endpoint, key, env("MINIO_SECRET_KEY").into())
    }
}

/// The stores that speak plain HTTP.
fn stores() -> [MinioConfig; 2] {
    let garage = MinioConfig {
        endpoint: env("GARAGE_ENDPOINT"),
        access_key: env("GARAGE_ACCESS_KEY"),
        secret_key: env("GARAGE_SECRET_KEY").into(),
        region: env("GARAGE_REGION"),
        ..minio()
    };
    [minio(), garage]
}

fn store(config: &MinioConfig) -> MinioStore {
    MinioStore::new(config, Handle::current()).unwrap()
}

/// The name of a bucket that no other run of these tests has.
fn fresh(what: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    format!("{what}-{}", now.as_nanos())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contract_is_kept() {
    for config in stores() {
        keeps_the_contract(&store(&config)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contract_is_kept_over_tls() {
    let config = MinioConfig {
        endpoint: env("MINIO_TEST_TLS"),
        secure: true,
        ca_file: Some(env("MINIO_TEST_CA").into()),
        ..minio()
    };
    keeps_the_contract(&store(&config)).await;
    for (ca_file, secure) in [(None, true), (config.ca_file.clone(), false)] {
        let config = MinioConfig {
            ca_file,
            secure,
            retry_for: Duration::from_millis(100),
            ..config.clone()
        };
        let untrusted = store(&config);
        untrusted
            .probe()
            .await
            .expect_err("no store that we can trust");
    }
}

async fn keeps_the_contract(store: &MinioStore) {
    let bucket = fresh("contract");
    let read = async |name: &str| {
        let mut reader = ObjectSource::open(store, &bucket, name).await.unwrap()?;
        let mut bytes = Vec::new();
        while reader.read(&mut bytes).await.unwrap() {}
        Some(bytes)
    };
    object_store::keeps_its_contract(store, &bucket, read).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contract_of_a_source_is_kept() {
    for config in stores() {
        let (bucket, missing) = (fresh("source"), fresh("missing"));
        object_source::keeps_its_contract(&store(&config), &bucket, &missing).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_that_a_crash_left_are_reclaimed() {
    for config in stores() {
        // A real store gives up a part that comes after its upload was aborted.
        let arrived = async |_| {};
        crash::uploads_that_a_crash_left_are_reclaimed(&config, &fresh("crash"), arrived).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contract_of_the_stores_of_tasks_is_kept() {
    platform_runtime::tls::install_provider();
    for config in stores() {
        task_stores::the_contract_is_kept(&config, &fresh("tasks")).await;
    }
}
