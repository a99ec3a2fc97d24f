//! A server of a test's own, so that no other test loses its server. The data warehouse's tests use
//! this file, too.
#![allow(dead_code, reason = "not every service needs every server")]

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// What `deploy/local/servers env` exports.
pub(crate) fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!(
            "{name} is not set. Start the servers and name them: deploy/local/servers up && \
             eval \"$(deploy/local/servers env)\"; or `just test-live`"
        )
    })
}

/// A file of `deploy/local`.
pub(crate) fn local(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../deploy/local")
        .join(file)
}

/// `deploy/local/servers` with a folder and ports of its own.
pub(crate) struct Server {
    name: &'static str,
    folder: TempDir,
    ports: Vec<(&'static str, u16)>,
}

impl Server {
    pub(crate) fn kafka() -> Self {
        let ports = [
            "KAFKA_PORT",
            "KAFKA_CONTROLLER_PORT",
            "KAFKA_SASL_PORT",
            "KAFKA_SSL_PORT",
            "KAFKA_SASL_SSL_PORT",
            "KAFKA_PROXIED_PORT",
        ];
        Self::start("kafka", &ports)
    }

    pub(crate) fn postgres() -> Self {
        Self::start("postgres", &["POSTGRES_PORT"])
    }

    pub(crate) fn mariadb() -> Self {
        Self::start("mariadb", &["MARIADB_PORT"])
    }

    fn start(name: &'static str, ports: &[&'static str]) -> Self {
        // All are taken before the first is given back, so that no two are the same.
        let taken: Vec<_> = ports
            .iter()
            .map(|name| (*name, TcpListener::bind("127.0.0.1:0").unwrap()))
            .collect();
        let server = Self {
            name,
            folder: tempfile::tempdir().unwrap(),
            ports: taken
                .iter()
                .map(|(name, port)| (*name, port.local_addr().unwrap().port()))
                .collect(),
        };
        drop(taken);
        // What the shared servers were installed from.
        let python = PathBuf::from(env("LOCAL_PYTHON"));
        let installed = python.ancestors().nth(3).expect("venv/bin/python");
        for part in ["kafka", "venv"] {
            symlink(installed.join(part), server.folder.path().join(part)).unwrap();
        }
        server.run("up");
        server
    }

    fn run(&self, command: &str) {
        let (done, printed) = self.did(&[command, self.name]);
        assert!(done, "servers {command} {}: {printed}", self.name);
    }

    /// Whether a command of the script has succeeded, and what it said.
    fn did(&self, arguments: &[&str]) -> (bool, String) {
        // Into a file: the server would keep a pipe open.
        let path = self.folder.path().join("script.log");
        let log = File::create(&path).unwrap();
        let done = Command::new(local("servers"))
            .args(arguments)
            .env("LOCAL_DIR", self.folder.path())
            .env("KAFKA_HEAP", "512m")
            .envs(
                self.ports
                    .iter()
                    .map(|(name, port)| (name, port.to_string())),
            )
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .status();
        let printed = fs::read_to_string(path).unwrap();
        (done.unwrap().success(), printed)
    }

    /// What the script exports under this name.
    pub(crate) fn exported(&self, name: &str) -> String {
        let (done, exports) = self.did(&["env"]);
        assert!(done, "servers env: {exports}");
        let line = exports
            .lines()
            .find(|line| line.contains(&format!("{name}=")));
        let (_, value) = line.unwrap().split_once('=').unwrap();
        value.trim_matches(['"', '\'']).to_owned()
    }

    /// Ends it as a crash of its machine would.
    pub(crate) fn kill9(&self) {
        self.run("kill9");
    }

    /// Brings it back with its data.
    pub(crate) fn up(&self) {
        self.run("up");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.did(&["reset", self.name]);
    }
}
