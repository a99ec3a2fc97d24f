//! A run that is paused, given other rates and killed, read back by a client that is not ours.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::Method;
use serde_json::{Value, json};

use super::readers::{env, fresh, local, script, servers};
use crate::client::Client;
use crate::process::{Service, program};

/// In force by then, by the measure.
const IN_FORCE: Duration = Duration::from_millis(250);

/// Numbers that differ from one test run to the next.
pub(crate) struct Draws(u64);

impl Draws {
    pub(crate) fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Self(now.as_nanos() as u64 | 1)
    }

    pub(crate) fn within(&mut self, range: std::ops::Range<u64>) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        // The upper bits are the better ones.
        let drawn = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        range.start + drawn % (range.end - range.start)
    }
}

/// The service with one run, which is steered and killed.
struct Helm<'f> {
    folder: &'f Path,
    /// There but while it is killed.
    service: Option<Service>,
    client: Client,
    id: String,
    draws: Draws,
    rerated: usize,
    pauses: usize,
    kills: usize,
}

impl<'f> Helm<'f> {
    async fn start(folder: &'f Path, plan: &Value) -> Self {
        let service = serve(folder);
        let client = Client::of(&service);
        Self {
            folder,
            id: client.post(plan).await,
            service: Some(service),
            client,
            draws: Draws::new(),
            rerated: 0,
            pauses: 0,
            kills: 0,
        }
    }

    async fn ask(&self, method: Method, what: &str, body: Option<Value>) -> Value {
        let answer = self.request(method, what, body).send().await.unwrap();
        let status = answer.status();
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(status, 200, "{what}: {answer}");
        answer
    }

    fn request(&self, method: Method, what: &str, body: Option<Value>) -> reqwest::RequestBuilder {
        let url = format!("{}/emulator/{}{what}", self.client.url, self.id);
        let request = self.client.http.request(method, url);
        match body {
            Some(body) => request.json(&body),
            None => request,
        }
    }

    fn another_rate(&mut self) -> Value {
        match self.draws.within(0..3) {
            0 => json!({"factor": self.draws.within(5..20) as f64 / 10.0}),
            1 => {
                json!({"rate": {"shape": "sine", "rate": 5000, "amplitude": 3000, "period": 2, "noise": "poisson"}})
            }
            _ => json!({"rate": self.draws.within(1000..9000)}),
        }
    }

    /// Of a run that keeps its pace: one that was killed catches up first.
    async fn rerate(&mut self) {
        let generated = |status: &Value| status["records"]["generated"].as_u64().unwrap();
        let before = generated(&self.client.status(&self.id).await);
        let keeps_pace = |status: &Value| {
            status["lag_seconds"].as_f64().unwrap() < 0.1 && generated(status) > before
        };
        self.client
            .until(&self.id, Duration::from_secs(60), keeps_pace)
            .await;
        let body = self.another_rate();
        self.ask(Method::PATCH, "", Some(body)).await;
        self.rerated += 1;
    }

    async fn pause(&mut self) {
        let paused = self.ask(Method::POST, "/pause", None).await;
        assert_eq!(paused["status"]["global_status"], "paused", "{paused}");
        assert_eq!(paused["records"]["in_flight"], 0, "{paused}");
        self.pauses += 1;
        if self.draws.within(0..3) == 0 {
            self.kill();
        }
        if self.draws.within(0..3) == 0 {
            let body = self.another_rate();
            self.ask(Method::PATCH, "", Some(body)).await;
        }
        let wait = self.draws.within(20..300);
        tokio::time::sleep(Duration::from_millis(wait)).await;
        let still = self.client.status(&self.id).await;
        assert_eq!(still["status"]["global_status"], "paused", "{still}");
        assert_eq!(
            still["records"], paused["records"],
            "it delivers while it is paused"
        );
        self.ask(Method::POST, "/resume", None).await;
    }

    /// Kills the service, half of the time while it is asked for something.
    async fn crash(&mut self) {
        let asked = match self.draws.within(0..4) {
            0 => Some(self.request(Method::POST, "/pause", None)),
            1 => {
                let body = self.another_rate();
                Some(self.request(Method::PATCH, "", Some(body)))
            }
            _ => None,
        };
        let asking = asked.map(|asked| tokio::spawn(asked.send()));
        let wait = self.draws.within(0..60);
        tokio::time::sleep(Duration::from_millis(wait)).await;
        self.kill();
        if let Some(asking) = asking {
            // It was answered or not; what is on record counts.
            let _ = asking.await.unwrap();
        }
        let status = self.client.status(&self.id).await;
        if status["status"]["global_status"] == "paused" {
            self.ask(Method::POST, "/resume", None).await;
        }
    }

