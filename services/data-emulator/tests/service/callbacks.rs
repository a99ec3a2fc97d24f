//! Whoever asked for it is told how runs ended, through kill -9; and nobody else is.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use platform_egress::contract::REFUSED;
use serde_json::{Value, json};

use crate::client::Client;
use crate::process::{Service, program};

pub(crate) const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// The settings that let runs name these hosts.
pub(crate) fn settings(hosts: &str) -> Vec<(String, String)> {
    [("ALLOWED_HOSTS", hosts), ("SECRET", SECRET)]
        .map(|(name, value)| (format!("CALLBACKS_{name}"), value.to_owned()))
        .to_vec()
}

/// A run of ten records to nowhere that tells these.
pub(crate) fn request(callbacks: Value) -> Value {
    json!({
        "emulator_sync": "null", "emulation_domain": "transaction", "format_type": "json",
        "sync_type": "grouped", "max_chunk_size": 1, "timeout": 60, "count": 10,
        "pace": "unlimited", "callbacks": callbacks,
    })
}

/// Somebody who is told, and takes it or not.
struct Receiver {
    url: String,
    takes: Arc<AtomicBool>,
    received: Arc<Mutex<Vec<Value>>>,
}

impl Receiver {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/a-secret-path", listener.local_addr().unwrap());
        let (takes, received) = (
            Arc::<AtomicBool>::default(),
            Arc::<Mutex<Vec<_>>>::default(),
        );
        let (own, kept) = (takes.clone(), received.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                // A sender that was killed.
                let Some(body) = body(stream.as_ref().unwrap()) else {
                    continue;
                };
                kept.lock().unwrap().push(body);
                let status = if own.load(Ordering::SeqCst) { 204 } else { 503 };
                let answer = format!(
                    "HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                );
                let _ = stream.unwrap().write_all(answer.as_bytes());
            }
        });
        Self {
            url,
            takes,
            received,
        }
    }

    fn received(&self) -> Vec<Value> {
        self.received.lock().unwrap().clone()
    }
}

