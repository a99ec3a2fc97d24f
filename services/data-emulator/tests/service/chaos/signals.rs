//! SIGTERM while records flow.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::time::{Duration, Instant};
use std::{fs, io};

use super::account::each_message;
use super::{Draws, Plan, RECORDS, tell};
use crate::client::Client;
use crate::live::readers::{env, fresh, servers, sizes};
use crate::process::Service;

const TIMES: usize = 100;

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_times_sigterm_ends_in_good_order_and_what_was_acknowledged_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let (plan, name) = (Plan::unlimited(RECORDS), fresh("signals"));
    let mut settings = servers();
    settings.push(("FILE_ROOT".into(), "out".into()));
    // On a busy machine most runs are carried on by later services.
    settings.push(("LIMITS_WAITING".into(), (3 * TIMES).to_string()));
    let mut draws = Draws::new();
    let mut slowest = Duration::ZERO;
    // The acknowledged records of each run.
    let mut told: HashMap<String, u64> = HashMap::new();
    for time in 0..TIMES {
        let service = Service::start_with(folder.path(), &[], settings.clone());
        let client = Client::of(&service);
        let mut ids = Vec::new();
        for sink in ["kafka", "file", "minio"] {
            let mut request = plan.request(sink, &name);
            request["max_chunk_size"] = 1_000_000.into();
            ids.push(client.post(&request).await);
        }
        let until = Instant::now() + Duration::from_millis(draws.within(50..400));
        let mut note = async || {
            for id in &ids {
                let Ok(status) = client.try_status(id).await else {
                    return false;
                };
                assert_ne!(status["status"]["global_status"], "failed", "{status}");
                let acknowledged = status["records"]["acknowledged"].as_u64().unwrap();
                told.insert(id.clone(), acknowledged);
            }
            true
        };
        while Instant::now() < until {
            note().await;
        }
        service.signal("TERM");
        let begun = Instant::now();
        // It may go on answering while it winds up, and acknowledge more.
        while note().await {}
        assert_eq!(service.end(), Some(0), "time {time}");
        slowest = slowest.max(begun.elapsed());
        assert!(begun.elapsed() < Duration::from_secs(30), "time {time}");
    }
    let mut there = in_files(&folder.path().join("out").join(&name)).unwrap();
    there.extend(in_topic(&name));
    there.extend(in_bucket(&name, &plan));
    for (id, acknowledged) in &told {
        let there = there.get(id).copied().unwrap_or(0);
        assert!(
            there >= *acknowledged,
            "{id}: {acknowledged} records were acknowledged, {there} are there"
        );
    }
    let (acknowledged, there): (u64, u64) = (told.values().sum(), there.values().sum());
    assert!(acknowledged > 100_000, "there was no load");
    tell(&format!(
        "SIGTERM {TIMES} times, exit 0 each time, after {:.1} s at most; {acknowledged} records had \
         been acknowledged to Kafka, MinIO and a folder, {there} are there, none twice in Kafka",
        slowest.as_secs_f64()
    ));
}

/// Records by run in a topic; panics if one is there twice.
fn in_topic(topic: &str) -> HashMap<String, u64> {
    let mut records = HashMap::new();
    let mut seen = HashSet::new();
    each_message(&env("KAFKA_BOOTSTRAP_SERVERS"), topic, &[], |_, value| {
        let mut hasher = DefaultHasher::new();
        value.hash(&mut hasher);
        assert!(seen.insert(hasher.finish()), "twice: {value}");
        *records.entry(run_of(value)).or_default() += 1;
    });
    records
}

/// The same in a bucket, by the bytes of its objects: as many as the first so many records have.
fn in_bucket(name: &str, plan: &Plan) -> HashMap<String, u64> {
    let output = plan.command(Path::new("."), "stdout").output().unwrap();
    let mut ends = vec![0];
    let mut end = 0;
    for line in output.stdout.split_inclusive(|byte| *byte == b'\n') {
        end += line.len() as u64;
        ends.push(end);
    }
    let mut bytes: HashMap<String, u64> = HashMap::new();
    for (key, size) in sizes(name) {
        let (run, _) = key.split_once('/').unwrap();
        *bytes.entry(run.to_owned()).or_default() += size;
    }
    let records = |bytes| {
        ends.binary_search(&bytes)
            .expect("objects hold whole records")
    };
    let bytes = bytes.into_iter();
    bytes
        .map(|(run, bytes)| (run, records(bytes) as u64))
        .collect()
}

/// The same in the whole objects of a folder.
fn in_files(folder: &Path) -> io::Result<HashMap<String, u64>> {
    let mut records = HashMap::new();
    for run in fs::read_dir(folder)? {
        let run = run?.path();
        if !run.is_dir() {
            continue;
        }
        for object in fs::read_dir(run)? {
            let path = object?.path();
            if path.extension().is_none_or(|ending| ending != "ndjson") {
                continue;
            }
            let text = fs::read_to_string(path)?;
            assert!(text.ends_with("}\n"));
            *records.entry(run_of(&text)).or_default() += text.lines().count() as u64;
        }
    }
    Ok(records)
}

fn run_of(record: &str) -> String {
    record["{\"emulation_id\":\"".len()..][..36].to_owned()
}
