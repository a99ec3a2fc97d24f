//! The stores of tasks, on any server.

use std::time::Duration;

use adapter_minio::{MinioConfig, MinioStore, TaskStores};
use compute_ports::StoreAccess;
use compute_ports::contract::stores::keep_their_contract;
use emulator_ports::ObjectStore;
use tokio::runtime::Handle;

/// How the bucket is reached, which is made first.
pub(crate) async fn access(config: &MinioConfig, bucket: &str) -> StoreAccess {
    let store = MinioStore::new(config, Handle::current()).unwrap();
    store.prepare(bucket).await.unwrap();
    let endpoint = config.endpoint.trim_start_matches("http://");
    StoreAccess {
        endpoint: format!("http://{endpoint}"),
        region: config.region.clone(),
        bucket: bucket.to_owned(),
        access_key_id: config.access_key.clone().into(),
        secret_access_key: config.secret_key.clone(),
    }
}

/// Stores that may contact this one.
pub(crate) fn stores(access: &StoreAccess, retry_for: Duration) -> TaskStores {
    let hosts = platform_egress::AllowedHosts::default().and_of_urls([access.endpoint.as_str()]);
    TaskStores::new(hosts, retry_for).unwrap()
}

pub(crate) async fn the_contract_is_kept(config: &MinioConfig, bucket: &str) {
    let access = access(config, bucket).await;
    let elsewhere = StoreAccess {
        secret_access_key: "wrong-secret".into(),
        ..access.clone()
    };
    keep_their_contract(
        &stores(&access, Duration::from_secs(5)),
        &access,
        &elsewhere,
    )
    .await;
}
