//! The embedded servers, used as any client would.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

mod frames;
mod kafka;

use adapter_embedded::{EmbeddedRegistry, EmbeddedS3};
use s3::creds::Credentials;
use s3::error::S3Error;
use s3::{Bucket, BucketConfiguration, Region};
use secrecy::SecretString;

fn secret() -> SecretString {
    "minio123".into()
}

fn credentials(secret: &str) -> Credentials {
    Credentials::new(Some("minio"), Some(secret), None, None, None).unwrap()
}

fn region(store: &EmbeddedS3) -> Region {
    Region::Custom {
        region: "us-east-1".to_owned(),
        endpoint: store.endpoint(),
    }
}

async fn bucket(store: &EmbeddedS3, name: &str) -> Box<Bucket> {
    let config = BucketConfiguration::default();
    let made = Bucket::create_with_path_style(name, region(store), credentials("minio123"), config)
        .await
        .unwrap();
    assert!(
        (200..300).contains(&made.response_code),
        "{}",
        made.response_text
    );
    made.bucket
}

#[tokio::test]
async fn a_store_makes_buckets_and_keeps_objects_of_one_and_of_many_parts() {
    let store = EmbeddedS3::start(None, 0, "minio", &secret())
        .await
        .unwrap();
    let bucket = bucket(&store, "transactions").await;
    let small = b"[{\"data\":1}]".to_vec();
    bucket
        .put_object("/run/part-00000.json", &small)
        .await
        .unwrap();
    // Three parts of 8 MiB, the last one short.
    let large: Vec<u8> = (0..20_000_003_u32).map(|i| (i % 251) as u8).collect();
    bucket
        .put_object_stream(&mut large.as_slice(), "/run/part-00001.json")
        .await
        .unwrap();
    for (name, content) in [
        ("/run/part-00000.json", &small),
        ("/run/part-00001.json", &large),
    ] {
        assert!(
            bucket.get_object(name).await.unwrap().bytes() == content,
            "{name}"
        );
    }
    let pages = bucket.list("run/".to_owned(), None).await.unwrap();
    let mut listed: Vec<_> = pages.into_iter().flat_map(|page| page.contents).collect();
    listed.sort_by(|a, b| a.key.cmp(&b.key));
    let listed: Vec<_> = listed
        .iter()
        .map(|object| (object.key.as_str(), object.size))
        .collect();
    let expected = [
        ("run/part-00000.json", 12),
        ("run/part-00001.json", 20_000_003),
    ];
    assert_eq!(listed, expected);
}

#[tokio::test]
async fn open_uploads_are_listed_until_they_end() {
    let store = EmbeddedS3::start(None, 0, "minio", &secret())
        .await
        .unwrap();
    let bucket = bucket(&store, "transactions").await;
    let open = async |prefix: &str| -> Vec<(String, String)> {
        let pages = bucket.list_multiparts_uploads(Some(prefix), None).await;
        let uploads = pages.unwrap().into_iter().flat_map(|page| page.uploads);
        uploads.map(|upload| (upload.key, upload.id)).collect()
    };
    assert_eq!(open("").await, []);
    let begin = async |key: &str| {
        let begun = bucket.initiate_multipart_upload(key, "text/csv").await;
        begun.unwrap().upload_id
    };
    let (one, other) = (begin("run/1.csv").await, begin("run/2.csv").await);
    let both = [
        ("run/1.csv".to_owned(), one.clone()),
        ("run/2.csv".to_owned(), other),
    ];
    assert_eq!(open("").await, both);
    assert_eq!(open("run/2").await, both[1..]);
    bucket.abort_upload("run/1.csv", &one).await.unwrap();
    assert_eq!(open("run/").await, both[1..]);
}

