//! The engine as a process, and what is asked of it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use adapter_embedded::EmbeddedS3;
use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{Serving, free_port, serving, until};

fn required(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| {
        panic!(
            "{name} is not set: start the servers with `deploy/local/servers up` and set what \
             `deploy/local/servers env` prints"
        )
    })
}

/// The file in which an engine keeps what it knows.
const STATE: &str = "engine.json";

/// An object store that engine and services share.
pub(crate) struct Store {
    endpoint: String,
    key: String,
    secret: String,
    region: String,
    _embedded: Option<EmbeddedS3>,
}

impl Store {
    pub(crate) fn minio() -> Self {
        Self::named("MINIO", "us-east-1".to_owned())
    }

    pub(crate) fn garage() -> Self {
        Self::named("GARAGE", required("GARAGE_REGION"))
    }

    /// The one whose variables begin so.
    fn named(server: &str, region: String) -> Self {
        let of = |what| required(&format!("{server}_{what}"));
        Self {
            endpoint: format!("http://{}", of("ENDPOINT")),
            key: of("ACCESS_KEY"),
            secret: of("SECRET_KEY"),
            region,
            _embedded: None,
        }
    }

    pub(crate) async fn s3s() -> Self {
        let store = EmbeddedS3::start(None, 0, "key", &"secret".into())
            .await
            .unwrap();
        Self {
            endpoint: store.endpoint(),
            key: "key".to_owned(),
            secret: "secret".to_owned(),
            region: "us-east-1".to_owned(),
            _embedded: Some(store),
        }
    }
}

/// An engine, and a folder for services.
pub(crate) struct Engine {
    store: Store,
    port: u16,
    process: Serving,
    http: reqwest::Client,
    folder: TempDir,
}

impl Engine {
    pub(crate) async fn start(store: Store) -> Self {
        platform_runtime::tls::install_provider();
        let (port, folder) = (free_port(), tempfile::tempdir().unwrap());
        let engine = Self {
            process: run(&store, port, folder.path()),
            store,
            port,
            http: reqwest::Client::new(),
            folder,
        };
        engine.ready().await;
        engine
    }

    async fn ready(&self) {
        until("the engine answers", async || {
            self.get("/services").await.0 == 200
        })
        .await;
    }

    pub(crate) fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again. It knows nobody then.
    pub(crate) async fn restart(&mut self) {
        // There is nothing to forget before it was told something.
        let _ = std::fs::remove_file(self.folder.path().join(STATE));
        self.come_back().await;
    }

    /// Starts it again, with what it knew.
    pub(crate) async fn come_back(&mut self) {
        self.process = run(&self.store, self.port, self.folder.path());
        self.ready().await;
    }

    /// A service that makes itself known to this engine.
    pub(crate) fn serve(&self, slug: &str, port: u16) -> Serving {
        let mut command = serving(self.folder.path(), slug, port);
        command
            .env("ENGINE_URLS", format!("[\"{}\"]", self.url("")))
            .env("ENGINE_PING_INTERVAL", "1")
            .env("ENGINE_ANNOUNCE_RETRY_DELAY", "1")
            .env("SERVICE_URL", format!("http://127.0.0.1:{port}"))
            .env("S3_HOST", &self.store.endpoint);
        Serving(command.spawn().unwrap())
    }

    /// A service that the engine knows.
    pub(crate) async fn served(&self, slug: &str) -> Serving {
        let service = self.serve(slug, free_port());
        self.becomes(slug, "available").await;
        service
    }

    /// Waits until the engine takes the service for that.
    pub(crate) async fn becomes(&self, slug: &str, status: &str) {
        let what = format!("the engine takes {slug} for {status}");
        let path = format!("/services/slug/{slug}");
        until(&what, async || {
            let (_, record) = self.get(&path).await;
            record["status"] == status
                && (status != "available" || !record["latest_ping"].is_null())
        })
        .await;
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> (u16, Value) {
        match request.timeout(Duration::from_secs(10)).send().await {
            Ok(answer) => {
                let status = answer.status().as_u16();
                (status, answer.json().await.unwrap_or_default())
            }
            Err(_) => (0, Value::Null),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        self.answer(self.http.get(self.url(path))).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.answer(self.http.post(self.url(path)).json(body)).await
    }

    /// Uploads files by the names of the service's fields, as the engine's users do; gives the task.
    pub(crate) async fn upload(&self, path: &str, files: &[(&str, &str, &[u8])]) -> (u16, Value) {
        const BOUNDARY: &str = "boundary-of-the-test";
        let mut body = Vec::new();
        for (field, name, content) in files {
            let head = format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; \
                 filename=\"{name}\"\r\n\r\n"
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        let media_type = format!("multipart/form-data; boundary={BOUNDARY}");
        let request = self.http.post(self.url(path)).body(body);
        self.answer(request.header("Content-Type", media_type))
            .await
    }

    /// The task once it has ended.
    pub(crate) async fn ended(&self, task: &Value) -> Value {
        let path = format!("/tasks/{}", task["id"].as_str().unwrap());
        until("the task ends", async || {
            let (_, task) = self.get(&path).await;
            matches!(task["status"].as_str(), Some("finished" | "error"))
        })
        .await;
        self.get(&path).await.1
    }

    /// What an object holds.
    pub(crate) async fn object(&self, key: &Value) -> Vec<u8> {
        let url = self.url(&format!("/test/object/{}", key.as_str().unwrap()));
        let answer = self.http.get(url).send().await.unwrap();
        answer.bytes().await.unwrap().to_vec()
    }
}

fn run(store: &Store, port: u16, folder: &Path) -> Serving {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/local/compute/engine.py");
    let python = PathBuf::from(required("COMPUTE_PYTHON"));
    let bucket = format!("engine-{port}");
    let mut command = Command::new(python);
    command
        .arg(script)
        .args(["--port", &port.to_string(), "--bucket", &bucket])
        .args(["--s3-host", &store.endpoint, "--s3-key", &store.key])
        .args(["--s3-secret", &store.secret, "--s3-region", &store.region])
        .args(["--check-every", "1", "--ping-age", "4", "--state"])
        .arg(folder.join(STATE))
        .stdin(Stdio::null());
    Serving(command.spawn().unwrap())
}