    fn kill(&mut self) {
        // Dropped, it is killed with -9 and waited for.
        drop(self.service.take());
        let service = serve(self.folder);
        self.client = Client::of(&service);
        self.service = Some(service);
        self.kills += 1;
    }
}

fn serve(folder: &Path) -> Service {
    Service::start_with(folder, &["--data-dir", "data"], servers())
}

/// Steers and kills an exactly-once run to Kafka so often, and gives what was counted.
///
/// # Panics
/// If a reader that is not ours does not find each record once, or `verify` finds a fault.
pub(crate) async fn steered(times: usize) -> String {
    let folder = tempfile::tempdir().unwrap();
    let (topic, count) = (fresh("steered"), 20_000 * (times as u64 + 10));
    let plan = json!({
        "emulator_sync": "kafka", "emulation_domain": "transaction", "format_type": "ndjson",
        "sync_type": "grouped", "max_chunk_size": 1, "timeout": 3600, "count": count, "seed": 7,
        "rate": 5000, "pace": "realtime", "delivery": "exactly-once", "destination": topic,
    });
    let mut helm = Helm::start(folder.path(), &plan).await;
    for time in 0..times {
        let wait = helm.draws.within(50..500);
        tokio::time::sleep(Duration::from_millis(wait)).await;
        // Each kind comes, however few times there are.
        match (time % 3, helm.draws.within(0..3)) {
            (0, _) => helm.rerate().await,
            (1, 0) | (2, 1) => helm.pause().await,
            (1, _) => helm.crash().await,
            _ => helm.pause().await,
        }
    }
    helm.ask(Method::PATCH, "", Some(json!({"rate": 100_000})))
        .await;
    let ended = helm.client.ended(&helm.id, Duration::from_secs(300)).await;
    assert_eq!(ended["status"]["global_status"], "completed", "{ended}");
    assert_eq!(ended["records"]["acknowledged"], count, "{ended}");
    let manifest = folder.path().join("manifest.json");
    helm.client.save_manifest(&helm.id, &manifest).await;
    assert_each_once(folder.path(), &topic, count);
    let verified = program(folder.path())
        .arg("verify")
        .arg(&manifest)
        .envs(servers())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&verified.stdout);
    assert_eq!(verified.status.code(), Some(0), "{told}");
    format!(
        "{} pauses, {} other rates, {} kills, {} changes kept; {count} records read back, each once; \
         verify agrees",
        helm.pauses, helm.rerated, helm.kills, ended["changes"]
    )
}

