//! The readers of `deploy/local`: confluent-kafka and boto3, which share no code with us.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

/// What `deploy/local/servers env` exports.
pub(crate) fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!(
            "{name} is not set. Start the servers and name them: deploy/local/servers up && \
             eval \"$(deploy/local/servers env)\"; or `just test-live`"
        )
    })
}

/// A name that no topic or bucket has had.
pub(crate) fn fresh(what: &str) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    format!("live-{what}-{}-{number}", now.as_millis())
}

/// The settings that lead the program to the servers.
pub(crate) fn servers() -> Vec<(String, String)> {
    [
        "KAFKA_BOOTSTRAP_SERVERS",
        "MINIO_ENDPOINT",
        "MINIO_ACCESS_KEY",
        "MINIO_SECRET_KEY",
    ]
    .map(|name| (name.to_owned(), env(name)))
    .to_vec()
}

/// A file of `deploy/local`.
pub(crate) fn local(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../deploy/local")
        .join(file)
}

/// The lines of a script of `deploy/local`, each a JSON object.
pub(crate) fn script(file: &str, arguments: &[&str]) -> Vec<Value> {
    let output = Command::new(env("LOCAL_PYTHON"))
        .arg(local(file))
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "{file} {arguments:?} failed");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// A message as confluent-kafka sees it.
pub(crate) struct Seen {
    pub(crate) partition: i64,
    pub(crate) key: String,
    pub(crate) value: String,
}

/// All that a topic holds, in order of partition and offset.
pub(crate) fn topic(name: &str, count: usize, more: &[&str]) -> Vec<Seen> {
    let (servers, count) = (env("KAFKA_BOOTSTRAP_SERVERS"), count.to_string());
    let mut arguments = vec![
        "--bootstrap",
        &servers,
        "--topic",
        name,
        "--count",
        &count,
        "--to-end",
        "--timeout",
        "120",
    ];
    arguments.extend(more);
    let mut seen: Vec<_> = script("read_kafka.py", &arguments)
        .into_iter()
        .map(|mut message| {
            let position = (
                message["partition"].as_i64().unwrap(),
                message["offset"].as_i64().unwrap(),
            );
            let mut text = |field: &str| match message[field].take() {
                Value::String(text) => text,
                other => panic!("{field} is {other}"),
            };
            (position, text("key"), text("value"))
        })
        .collect();
    seen.sort_by_key(|(position, ..)| *position);
    let seen = seen.into_iter();
    seen.map(|((partition, _), key, value)| Seen {
        partition,
        key,
        value,
    })
    .collect()
}

/// The values of a topic, read as Avro by the schemas of the registry.
pub(crate) fn registered_topic(name: &str, count: usize) -> Vec<Value> {
    let (servers, count) = (env("KAFKA_BOOTSTRAP_SERVERS"), count.to_string());
    let registry = env("SCHEMA_REGISTRY_URL");
    let arguments = [
        "--bootstrap",
        &servers,
        "--topic",
        name,
        "--registry",
        &registry,
        "--count",
        &count,
        "--to-end",
        "--read-committed",
        "--timeout",
        "120",
    ];
    let messages = script("read_kafka.py", &arguments).into_iter();
    messages
        .map(|mut message| message["value"].take())
        .collect()
}

/// The objects of a bucket below a prefix by name, with their SHA-256.
pub(crate) fn bucket(name: &str, prefix: &str) -> Vec<(String, String)> {
    let endpoint = env("MINIO_ENDPOINT");
    script(
        "read_s3.py",
        &[
            "--endpoint",
            &endpoint,
            "--bucket",
            name,
            "--prefix",
            prefix,
            "--sha256",
        ],
    )
    .into_iter()
    .map(|object| {
        let text = |field: &str| object[field].as_str().unwrap().to_owned();
        (text("key"), text("sha256"))
    })
    .collect()
}

/// The objects of a bucket by name, with their bytes.
#[cfg(feature = "chaos")]
pub(crate) fn sizes(bucket: &str) -> Vec<(String, u64)> {
    let endpoint = env("MINIO_ENDPOINT");
    script(
        "read_s3.py",
        &["--endpoint", &endpoint, "--bucket", bucket, "--list"],
    )
    .into_iter()
    .map(|object| {
        let key = object["key"].as_str().unwrap().to_owned();
        (key, object["size"].as_u64().unwrap())
    })
    .collect()
}

/// The content of one object.
pub(crate) fn object(bucket: &str, key: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("object");
    let (endpoint, out) = (env("MINIO_ENDPOINT"), file.to_str().unwrap());
    script(
        "read_s3.py",
        &[
            "--endpoint",
            &endpoint,
            "--bucket",
            bucket,
            "--get",
            key,
            "--out",
            out,
        ],
    );
    std::fs::read_to_string(file).unwrap()
}

/// How many multipart uploads of a name were begun and not ended.
pub(crate) fn open_uploads(bucket: &str, name: &str) -> usize {
    let endpoint = env("MINIO_ENDPOINT");
    script(
        "read_s3.py",
        &[
            "--endpoint",
            &endpoint,
            "--bucket",
            bucket,
            "--prefix",
            name,
            "--uploads",
        ],
    )
    .len()
}

/// What Kafka's own tool says of a topic.
pub(crate) fn describe(topic: &str) -> String {
    let output = Command::new(local("servers"))
        .args([
            "kafka-tool",
            "TopicCommand",
            "--bootstrap-server",
            &env("KAFKA_BOOTSTRAP_SERVERS"),
        ])
        .args(["--describe", "--topic", topic])
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}
