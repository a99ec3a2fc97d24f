//! The stores of tasks, each with its own address and keys.

use std::time::Duration;

use bytes::Bytes;
use compute_domain::{MediaType, ObjectKey};
use compute_ports::{ObjectStores, StoreAccess, StoreErrorKind};

use crate::server::{Disturbance, Server};
use crate::{config, task_stores};

#[tokio::test(flavor = "multi_thread")]
async fn the_contract_of_the_stores_of_tasks_is_kept_and_no_upload_stays_open() {
    platform_runtime::tls::install_provider();
    let server = Server::start(|_| Disturbance::None).await;
    task_stores::the_contract_is_kept(&config(&server), "tasks").await;
    server.has_no_open_upload().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_of_tasks_come_and_go_whole_through_every_disturbance() {
    platform_runtime::tls::install_provider();
    let key = ObjectKey::parse("large.csv").unwrap();
    let content: Bytes = (0..20_000_000_u32).map(|i| (i >> 7) as u8).collect();
    for (what, disturbance) in [
        ("503", Disturbance::Unavailable),
        ("cut before the request is done", Disturbance::Cut),
        ("cut after the request is done", Disturbance::AnswerLost),
    ] {
        let every_third = move |request| match request % 3 {
            1 => disturbance,
            _ => Disturbance::None,
        };
        let server = Server::start(every_third).await;
        let access = task_stores::access(&config(&server), "tasks").await;
        let stores = task_stores::stores(&access, Duration::from_secs(20));
        let mut writer = stores.create(&access, &key, MediaType::Csv).await.unwrap();
        for piece in content.chunks(3_000_000) {
            writer.write(content.slice_ref(piece)).await.unwrap();
        }
        let stored = writer.finish().await;
        assert!(stored.is_ok(), "{what}: {stored:?}");
        let mut reader = stores.open(&access, &key).await.unwrap();
        let mut found = Vec::new();
        while let Some(piece) = reader.next().await.unwrap() {
            found.extend_from_slice(&piece);
        }
        assert!(found == content, "{what}: it comes back as it was written");
        assert!(server.disturbed() > 2, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_stays_away_is_given_up_and_what_is_not_allowed_not_asked() {
    platform_runtime::tls::install_provider();
    let key = ObjectKey::parse("a.csv").unwrap();
    let server = Server::start(|_| Disturbance::None).await;
    let access = task_stores::access(&config(&server), "tasks").await;
    let unused = StoreAccess {
        endpoint: "http://127.0.0.1:9".to_owned(),
        ..access.clone()
    };
    let stores = task_stores::stores(&unused, Duration::from_millis(300));
    let error = stores.open(&unused, &key).await.map(drop).unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Unreachable, "{error}");
    assert!(
        error
            .message
            .contains("cannot read the object 'a.csv' of the bucket 'tasks' at http://127.0.0.1:9"),
        "{error}"
    );
    let error = stores.open(&access, &key).await.map(drop).unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Refused, "{error}");
    assert!(
        error.message.contains("is not allowed") && stores.check(&access).is_err(),
        "{error}"
    );
}
