//! The adapter against an S3 server in this process, which fails on demand.

#![expect(clippy::unwrap_used, reason = "a test may panic anywhere")]

mod crash;
mod lies;
mod server;
mod task_stores;

use std::time::{Duration, Instant};

use adapter_minio::{MinioConfig, MinioStore};
use bytes::Bytes;
use compute_domain::{MediaType, ObjectKey};
use compute_ports::{ObjectStores, StoreAccess, StoreErrorKind};
use emulator_domain::plan::Format;
use emulator_ports::contract::object_source;
use emulator_ports::contract::object_store::{content, keeps_its_contract, write};
use emulator_ports::{DestinationErrorKind, ObjectSource, ObjectStore};
use lies::{Liar, Lie};
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

#[derive(Clone, Copy, Debug)]
enum Asked {
    Read,
    List,
    Write,
}

/// Asks the liar, and gives what the adapter says of it.
async fn ask(liar: &Liar, asked: Asked) -> String {
    let config = MinioConfig {
        request_timeout: Duration::from_secs(5),
        retry_for: Duration::from_millis(100),
        ..MinioConfig::new(liar.address.clone(), "minio", SECRET.into())
    };
    let store = store(&config);
    let answered = match asked {
        Asked::Read => store.open("logs", "a.json").await.map(drop),
        Asked::List => ObjectSource::list(&store, "logs", "", &mut |_| {}).await,
        Asked::Write => write(&store, "logs", "a.json", b"[]").await,
    };
    answered.unwrap_err().chain()
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_are_lies_are_refused_in_little_memory_and_time() {
    const REFUSED: &str = "HTTP/1.1 403 Forbidden\r\n\r\n<Error><Code>AccessDenied</Code>\
                           <Message>Because.</Message></Error>";
    const WITHOUT_END: &str = "HTTP/1.1 200 OK\r\nETag: \"a\"\r\n\r\n<ListBucketResult>";
    const PAGE: &str = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n<ListBucketResult>\
                        <IsTruncated>true</IsTruncated><Contents><Key>a</Key></Contents>\
                        </ListBucketResult>";
    const LONGER: &str = "HTTP/1.1 206 Partial Content\r\nContent-Length: 8388609\r\n\r\n";
    for (what, lie, asked, says) in [
        (
            "a refusal without end",
            Lie::SaysWithoutEnd(REFUSED),
            Asked::Read,
            "AccessDenied",
        ),
        (
            "the same of a list",
            Lie::SaysWithoutEnd(REFUSED),
            Asked::List,
            "AccessDenied",
        ),
        (
            "the same of a write",
            Lie::SaysWithoutEnd(REFUSED),
            Asked::Write,
            "AccessDenied",
        ),
        (
            "an object without end",
            Lie::SaysWithoutEnd(WITHOUT_END),
            Asked::Read,
            "is longer",
        ),
        (
            "a list without end",
            Lie::SaysWithoutEnd(WITHOUT_END),
            Asked::List,
            "is longer",
        ),
        (
            "a success without end",
            Lie::SaysWithoutEnd(WITHOUT_END),
            Asked::Write,
            "is longer",
        ),
        (
            "more than the range",
            Lie::SaysWithoutEnd(LONGER),
            Asked::Read,
            "is longer",
        ),
        (
            "the same page for ever",
            Lie::Says(PAGE),
            Asked::List,
            "repeats itself",
        ),
        (
            "no tag",
            Lie::Says("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
            Asked::Write,
            "200",
        ),
        (
            "the tag of something else",
            Lie::Says(
                "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\
                 ETag: \"d41d8cd98f00b204e9800998ecf8427e\"\r\n\r\n",
            ),
            Asked::Write,
            "what was sent has d751713988987e9331980363e24189ce",
        ),
        (
            "an object that is cut off",
            Lie::Says("HTTP/1.1 206 Partial Content\r\nContent-Length: 100\r\n\r\nshort"),
            Asked::Read,
            "check the network",
        ),
        (
            "no time",
            Lie::Says("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"),
            Asked::Write,
            "503",
        ),
        (
            "no XML",
            Lie::Says("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno"),
            Asked::List,
            "understood",
        ),
    ] {
        let (liar, begin) = (Liar::start(lie), Instant::now());
        let text = ask(&liar, asked).await;
        assert!(text.contains(says), "{what}: {text}");
        assert!(
            begin.elapsed() < Duration::from_secs(10),
            "{what}: {:?}",
            begin.elapsed()
        );
        // Eight MiB are what a range and a page of names may have; the rest are buffers.
        assert!(
            liar.written() < 32 << 20,
            "{what}: {} bytes were taken",
            liar.written()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_redirect_is_followed_with_whatever_method() {
    let other = Liar::start(Lie::Says(
        "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Length: 0\r\n\r\n",
    ));
    let (_, port) = other.address.split_once(':').unwrap();
    let liar = Liar::start(Lie::Redirects(port.parse().unwrap()));
    for asked in [Asked::Read, Asked::List, Asked::Write] {
        let text = ask(&liar, asked).await;
        assert!(text.contains("which answered 307"), "{asked:?}: {text}");
    }
    assert_eq!((liar.requests(), other.requests()), (3, 0));
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
