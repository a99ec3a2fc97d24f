//! A store and a sender of tasks in the test, and the program beside them.

use std::collections::HashMap;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use adapter_embedded::EmbeddedS3;
use compute_domain::{ObjectKey, Outcome, TaskId};
use compute_rest::receiver::{Report, receiver};
use platform_http::Server;
use platform_http::settings::HttpSettings;
use serde_json::json;
use tempfile::TempDir;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub(crate) const PICTURE: &[u8] = include_bytes!("../../src/samples/picture.png");

const BUCKET: &str = "engine";
const KEY: &str = "embedded";

/// The program, away from the settings of whoever runs the tests.
pub(crate) fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_compute-service"));
    command.env_clear().current_dir(folder).stdin(Stdio::null());
    command
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// What a service needs around it.
pub(crate) struct Around {
    folder: TempDir,
    store: EmbeddedS3,
    callback: String,
    reports: UnboundedReceiver<Report>,
    http: reqwest::Client,
}

impl Around {
    /// With one object, a picture.
    pub(crate) async fn start() -> Self {
        platform_runtime::tls::install_provider();
        let store = EmbeddedS3::start(None, 0, KEY, &KEY.into()).await.unwrap();
        fs::create_dir(store.root().join(BUCKET)).unwrap();
        fs::write(store.root().join(BUCKET).join("picture.png"), PICTURE).unwrap();
        let (routes, reports) = receiver();
        let stop = CancellationToken::new();
        let server = Server::bind(&HttpSettings::loopback(), routes, None, stop).unwrap();
        let callback = format!("http://{}", server.address());
        tokio::spawn(server.run());
        Self {
            folder: tempfile::tempdir().unwrap(),
            store,
            callback,
            reports,
            http: reqwest::Client::new(),
        }
    }

    /// The service `average-colour` as a process.
    pub(crate) fn serve(&self, port: u16) -> Child {
        let hosts = self.callback.trim_start_matches("http://");
        program(self.folder.path())
            .args(["serve", "average-colour", "--host", "127.0.0.1"])
            .args(["--port", &port.to_string()])
            .env("ENGINE_URLS", "[]")
            .env("ALLOWED_HOSTS", hosts)
            .env("S3_HOST", self.store.endpoint())
            .env("TASKS_KEY", "5".repeat(64))
            .env("MAX_TASKS", "1000")
            .env("LOG_LEVEL", "ERROR")
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// Sends tasks one after the other, each until it is accepted.
    pub(crate) fn send_all(&self, port: u16, count: u64) -> JoinHandle<()> {
        let (http, store, callback) = (
            self.http.clone(),
            self.store.endpoint(),
            self.callback.clone(),
        );
        tokio::spawn(async move {
            for number in 0..count {
                let id = Uuid::from_u128(number.into());
                let body = json!({
                    "s3_access_key_id": KEY,
                    "s3_secret_access_key": KEY,
                    "s3_region": "us-east-1",
                    "s3_host": store,
                    "s3_bucket": BUCKET,
                    "task": {"id": id.to_string(), "data_in": ["picture.png"]},
                    "callback_url": format!("{callback}/tasks/{id}"),
                });
                loop {
                    let sent = http
                        .post(format!("http://127.0.0.1:{port}/compute"))
                        .json(&body);
                    match sent.send().await {
                        Ok(answer) if answer.status() == 200 => break,
                        Ok(answer) if answer.status().is_client_error() => {
                            panic!("{}", answer.text().await.unwrap())
                        }
                        _ => tokio::time::sleep(Duration::from_millis(20)).await,
                    }
                }
            }
        })
    }

    /// What was reported of each task, once all have been.
    pub(crate) async fn reports_of(&mut self, count: u64) -> HashMap<TaskId, Vec<Outcome>> {
        let mut all: HashMap<TaskId, Vec<Outcome>> = HashMap::new();
        while (all.len() as u64) < count {
            let report = tokio::time::timeout(Duration::from_secs(60), self.reports.recv());
            let Ok(report) = report.await else {
                panic!("{} of {count} tasks were reported", all.len())
            };
            let (id, outcome) = report.unwrap();
            all.entry(id).or_default().push(outcome);
        }
        // Repetitions may still come.
        tokio::time::sleep(Duration::from_secs(2)).await;
        while let Ok((id, outcome)) = self.reports.try_recv() {
            all.entry(id).or_default().push(outcome);
        }
        all
    }

    pub(crate) fn has(&self, key: &ObjectKey) -> bool {
        self.store.root().join(BUCKET).join(key.as_str()).exists()
    }

    /// How many objects there are.
    pub(crate) fn objects(&self) -> usize {
        let names = fs::read_dir(self.store.root().join(BUCKET)).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        // Those with a dot are the store's own.
        names.filter(|name| !name.starts_with('.')).count()
    }
}
