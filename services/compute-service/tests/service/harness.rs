//! A store and a sender of tasks in the test, and the program beside them.

use std::collections::HashMap;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use adapter_embedded::EmbeddedS3;
use compute_domain::{ObjectKey, Outcome, TaskId};
use compute_rest::receiver::{Report, receiver};
use platform_http::Server;
use platform_http::settings::HttpSettings;
use serde_json::{Value, json};
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

/// A service as a process on this machine.
pub(crate) fn serving(folder: &Path, slug: &str, port: u16) -> Command {
    let mut command = program(folder);
    command
        .args(["serve", slug, "--host", "127.0.0.1"])
        .args(["--port", &port.to_string()])
        .env("ENGINE_URLS", "[]")
        .env("TASKS_KEY", "5".repeat(64))
        .env("MAX_TASKS", "1000")
        .env("LOG_LEVEL", "ERROR")
        .stdout(Stdio::null());
    command
}

/// A process that ends with the test.
pub(crate) struct Serving(pub(crate) Child);

impl Serving {
    /// Kills it with -9.
    pub(crate) fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Asks it to end, and gives its exit code.
    pub(crate) fn end(&mut self) -> Option<i32> {
        let killed = Command::new("kill").arg(self.0.id().to_string()).status();
        assert!(killed.unwrap().success());
        self.0.wait().unwrap().code()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A task as an engine sends it.
pub(crate) fn task(store: &str, callback: &str, number: u64, keys: &[&str]) -> Value {
    let id = Uuid::from_u128(number.into());
    json!({
        "s3_access_key_id": KEY,
        "s3_secret_access_key": KEY,
        "s3_region": "us-east-1",
        "s3_host": store,
        "s3_bucket": BUCKET,
        "task": {"id": id.to_string(), "data_in": keys},
        "callback_url": format!("{callback}/tasks/{id}"),
    })
}

/// Waits for half a minute at most.
pub(crate) async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !is_so().await {
        assert!(Instant::now() < end, "{what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
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
    pub(crate) fn serve(&self, port: u16) -> Serving {
        self.serve_as("average-colour", port, &[])
    }

    /// A service as a process, with other settings.
    pub(crate) fn serve_as(&self, slug: &str, port: u16, settings: &[(&str, &str)]) -> Serving {
        let hosts = self.callback.trim_start_matches("http://");
        let mut command = serving(self.folder.path(), slug, port);
        command
            .env("ALLOWED_HOSTS", hosts)
            .env("S3_HOST", self.store.endpoint())
            .envs(settings.iter().copied());
        Serving(command.spawn().unwrap())
    }

    /// Puts an object there.
    pub(crate) fn put(&self, key: &str, content: impl AsRef<[u8]>) {
        fs::write(self.store.root().join(BUCKET).join(key), content).unwrap();
    }

    /// What an object holds.
    pub(crate) fn get(&self, key: &ObjectKey) -> Vec<u8> {
        fs::read(self.store.root().join(BUCKET).join(key.as_str())).unwrap()
    }

    /// A task as an engine sends it.
    pub(crate) fn task(&self, number: u64, keys: &[&str]) -> Value {
        task(&self.store.endpoint(), &self.callback, number, keys)
    }

    /// Hands a task in, and gives what came back.
    pub(crate) async fn send(&self, port: u16, task: &Value) -> (u16, Value) {
        let url = format!("http://127.0.0.1:{port}/compute");
        let answer = self.http.post(url).json(task).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap())
    }

    /// What the page is told.
    pub(crate) async fn overview(&self, port: u16) -> Value {
        let url = format!("http://127.0.0.1:{port}/api/overview");
        self.http
            .get(url)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    /// Waits until the service answers.
    pub(crate) async fn ready(&self, port: u16) {
        let url = format!("http://127.0.0.1:{port}/status");
        until("the service answers", async || {
            self.http.get(&url).send().await.is_ok()
        })
        .await;
    }

    /// What was reported of the next task.
    pub(crate) async fn report(&mut self) -> Report {
        let report = tokio::time::timeout(Duration::from_secs(60), self.reports.recv());
        report.await.expect("a task is reported").unwrap()
    }

    /// Sends tasks on an object one after the other, each until it is accepted.
    pub(crate) fn send_all(&self, port: u16, count: u64, key: &str) -> JoinHandle<()> {
        let http = self.http.clone();
        let tasks: Vec<_> = (0..count).map(|number| self.task(number, &[key])).collect();
        tokio::spawn(async move {
            for task in tasks {
                loop {
                    let sent = http
                        .post(format!("http://127.0.0.1:{port}/compute"))
                        .json(&task);
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

    /// The processes that work in the folder: services, and those who work for them.
    pub(crate) fn processes(&self) -> Vec<u32> {
        let folder = self.folder.path().canonicalize().unwrap();
        let processes = fs::read_dir("/proc").unwrap();
        let ids = processes.filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
        ids.filter(|id: &u32| {
            let at = fs::read_link(format!("/proc/{id}/cwd"));
            at.is_ok_and(|at| at == folder)
        })
        .collect()
    }

    /// How many objects there are.
    pub(crate) fn objects(&self) -> usize {
        let names = fs::read_dir(self.store.root().join(BUCKET)).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        // Those with a dot are the store's own.
        names.filter(|name| !name.starts_with('.')).count()
    }
}