/// Gives a run to Kafka so many other rates, and tells how long it took from the request until the
/// broker had the first record of the new one.
///
/// # Panics
/// If one in ten or more took longer than [`IN_FORCE`], or a client that is not ours does not find as
/// many records of each rate as it makes in the time that it was in force.
pub(crate) async fn rerated(times: usize) -> String {
    const CREATE: &str = "import sys
from confluent_kafka.admin import AdminClient, NewTopic
brokers, name = sys.argv[1:]
topic = NewTopic(name, 3, config={'message.timestamp.type': 'LogAppendTime'})
client = AdminClient({'bootstrap.servers': brokers})
client.create_topics([topic])[name].result()";
    let (folder, topic) = (tempfile::tempdir().unwrap(), fresh("rerated"));
    let brokers = env("KAFKA_BOOTSTRAP_SERVERS");
    let mut python = Command::new(env("LOCAL_PYTHON"));
    let created = python.args(["-c", CREATE, &brokers, &topic]).status();
    assert!(created.unwrap().success());
    let plan = json!({
        "emulator_sync": "kafka", "emulation_domain": "transaction", "format_type": "ndjson",
        "sync_type": "grouped", "max_chunk_size": 1, "timeout": 3600, "rate": 2000,
        "pace": "realtime", "destination": topic,
    });
    let mut helm = Helm::start(folder.path(), &plan).await;
    let mut asked = Vec::new();
    for _ in 0..times {
        let wait = helm.draws.within(100..300);
        tokio::time::sleep(Duration::from_millis(wait)).await;
        let rate = helm.draws.within(500..5000);
        asked.push((rate as f64, jiff::Timestamp::now().as_microsecond()));
        helm.ask(Method::PATCH, "", Some(json!({"rate": rate})))
            .await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let cancelled = helm.request(Method::POST, "/cancel", None).send().await;
    assert_eq!(cancelled.unwrap().status(), 202);
    helm.client.ended(&helm.id, Duration::from_secs(60)).await;
    let manifest = helm.ask(Method::GET, "/manifest", None).await;
    let changes = manifest["changes"].as_array().unwrap().iter();
    let changes: Vec<_> = changes
        .map(|change| {
            let time: jiff::Timestamp = change["time"].as_str().unwrap().parse().unwrap();
            time.as_microsecond()
        })
        .collect();
    assert_eq!(changes.len(), times, "{manifest}");
    let reading = ["--bootstrap", &brokers, "--topic", &topic, "--to-end"];
    let read = script("read_kafka.py", &reading).into_iter();
    let mut records: Vec<_> = read
        .map(|message| {
            let record: Value = serde_json::from_str(message["value"].as_str().unwrap()).unwrap();
            let event = (record["timestamp"].as_f64().unwrap() * 1e6).round() as i64;
            (event, message["timestamp"].as_i64().unwrap() * 1000)
        })
        .collect();
    records.sort_unstable();
    let mut took = Vec::new();
    for (at, (rate, asked)) in asked.into_iter().enumerate() {
        let begins = changes[at];
        let first = records.partition_point(|(event, _)| *event < begins);
        let appended = records[first..].iter().map(|(_, appended)| *appended).min();
        let after = u64::try_from(appended.unwrap() - asked).unwrap_or(0);
        took.push(Duration::from_micros(after));
        // The last rate ends with the run, at no certain time.
        if let Some(ends) = changes.get(at + 1) {
            let found = records.partition_point(|(event, _)| event < ends) - first;
            let expected = rate * (ends - begins) as f64 / 1e6;
            let off = found as f64 - expected;
            assert!(
                off.abs() < 2.0,
                "{found} records at {rate}/s, not {expected}"
            );
        }
    }
    took.sort_unstable();
    let [half, most, nearly_all] = [50, 90, 99].map(|share| took[(times - 1) * share / 100]);
    assert!(most < IN_FORCE, "{took:?}");
    let all = took[times - 1];
    format!(
        "{times} other rates, the first record of each at the broker after {half:.0?} (median), \
         {most:.0?} (90 %), {nearly_all:.0?} (99 %), {all:.0?} (all)"
    )
}

/// Panics unless the topic holds the ids that the plan has, each once, as confluent-kafka reads it.
fn assert_each_once(folder: &Path, topic: &str, count: u64) {
    let mut ids: HashMap<String, u32> = HashMap::new();
    let lines = |command: &mut Command, mut see: Box<dyn FnMut(Value) + '_>| {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            see(serde_json::from_str(&line.unwrap()).unwrap());
        }
        assert!(child.wait().unwrap().success());
    };
    let id = |record: &Value| {
        let id = record["data"]["transaction_id"].as_str();
        id.unwrap_or_else(|| panic!("{record}")).to_owned()
    };
    let plan = format!("emulate transaction --to stdout --format ndjson --seed 7 --count {count}");
    let mut expected = program(folder);
    expected.args(plan.split(' ')).stderr(Stdio::null());
    lines(
        &mut expected,
        Box::new(|record| _ = ids.insert(id(&record), 0)),
    );
    assert_eq!(ids.len() as u64, count);
    let mut reader = Command::new(env("LOCAL_PYTHON"));
    let brokers = env("KAFKA_BOOTSTRAP_SERVERS");
    let reading = [
        "--bootstrap",
        &brokers,
        "--topic",
        topic,
        "--to-end",
        "--read-committed",
        "--timeout",
        "300",
    ];
    reader.arg(local("read_kafka.py")).args(reading);
    let mut foreign = 0;
    lines(
        &mut reader,
        Box::new(|message| {
            let record = serde_json::from_str(message["value"].as_str().unwrap()).unwrap();
            match ids.get_mut(&id(&record)) {
                Some(seen) => *seen += 1,
                None => foreign += 1,
            }
        }),
    );
    let lost = ids.values().filter(|seen| **seen == 0).count();
    let twice = ids.values().filter(|seen| **seen > 1).count();
    assert_eq!((lost, twice, foreign), (0, 0, 0), "lost, twice, of nobody");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_paused_rerated_and_killed_ten_times_delivers_each_record_once() {
    steered(12).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_rate_is_in_force_within_a_quarter_of_a_second_and_has_its_records() {
    // One second in which the machine does other things holds up five rates in a row: with twenty
    // of them that is more than one in ten, and no fault of the service's.
    rerated(100).await;
}
