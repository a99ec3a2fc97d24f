//! The program as a process.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use reqwest::{Client, RequestBuilder};
use serde_json::Value;

/// The program with a data folder and, of the environment, nothing but `variables`.
pub(crate) fn program(data: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_data-warehouse"));
    command
        .env_clear()
        .current_dir(data)
        .env("DATA_DIR", data)
        .envs(variables.iter().copied())
        .args(arguments);
    command
}

pub(crate) fn run(data: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    program(data, variables, arguments).output().unwrap()
}

/// Standard output of a command that succeeds.
pub(crate) fn succeed(data: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> String {
    let output = run(data, variables, arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

/// Standard output of a command that succeeds, and the most memory that it had, in bytes.
pub(crate) fn peak_of(data: &Path, arguments: &[&str]) -> (String, u64) {
    let mut process = program(data, &[], arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", process.id());
    let mut peak = 0;
    while process.try_wait().unwrap().is_none() {
        let kibibytes = std::fs::read_to_string(&status)
            .unwrap_or_default()
            .lines()
            .find_map(|line| {
                let rest = line.strip_prefix("VmHWM:")?.trim();
                rest.strip_suffix(" kB")?.parse::<u64>().ok()
            });
        peak = peak.max(kibibytes.unwrap_or_default() * 1024);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let output = process.wait_with_output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    assert!(peak > 0);
    (String::from_utf8(output.stdout).unwrap(), peak)
}

/// A service that runs until it is dropped.
pub(crate) struct Service {
    process: Child,
    url: String,
    pub(crate) client: Client,
}

impl Service {
    pub(crate) fn start(data: &Path, variables: &[(&str, &str)]) -> Self {
        // What a service does first; the client needs it as well.
        platform_runtime::tls::install_provider();
        let mut process = program(
            data,
            variables,
            &["serve", "--host", "127.0.0.1", "--port", "0"],
        )
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let Some((_, url)) = line.trim().split_once("http://") else {
            let mut error = String::new();
            process
                .stderr
                .take()
                .unwrap()
                .read_to_string(&mut error)
                .unwrap();
            panic!("the service did not start: {error}");
        };
        // Nobody reads the log; a full pipe would hold the service up.
        let mut log = process.stderr.take().unwrap();
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Self {
            process,
            url: format!("http://{}", url.replace("localhost", "127.0.0.1")),
            client: Client::new(),
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(self.url(path))
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(self.url(path))
    }

    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Status and JSON of an answer.
pub(crate) async fn answer(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (
        status,
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {text}")),
    )
}
