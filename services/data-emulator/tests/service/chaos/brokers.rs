//! Brokers that die, stop and come back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::account::{Expected, Found, assert_verified};
use super::servers::{Back, servers as server};
use super::{Draws, Plan, RECORDS, tell};
use crate::client::Client;
use crate::live::readers::{env, fresh, servers};
use crate::process::Service;

const LONG: Duration = Duration::from_secs(300);

/// `serve` with one run of the plan to a topic.
pub(crate) struct Run {
    pub(crate) service: Service,
    pub(crate) client: Client,
    pub(crate) id: String,
    topic: String,
    expected: Expected,
    brokers: String,
    folder: tempfile::TempDir,
}

impl Run {
    pub(crate) async fn start(
        plan: &Plan,
        brokers: String,
        delivery: &str,
        idempotence: bool,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let expected = Expected::of(plan);
        let mut settings = servers();
        settings.push(("KAFKA_BOOTSTRAP_SERVERS".into(), brokers.clone()));
        settings.push(("KAFKA_IDEMPOTENCE".into(), idempotence.to_string()));
        let service = Service::start_with(folder.path(), &[], settings);
        let client = Client::of(&service);
        let topic = fresh("chaos");
        let mut request = plan.request("kafka", &topic);
        request["delivery"] = delivery.into();
        let id = client.post(&request).await;
        Self {
            service,
            client,
            id,
            topic,
            expected,
            brokers,
            folder,
        }
    }

    /// Waits until so many records are acknowledged; the run must not be done by then.
    pub(crate) async fn acknowledged(&self, records: u64) {
        let count = |status: &Value| status["records"]["acknowledged"].as_u64().unwrap();
        let status = self
            .client
            .until(&self.id, LONG, |status| {
                count(status) >= records || status["status"]["global_status"] != "processing"
            })
            .await;
        assert_eq!(status["status"]["global_status"], "processing", "{status}");
    }

    /// Waits for the end and reads back what is there, through `brokers`.
    pub(crate) async fn found(&self, brokers: &str) -> Found {
        let status = self.client.ended(&self.id, LONG).await;
        assert_eq!(status["status"]["global_status"], "completed", "{status}");
        Found::of(
            brokers,
            &self.topic,
            Some(&self.id),
            &self.expected,
            &["--read-committed"],
        )
    }

    /// The same, and panics unless all is there, once, unchanged and in order.
    pub(crate) async fn assert_whole(&self, brokers: &str) -> Found {
        let found = self.found(brokers).await;
        found.assert_whole(&self.id);
        let manifest = self.folder.path().join("manifest.json");
        self.client.save_manifest(&self.id, &manifest).await;
        assert_verified(
            &manifest,
            &[("KAFKA_BOOTSTRAP_SERVERS", brokers.to_owned())],
        );
        found
    }
}

/// Kills the broker five times while a run goes on.
async fn killed_five_times(delivery: &str) {
    let plan = Plan::unlimited(RECORDS);
    let _back = Back("kafka");
    let run = Run::start(&plan, env("KAFKA_BOOTSTRAP_SERVERS"), delivery, true).await;
    for kill in 0..5 {
        run.acknowledged(50_000 + kill * 150_000).await;
        server("kill9", "kafka");
        server("up", "kafka");
    }
    let found = run.assert_whole(&run.brokers).await;
    let peak = run.service.peak_memory_mib();
    tell(&format!(
        "{delivery}, broker killed 5 times; {found}; verify agrees; {peak} MiB at most"
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_killed_five_times_loses_and_doubles_nothing() {
    killed_five_times("at-least-once").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_killed_five_times_breaks_no_transaction() {
    killed_five_times("exactly-once").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_halts_for_45_seconds_is_waited_for_in_bounded_memory() {
    let plan = Plan::realtime(600_000, 10_000);
    let back = Back("kafka");
    let run = Run::start(&plan, env("KAFKA_BOOTSTRAP_SERVERS"), "at-least-once", true).await;
    run.acknowledged(20_000).await;
    server("stop", "kafka");
    let halted = Instant::now();
    let mut lag = 0.0_f64;
    while halted.elapsed() < Duration::from_secs(45) {
        let status = run.client.status(&run.id).await;
        assert_eq!(status["status"]["global_status"], "processing", "{status}");
        lag = lag.max(status["lag_seconds"].as_f64().unwrap());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    server("cont", "kafka");
    drop(back);
    let found = run.assert_whole(&run.brokers).await;
    let peak = run.service.peak_memory_mib();
    assert!(lag > 20.0, "the status showed a lag of {lag} s only");
    assert!((1..150).contains(&peak), "{peak} MiB");
    tell(&format!(
        "broker halted for 45 s, lag up to {lag:.1} s, {peak} MiB at most; {found}; verify agrees"
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_loses_a_broker_every_ten_seconds_loses_and_doubles_nothing() {
    const NAMES: [&str; 3] = ["kafka-1", "kafka-2", "kafka-3"];
    let plan = Plan::realtime(RECORDS, 8_000);
    let _back = NAMES.map(Back);
    let brokers = env("KAFKA_CLUSTER_BOOTSTRAP_SERVERS");
    let run = Run::start(&plan, brokers, "at-least-once", true).await;
    run.acknowledged(10_000).await;
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = stop.clone();
    let killing = std::thread::spawn(move || {
        let (mut draws, mut killed) = (Draws::new(), Vec::new());
        while !stopped.load(Ordering::Relaxed) {
            let begun = Instant::now();
            let name = NAMES[draws.within(0..3) as usize];
            server("kill9", name);
            server("up", name);
            killed.push(name);
            std::thread::sleep(Duration::from_secs(10).saturating_sub(begun.elapsed()));
        }
        killed
    });
    let ended = run.client.ended(&run.id, LONG).await;
    stop.store(true, Ordering::Relaxed);
    let killed = killing.join().unwrap();
    assert!(killed.len() >= 4, "{killed:?}, {ended}");
    let found = run.assert_whole(&run.brokers).await;
    tell(&format!(
        "killed in turn: {}; {found}; verify agrees",
        killed.join(" ")
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_million_records_stay_within_150_mib() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start_with(folder.path(), &[], servers());
    let client = Client::of(&service);
    let plan = Plan::unlimited(10_000_000);
    let id = client.post(&plan.request("kafka", &fresh("many"))).await;
    let status = client.ended(&id, Duration::from_secs(1200)).await;
    assert_eq!(status["status"]["global_status"], "completed", "{status}");
    let peak = service.peak_memory_mib();
    assert!((1..150).contains(&peak), "{peak} MiB");
    let manifest = folder.path().join("manifest.json");
    client.save_manifest(&id, &manifest).await;
    assert_verified(&manifest, &[]);
    tell(&format!(
        "{} records to Kafka, {peak} MiB at most; verify agrees",
        plan.count
    ));
}
