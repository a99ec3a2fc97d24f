//! The adapter against an S3 server in this process, which fails on demand.

#![expect(clippy::unwrap_used, reason = "a test may panic anywhere")]

#[path = "../crash/mod.rs"]
mod crash;
mod lies;
mod server;
#[path = "../task_stores/mod.rs"]
mod task_stores;
mod tasks;

use std::time::{Duration, Instant};

use adapter_minio::{MinioConfig, MinioStore};
use emulator_domain::plan::Format;
use emulator_ports::contract::object_source;
use emulator_ports::contract::object_store::{content, keeps_its_contract, write};
use emulator_ports::{DestinationErrorKind, ObjectStore};
use server::{Disturbance, SECRET, Server};
use tokio::runtime::Handle;

fn config(server: &Server) -> MinioConfig {
    MinioConfig {
        part_size: MinioConfig::MIN_PART_SIZE,
        request_timeout: Duration::from_secs(1),
        ..MinioConfig::new(server.address(), "minio", SECRET.into())
    }
}

fn store(config: &MinioConfig) -> MinioStore {
    MinioStore::new(config, Handle::current()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contract_is_kept_and_no_upload_stays_open() {
    let server = Server::start(|_| Disturbance::None).await;
    let store = store(&config(&server));
    keeps_its_contract(&store, "transactions", async |name: &str| {
        server.object("transactions", name)
    })
    .await;
    server.has_no_open_upload().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contract_of_an_archive_is_kept() {
    let server = Server::start(|_| Disturbance::None).await;
    let store = store(&config(&server));
    object_source::keeps_its_contract(&store, "transactions", "other").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_are_stored_whole_through_every_disturbance() {
    for (what, disturbance) in [
        ("503", Disturbance::Unavailable),
        ("cut before the request is done", Disturbance::Cut),
        ("cut after the request is done", Disturbance::AnswerLost),
        ("stall", Disturbance::Stall),
        ("a bit turned over on the way", Disturbance::Flipped),
    ] {
        let server = Server::start(move |request| {
            // Every kind of request in turn: five shares no factor with what an object takes.
            if request % 5 == 3 {
                disturbance
            } else {
                Disturbance::None
            }
        })
        .await;
        let store = store(&config(&server));
        store.prepare("logs").await.unwrap();
        for i in 0..6 {
            // A large object is begun, two parts, completed; a small one is one request.
            let len = if i % 2 == 0 { (6 << 20) + i } else { 3000 };
            let (name, content) = (format!("run/{i}.ndjson"), content(len, i));
            write(&store, "logs", &name, &content)
                .await
                .unwrap_or_else(|error| panic!("{what}: {}", error.chain()));
            assert!(
                server.object("logs", &name) == Some(content),
                "{what}: {name} is stored as it was written"
            );
        }
        assert!(
            server.disturbed() >= 2,
            "{what}: {} requests were disturbed",
            server.disturbed()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_pass_is_given_up_after_the_time_set() {
    let server = Server::start(|request| {
        if request < 2 {
            Disturbance::None
        } else {
            Disturbance::Unavailable
        }
    })
    .await;
    let store = store(&MinioConfig {
        retry_for: Duration::from_secs(1),
        ..config(&server)
    });
    store.prepare("logs").await.unwrap();
    write(&store, "logs", "a.json", b"[]").await.unwrap();
    let error = write(&store, "logs", "b.json", b"[]").await.unwrap_err();
    assert_eq!(error.kind, DestinationErrorKind::Interrupted);
    let text = error.chain();
    let begin = format!(
        "cannot write the object `b.json` of bucket `logs` at http://{}, which answered 503 SlowDown",
        server.address()
    );
    assert!(text.starts_with(&begin), "{text}");
    assert!(server.disturbed() > 1, "it was tried again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_upload_and_a_failed_one_are_aborted() {
    let server = Server::start(|_| Disturbance::None).await;
    let store = store(&config(&server));
    store.prepare("logs").await.unwrap();
    let mut writer = store.create("logs", "a.json", Format::Json).await.unwrap();
    writer.write(&content(16 << 20, 1)).await.unwrap();
    assert!(
        server.open_uploads() > 0,
        "parts are sent while the object is written"
    );
    drop(writer);
    server.has_no_open_upload().await;
    assert_eq!(server.object("logs", "a.json"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_that_a_crash_left_are_reclaimed() {
    let server = Server::start(|_| Disturbance::None).await;
    // No request is given up and made again: the first of them could arrive after the upload's end.
    let patient = MinioConfig {
        request_timeout: Duration::from_secs(60),
        ..config(&server)
    };
    let arrived = async |parts| server.has_parts(parts).await;
    crash::uploads_that_a_crash_left_are_reclaimed(&patient, "logs", arrived).await;
    server.has_no_open_upload().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_is_refused_at_once_and_never_shown() {
    let server = Server::start(|_| Disturbance::None).await;
    server.create_bucket("logs");
    let wrong = "open sesame";
    let config = MinioConfig {
        secret_key: wrong.into(),
        ..config(&server)
    };
    let store = store(&config);
    for error in [
        store.probe().await.unwrap_err(),
        store.prepare("logs").await.unwrap_err(),
        write(&store, "logs", "a.json", b"[]").await.unwrap_err(),
    ] {
        assert_eq!(error.kind, DestinationErrorKind::Unauthenticated);
        let text = error.chain();
        assert!(
            text.contains("check the access key and the secret key"),
            "{text}"
        );
        for shown in [text, format!("{error:?}"), format!("{store:?}")] {
            assert!(
                !shown.contains(wrong) && !shown.contains("Signature="),
                "{shown}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_not_there_is_named_with_what_to_check() {
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let config = MinioConfig {
        retry_for: Duration::from_millis(300),
        ..MinioConfig::new(free.to_string(), "minio", SECRET.into())
    };
    let store = store(&config);
    for error in [
        store.probe().await.unwrap_err(),
        store.prepare("logs").await.unwrap_err(),
    ] {
        assert_eq!(error.kind, DestinationErrorKind::Unreachable);
        let text = error.chain();
        assert!(
            text.contains(&format!("at http://{free}: check that it runs there")),
            "{text}"
        );
        assert!(text.contains("Connection refused"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_stalls_fails_its_probe_in_a_few_seconds() {
    let server = Server::start(|_| Disturbance::Stall).await;
    let begin = Instant::now();
    let error = store(&config(&server)).probe().await.unwrap_err();
    assert!(begin.elapsed() < Duration::from_secs(5));
    assert!(error.to_string().contains(&server.address()), "{error}");
}

#[tokio::test]
async fn a_part_size_that_s3_does_not_take_is_refused() {
    let config = MinioConfig {
        part_size: 1 << 20,
        ..MinioConfig::new("minio:9000", "minio", SECRET.into())
    };
    let error = MinioStore::new(&config, Handle::current()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the part size of the object store must be 5242880 to 5368709120 bytes, got 1048576"
    );
}

#[tokio::test]
async fn a_file_without_certificates_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let (empty, missing) = (
        folder.path().join("empty.pem"),
        folder.path().join("missing.pem"),
    );
    std::fs::write(&empty, "no certificate").unwrap();
    for (ca_file, says) in [
        (empty, "no certificate in PEM"),
        (missing, "No such file"),
        ("/dev/zero".into(), "larger than"),
    ] {
        let name = ca_file.display().to_string();
        let config = MinioConfig {
            ca_file: Some(ca_file),
            ..MinioConfig::new("minio:9000", "minio", SECRET.into())
        };
        let error = MinioStore::new(&config, Handle::current())
            .unwrap_err()
            .to_string();
        assert!(error.contains(&name) && error.contains(says), "{error}");
    }
}