#[tokio::test]
async fn a_store_refuses_a_wrong_key() {
    let store = EmbeddedS3::start(None, 0, "minio", &secret())
        .await
        .unwrap();
    bucket(&store, "transactions").await;
    let stranger = Bucket::new("transactions", region(&store), credentials("guessed"))
        .unwrap()
        .with_path_style();
    let refused = stranger.put_object("/a", b"b").await;
    assert!(
        matches!(refused, Err(S3Error::HttpFailWithBody(403, _))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_store_takes_its_own_folder_away_and_leaves_a_given_one() {
    let store = EmbeddedS3::start(None, 0, "minio", &secret())
        .await
        .unwrap();
    let own = store.root().to_owned();
    bucket(&store, "transactions").await;
    assert!(own.join("transactions").is_dir());
    drop(store);
    assert!(!own.exists());

    let given = tempfile::tempdir().unwrap();
    let start =
        async || EmbeddedS3::start(Some(given.path().to_owned()), 0, "minio", &secret()).await;
    let store = start().await.unwrap();
    bucket(&store, "transactions")
        .await
        .put_object("/a", b"kept")
        .await
        .unwrap();
    drop(store);
    let store = start().await.unwrap();
    let again = Bucket::new("transactions", region(&store), credentials("minio123"))
        .unwrap()
        .with_path_style();
    assert_eq!(
        again.get_object("/a").await.unwrap().bytes().as_ref(),
        b"kept"
    );
}

#[tokio::test]
async fn a_store_that_cannot_start_says_why() {
    let store = EmbeddedS3::start(None, 0, "minio", &secret())
        .await
        .unwrap();
    let port = store
        .endpoint()
        .rsplit(':')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let taken = EmbeddedS3::start(None, port, "minio", &secret())
        .await
        .unwrap_err();
    assert!(
        taken.to_string().contains(&format!("127.0.0.1:{port}")),
        "{taken}"
    );
    let nowhere = Some("/nowhere/at/all".into());
    let missing = EmbeddedS3::start(nowhere, 0, "minio", &secret())
        .await
        .unwrap_err();
    assert!(missing.to_string().contains("/nowhere/at/all"), "{missing}");
}

/// One request over a plain connection: the status and the body.
async fn ask(url: &str, method: &str, path: &str, body: &str) -> (u16, serde_json::Value) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let host = url.strip_prefix("http://").unwrap();
    let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap())
}

#[tokio::test]
async fn a_registry_gives_equal_schemas_one_id_and_finds_them_again() {
    let registry = EmbeddedRegistry::start(0).await.unwrap();
    let url = registry.url();
    let [one, other] = ["string", "long"].map(|kind| {
        serde_json::json!({"schema": format!("{{\"type\": \"{kind}\"}}"), "schemaType": "AVRO"})
            .to_string()
    });
    let unknown = ask(&url, "POST", "/subjects/a-value", &one).await;
    assert_eq!((unknown.0, &unknown.1["error_code"]), (404, &40_403.into()));
    for (subject, schema, id) in [
        ("a", &one, 1),
        ("a", &other, 2),
        ("b", &one, 1),
        ("a", &one, 1),
    ] {
        let path = format!("/subjects/{subject}-value/versions");
        let (status, answer) = ask(&url, "POST", &path, schema).await;
        assert_eq!((status, &answer["id"]), (200, &id.into()));
    }
    let (_, by_id) = ask(&url, "GET", "/schemas/ids/2", "").await;
    assert_eq!(by_id, serde_json::json!({"schema": "{\"type\": \"long\"}"}));
    for (path, expected) in [
        ("/subjects", serde_json::json!(["a-value", "b-value"])),
        ("/subjects/a-value/versions", serde_json::json!([1, 2])),
        ("/config", serde_json::json!({"compatibilityLevel": "NONE"})),
    ] {
        assert_eq!(ask(&url, "GET", path, "").await, (200, expected));
    }
    let (_, latest) = ask(&url, "GET", "/subjects/a-value/versions/latest", "").await;
    assert_eq!((&latest["version"], &latest["id"]), (&2.into(), &2.into()));
    let (_, found) = ask(&url, "POST", "/subjects/b-value", &one).await;
    assert_eq!((&found["version"], &found["id"]), (&1.into(), &1.into()));
    for (method, path, body, status) in [
        ("GET", "/schemas/ids/9", "", 404),
        ("GET", "/subjects/c-value/versions/latest", "", 404),
        ("GET", "/nowhere", "", 404),
        ("POST", "/subjects/a-value/versions", "no JSON", 422),
    ] {
        assert_eq!(
            ask(&url, method, path, body).await.0,
            status,
            "{method} {path}"
        );
    }
    drop(registry);
    tokio::task::yield_now().await;
    let host = url.strip_prefix("http://").unwrap().to_owned();
    assert!(std::net::TcpStream::connect(host).is_err());
}
