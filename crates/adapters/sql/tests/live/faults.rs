//! A server that dies. It is one of the test's own, so that no other test loses its server.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use adapter_sql::SqlDatabase;
use pipeline_domain::landing::Landing;
use pipeline_domain::source::{Names, Source};
use pipeline_ports::{Database, PortErrorKind};
use tempfile::TempDir;

use crate::batches;

/// `deploy/local/servers` with a folder and a port of its own.
struct Server {
    folder: TempDir,
    port: u16,
}

impl Server {
    fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            folder: tempfile::tempdir().unwrap(),
            port: port.local_addr().unwrap().port(),
        };
        drop(port);
        server.run(&["up", "postgres"]);
        server
    }

    fn run(&self, arguments: &[&str]) -> String {
        let script =
            PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../deploy/local/servers");
        // Into a file: the server would keep a pipe open.
        let log = self.folder.path().join("script.log");
        let done = Command::new(script)
            .args(arguments)
            .env("LOCAL_DIR", self.folder.path())
            .env("POSTGRES_PORT", self.port.to_string())
            .stdout(std::fs::File::create(&log).unwrap())
            .status()
            .unwrap();
        assert!(done.success(), "servers {arguments:?}");
        std::fs::read_to_string(log).unwrap()
    }

    fn database(&self) -> SqlDatabase {
        let exports = self.run(&["env"]);
        let line = exports.lines().find(|it| it.contains("POSTGRES_TEST_URL"));
        let (_, url) = line.unwrap().split_once('=').unwrap();
        SqlDatabase::at(&url.into(), Names::default()).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.run(&["reset", "postgres"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_land_once_and_none_is_a_duplicate_while_the_server_is_killed_again_and_again() {
    const KILLS: usize = 10;
    const BATCH: i64 = 500;
    let server = Server::start();
    let database = server.database();
    database.prepare().await.unwrap();
    let killed = Arc::new(AtomicBool::new(false));
    let killer = {
        let killed = killed.clone();
        tokio::task::spawn_blocking(move || {
            for kill in 0..KILLS {
                // At ever other moments of a batch.
                std::thread::sleep(Duration::from_millis(700 + 37 * kill as u64));
                server.run(&["kill9", "postgres"]);
                server.run(&["up", "postgres"]);
            }
            killed.store(true, Ordering::Relaxed);
            server
        })
    };
    let (mut batches, mut failures, mut before) = (0, 0, 0);
    while !killed.load(Ordering::Relaxed) {
        let batch = batches::of(Source::First, batches * BATCH..(batches + 1) * BATCH);
        let landings = loop {
            match database.land(&batch).await {
                Ok(landings) => break landings,
                Err(error) => {
                    assert_eq!(error.kind, PortErrorKind::Unreachable, "{error}");
                    failures += 1;
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        };
        assert!(!landings.contains(&Landing::Duplicate), "batch {batches}");
        // All of them or none: a batch is one transaction.
        let landed = landings.iter().filter(|it| **it == Landing::Landed).count();
        assert!([0, landings.len()].contains(&landed), "{landed}");
        before += usize::from(landed == 0);
        batches += 1;
    }
    let server = killer.await.unwrap();
    assert!(failures >= KILLS, "{failures} failures, {KILLS} kills");
    let rows = database.rows().await.unwrap();
    assert_eq!(rows, [(batches * BATCH) as u64, 0, 0]);
    eprintln!("{batches} batches, {failures} failures, {before} had landed before the answer");
    drop(server);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_not_there_is_unreachable_and_needs_no_new_adapter_when_it_is() {
    let server = Server::start();
    let database = server.database();
    server.run(&["down", "postgres"]);
    let error = database.prepare().await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Unreachable, "{error}");
    server.run(&["up", "postgres"]);
    database.prepare().await.unwrap();
    let batch = batches::of(Source::First, 0..10);
    database.land(&batch).await.unwrap();

    // A server that is there and says nothing.
    server.run(&["stop", "postgres"]);
    let start = Instant::now();
    let error = database.land(&batch).await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Unreachable, "{error}");
    assert!(error.message.contains("did not answer"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(60));
    server.run(&["cont", "postgres"]);
    let landings = batches::land_until_done(&database, &batch).await;
    assert_eq!(landings, vec![Landing::LandedBefore; 10]);
}