/// The body of a request that is signed.
fn body(stream: &TcpStream) -> Option<Value> {
    let mut reader = BufReader::new(stream);
    let (mut length, mut is_signed) = (0, false);
    reader.read_line(&mut String::new()).ok()?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let Some((name, value)) = line.trim().split_once(": ") else {
            break;
        };
        match &*name.to_lowercase() {
            "content-length" => length = value.parse().unwrap(),
            "x-emulator-signature" => is_signed = true,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    is_signed.then(|| serde_json::from_slice(&body).unwrap())
}

async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    for _ in 0..1000 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("never: {what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_taken_is_told_by_the_process_after_a_kill_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::start();
    let start = || {
        let hosts = receiver.url.split('/').nth(2).unwrap();
        Service::start_with(folder.path(), &["--data-dir", "data"], settings(hosts))
    };
    let service = start();
    let client = Client::of(&service);
    let mut ids = Vec::new();
    for _ in 0..3 {
        let told = json!({"ended": receiver.url, "failed": receiver.url});
        let id = client.post(&request(told)).await;
        client.ended(&id, Duration::from_secs(20)).await;
        ids.push(id);
    }
    until("an attempt is on record", async || {
        client.status(&ids[0]).await["callbacks"][0]["attempts"].as_u64() > Some(0)
    })
    .await;
    let status = client.status(&ids[0]).await;
    let [ended, failed] = [0, 1].map(|at| status["callbacks"][at].clone());
    assert_eq!(ended["state"], "due", "{ended}");
    assert_eq!(ended["error"], "503 Service Unavailable", "{ended}");
    let host = receiver.url.strip_suffix("/a-secret-path").unwrap();
    assert_eq!(ended["host"], host, "{ended}");
    assert_eq!(
        failed,
        json!({"event": "failed", "host": host, "state": "not needed"})
    );
    service.signal("KILL");
    service.end();
    let before = receiver.received().len();
    assert!((1..6).contains(&before), "{before}");
    assert!(
        receiver
            .received()
            .iter()
            .all(|told| told["emulation"]["id"] == ids[0].as_str())
    );

    receiver.takes.store(true, Ordering::SeqCst);
    let service = start();
    let client = Client::of(&service);
    for id in &ids {
        until("all are told", async || {
            client.status(id).await["callbacks"][0]["state"] == "delivered"
        })
        .await;
    }
    let after: Vec<_> = receiver.received().split_off(before);
    let told: Vec<_> = after
        .iter()
        .map(|told| told["id"].as_str().unwrap())
        .collect();
    assert_eq!(
        told,
        ids.iter()
            .map(|id| format!("{id}.ended"))
            .collect::<Vec<_>>()
    );
    assert_eq!(after[0]["emulation"]["status"], "completed");
    assert_eq!(after[0]["emulation"]["records"]["acknowledged"], 10);
    service.signal("TERM");
    assert_eq!(service.end(), Some(0));
    // Nobody is told once more.
    let service = start();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(receiver.received().len(), before + 3);
    drop(service);
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_nobody_may_tell_is_refused_before_the_run_starts() {
    let folder = tempfile::tempdir().unwrap();
    let options = ["--data-dir", "memory"];
    let service = Service::start_with(folder.path(), &options, settings("*"));
    let client = Client::of(&service);
    let refused = async |client: &Client, field: &str, value: Value| {
        let mut body = request(json!(null));
        body[field] = value.clone();
        for path in ["emulator", "emulator/check"] {
            let answer = client.http.post(format!("{}/{path}", client.url));
            let answer = answer.json(&body).send().await.unwrap();
            assert_eq!(answer.status(), 400, "{path} {value}");
            let answer: Value = answer.json().await.unwrap();
            let error = &answer["errors"][0];
            assert_eq!(error["field"], field, "{answer}");
            let detail = error["detail"].as_str().unwrap().to_owned();
            assert!(
                !detail.contains("password") || detail.contains("user name"),
                "{detail}"
            );
            if path == "emulator/check" {
                return detail;
            }
        }
        unreachable!()
    };
    for url in REFUSED {
        let why = refused(&client, "callback_url", json!(url)).await;
        let is_told = ["allowed", "expected"]
            .iter()
            .any(|word| why.contains(word));
        assert!(is_told, "{url:?}: {why}");
    }
    for (field, value, says) in [
        ("callback_url", json!(7), "expected a URL as text"),
        (
            "callbacks",
            json!("https://a.example"),
            "by events, ended or failed",
        ),
        (
            "callbacks",
            json!({"paused": "https://a.example/hidden"}),
            "by events, ended or failed",
        ),
        (
            "callbacks",
            json!({"endet": "https://a.example/hidden"}),
            "got 'endet'; expected an object of URLs by events, ended or failed; did you mean 'ended'?",
        ),
        (
            "callbacks",
            json!({"failed": ["https://a.example"]}),
            "expected a URL as text",
        ),
        (
            "callbacks",
            json!({"ended": "http://10.0.0.1"}),
            "allowed are all public addresses",
        ),
    ] {
        let why = refused(&client, field, value).await;
        assert!(why.contains(says) && !why.contains("hidden"), "{why}");
    }
    let mut both = request(json!({"ended": "https://a.example"}));
    both["callback_url"] = json!("https://a.example");
    let answer = client
        .http
        .post(format!("{}/emulator", client.url))
        .json(&both);
    let answer: Value = answer.send().await.unwrap().json().await.unwrap();
    assert_eq!(
        answer["detail"],
        "callback_url and callbacks are given; expected one of both"
    );
    let list = client.http.get(format!("{}/emulator", client.url)).send();
    let list: Value = list.await.unwrap().json().await.unwrap();
    assert_eq!(list["emulations"], json!([]));

    let silent = Service::start_with(folder.path(), &options, Vec::new());
    let why = refused(
        &Client::of(&silent),
        "callback_url",
        json!("https://a.example"),
    )
    .await;
    assert!(
        why.contains("sets callbacks.secret and callbacks.allowed_hosts"),
        "{why}"
    );
}

#[test]
fn one_setting_without_the_other_is_refused_and_so_is_a_short_secret() {
    let folder = tempfile::tempdir().unwrap();
    for (hosts, secret, says) in [
        (Some("a.example"), None, "callbacks.allowed_hosts is set"),
        (None, Some(SECRET), "callbacks.secret is set"),
        (
            Some("a.example"),
            Some("short-one"),
            "shorter than 32 characters",
        ),
        (
            Some("http://a"),
            Some(SECRET),
            "expected HOST, HOST:PORT, *.DOMAIN or *",
        ),
    ] {
        let mut command = program(folder.path());
        let named = [
            ("CALLBACKS_ALLOWED_HOSTS", hosts),
            ("CALLBACKS_SECRET", secret),
        ];
        let set = named
            .iter()
            .filter_map(|(name, value)| Some((name, (*value)?)));
        let output = command
            .args(["config", "check"])
            .envs(set)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && told.contains(says), "{told}");
        assert!(secret.is_none_or(|secret| !told.contains(secret)), "{told}");
    }
}

#[test]
fn the_document_shows_the_check_of_the_example() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap();
    let example = read("examples/callbacks/receiver.py");
    let begin = example.find("def verified").unwrap();
    let end = begin + example[begin..].find("\n\n\n").unwrap();
    assert!(read("docs/how-to/callbacks.md").contains(&example[begin..end]));
}
