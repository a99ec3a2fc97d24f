//! A secret in each setting that takes one, and whatever leaves the process looked through for it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use data_emulator::settings::table;
use reqwest::Method;
use serde_json::json;

use crate::client::Client;
use crate::process::{Service, program};

const USER: &str = "the-user-that-may-be-shown";

/// What is secret for the setting.
fn canary(key: &str) -> String {
    format!("canary-0123456789abcdef-{}", key.replace(['.', '_'], "-"))
}

/// Every secret setting but `without`, and what makes the service use them where nothing answers.
fn settings(without: &[&str]) -> Vec<(String, String)> {
    let table = table();
    let secrets = table.iter().filter(|setting| setting.secret);
    let secrets = secrets.filter(|setting| !without.contains(&setting.key));
    let mut settings: Vec<_> = secrets
        .map(|setting| (setting.env(), canary(setting.key)))
        .collect();
    let others = [
        ("KAFKA_USERNAME", USER),
        ("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1"),
        ("MINIO_ENDPOINT", "127.0.0.1:1"),
        ("SCHEMA_REGISTRY_URL", "http://127.0.0.1:1"),
        ("AUTH_REQUIRED", "true"),
        ("CALLBACKS_ALLOWED_HOSTS", "127.0.0.1"),
        ("LOG_LEVEL", "DEBUG"),
    ];
    settings.extend(others.map(|(name, value)| (name.to_owned(), value.to_owned())));
    if !without.contains(&"schema_registry.password") {
        settings.push(("SCHEMA_REGISTRY_USERNAME".to_owned(), USER.to_owned()));
    }
    settings
}

/// All files below, as far as they are text.
fn content(folder: &Path, into: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            content(&path, into);
        } else if let Ok(bytes) = fs::read(&path) {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            into.push((path.display().to_string(), text));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_leaves_the_process_in_answers_logs_metrics_errors_or_files() {
    for without in [
        &["schema_registry.token"][..],
        &["schema_registry.password"],
    ] {
        let folder = tempfile::tempdir().unwrap();
        let settings = settings(without);
        let created = program(folder.path())
            .args("token create machine --role operator --data-dir data".split(' '))
            .output()
            .unwrap();
        let token = String::from_utf8(created.stdout).unwrap().trim().to_owned();
        assert!(token.starts_with("dtk_"), "{token}");
        let service =
            Service::start_logging(folder.path(), &["--data-dir", "data"], settings.clone());
        let client = Client::of(&service);
        let mut seen = Vec::new();
        let admin = canary("auth.admin_token");
        let wrong = "wrong-token-0123456789abcdef";
        for (method, path, token, body) in [
            ("GET", "/system", &*admin, None),
            ("GET", "/metrics", &admin, None),
            ("GET", "/whoami", &admin, None),
            ("GET", "/openapi.json", &admin, None),
            ("GET", "/health/ready", &admin, None),
            ("GET", "/nowhere?a=b", &admin, None),
            ("GET", "/emulator", &token, None),
            ("GET", "/emulator", wrong, None),
            ("POST", "/emulator", &token, Some(("kafka", "avro"))),
            ("POST", "/emulator", &token, Some(("minio", "ndjson"))),
            ("POST", "/emulator", &token, Some(("nowhere", "ndjson"))),
            ("POST", "/emulator", &token, Some(("null", "ndjson"))),
            ("DELETE", "/models/x", &token, None),
            ("GET", "/emulator", &admin, None),
            ("GET", "/system", &admin, None),
            ("GET", "/metrics", &admin, None),
        ] {
            let url = format!("{}{path}", client.url);
            let request = client
                .http
                .request(Method::from_bytes(method.as_bytes()).unwrap(), url);
            let mut request = request.bearer_auth(token);
            if let Some((sink, format)) = body {
                request = request.json(&json!({
                    "emulator_sync": sink, "emulation_domain": "transaction", "format_type": format,
                    "sync_type": "grouped", "max_chunk_size": 1, "timeout": 60, "count": 10,
                    "callback_url": "http://127.0.0.1:1/hook-0123-path?key=hook-0123-key",
                }));
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            let answer = request.send().await.unwrap();
            let head = format!("{} {:?}", answer.status(), answer.headers());
            seen.push((
                format!("{method} {path}"),
                head + &answer.text().await.unwrap(),
            ));
        }
        for token in [&*admin, wrong] {
            let login = client.http.post(format!("{}/login", client.url));
            let kind = ("content-type", "application/x-www-form-urlencoded");
            let login = login.header(kind.0, kind.1).body(format!("token={token}"));
            let answer = login.send().await.unwrap();
            let head = format!("{} {:?}", answer.status(), answer.headers());
            seen.push(("login".to_owned(), head + &answer.text().await.unwrap()));
        }
        tokio::time::sleep(Duration::from_secs(5)).await;
        service.signal("TERM");
        service.end();
        let everything = [
            settings.clone(),
            vec![
                (
                    "SCHEMA_REGISTRY_TOKEN".to_owned(),
                    canary("schema_registry.token"),
                ),
                (
                    "SCHEMA_REGISTRY_PASSWORD".to_owned(),
                    canary("schema_registry.password"),
                ),
            ],
        ]
        .concat();
        let short = [
            settings.clone(),
            vec![("AUTH_ADMIN_TOKEN".to_owned(), "canary-012345".to_owned())],
        ];
        for (line, settings) in [
            ("config show", &settings),
            ("config show --json", &settings),
            ("config check", &settings),
            ("config check", &everything),
            ("config check", &short.concat()),
            ("token list --data-dir data --json", &settings),
            (
                "emulate transaction --to kafka --count 1 --timeout 1",
                &settings,
            ),
        ] {
            let mut command = program(folder.path());
            let output = command.args(line.split(' ')).envs(settings.clone());
            let output = output.output().unwrap();
            let text = [output.stdout, output.stderr].concat();
            seen.push((line.to_owned(), String::from_utf8_lossy(&text).into_owned()));
        }
        content(folder.path(), &mut seen);
        // What is looked through is what it should be.
        for (place, part) in [
            ("config show", USER),
            ("log", "HTTP request"),
            ("audit.jsonl", "\"who\":\"machine\""),
            ("GET /emulator", "kafka"),
            ("GET /metrics", "# TYPE"),
            ("GET /emulator", "http://127.0.0.1:1\""),
            ("log", "a callback was not taken"),
        ] {
            let found = seen
                .iter()
                .any(|(name, text)| name.ends_with(place) && text.contains(part));
            assert!(found, "{place} has no {part}");
        }
        let secret = token.rsplit_once('_').unwrap().1;
        for (place, text) in &seen {
            // Where a run goes on from knows whom it tells.
            let is_state = place.ends_with("emulations.redb");
            for hidden in ["canary-0123", secret, wrong, "hook-0123"] {
                if is_state && hidden == "hook-0123" {
                    continue;
                }
                let at = text.find(hidden);
                assert_eq!(
                    at,
                    None,
                    "{place}: {}",
                    &text[at.unwrap_or(0).saturating_sub(100)..]
                );
            }
        }
    }
}
