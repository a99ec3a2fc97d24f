//! Streams of a model: all of one joined where they were read back, and a run that its process does
//! not survive.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::readers::{bucket, env, fresh, object, script, servers, topic};
use crate::client::Client;
use crate::process::{Service, program};

/// An example with fewer entities.
struct Example {
    name: &'static str,
    counts: &'static [(&'static str, &'static str)],
    keys: &'static [&'static str],
}

const SHOP: Example = Example {
    name: "shop",
    counts: &[("100_000", "2_000")],
    keys: &[
        "order.customer_id=customer.customer_id",
        "order_line.order_id=order.order_id",
    ],
};

const PAYMENTS: Example = Example {
    name: "payments",
    counts: &[
        ("200_000", "2_000"),
        ("260_000", "2_600"),
        ("20_000", "500"),
    ],
    keys: &[
        "card.account_id=account.account_id",
        "payment.card_id=card.card_id",
        "payment.merchant_id=merchant.merchant_id",
        "refund.payment_id=payment.payment_id",
    ],
};

impl Example {
    /// Writes it as `model.yaml` under a name that no topic or bucket has, which it gives.
    fn write(&self, folder: &Path) -> String {
        let Self { name, counts, .. } = self;
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/models");
        let mut text = std::fs::read_to_string(examples.join(format!("{name}.yaml"))).unwrap();
        let fresh = fresh(name).replace('-', "_");
        let mut replace = |from: String, to: String| {
            assert_eq!(text.matches(&from).count(), 1, "{from}");
            text = text.replace(&from, &to);
        };
        replace(format!("model: {name}\n"), format!("model: {fresh}\n"));
        for (from, to) in *counts {
            replace(format!(" count: {from}\n"), format!(" count: {to}\n"));
        }
        std::fs::write(folder.join("model.yaml"), text).unwrap();
        fresh
    }
}

fn succeed(folder: &Path, line: &str) -> String {
    let output = program(folder)
        .args(line.split(' '))
        .envs(servers())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{line}: {told}");
    String::from_utf8(output.stdout).unwrap()
}

fn records(folder: &Path) -> BTreeMap<String, (u64, String, String)> {
    let manifest = std::fs::read_to_string(folder.join("m.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    let all = manifest["emulations"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    all.map(|run| {
        let domain = text(&run["emulation_domain"]);
        let stream = domain.rsplit('/').next().unwrap().to_owned();
        let count = run["records"]["acknowledged"].as_u64().unwrap();
        (
            stream,
            (count, text(&run["destination"]), text(&run["emulation_id"])),
        )
    })
    .collect()
}

/// Panics unless each order has its lines from the first on.
fn assert_numbered(lines: &[String]) {
    let mut by_order: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    for line in lines {
        let line: Value = serde_json::from_str(line).unwrap();
        let numbers = by_order.entry(line["order_id"].to_string()).or_default();
        assert!(numbers.insert(line["line"].as_u64().unwrap()), "{line}");
    }
    for (order, numbers) in by_order {
        let expected = 1..=numbers.len() as u64;
        assert!(expected.eq(numbers), "the lines of {order}");
    }
}

/// The records that a topic has, each under its key.
fn from_kafka(name: &str, count: u64, key: Option<&str>) -> Vec<String> {
    let seen = topic(name, count as usize, &["--read-committed"]);
    let values = seen.into_iter().map(|message| {
        if let Some(key) = key {
            let record: Value = serde_json::from_str(&message.value).unwrap();
            assert_eq!(message.key, record[key].to_string());
        }
        message.value
    });
    values.collect()
}

/// The records of all parts below a prefix.
fn from_minio(name: &str, id: &str) -> Vec<String> {
    let parts = bucket(name, &format!("{id}/"));
    let texts = parts.iter().map(|(key, _)| object(name, key));
    texts
        .flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

/// Runs all streams, reads them back by confluent-kafka or boto3, and has pandas and DuckDB join
/// them.
fn arrives_and_joins(example: &Example, sink: &str) {
    let folder = tempfile::tempdir().unwrap();
    example.write(folder.path());
    succeed(
        folder.path(),
        &format!("emulate model.yaml --to {sink} --count 3000 --seed 7 --manifest m.json"),
    );
    succeed(folder.path(), "verify m.json");
    let runs = records(folder.path());
    for (stream, (count, destination, id)) in &runs {
        let key = (stream == "order").then_some("customer_id");
        let lines = match sink.starts_with("kafka") {
            true => from_kafka(destination, *count, key),
            false => from_minio(destination, id),
        };
        assert_eq!(lines.len() as u64, *count, "{stream} from {sink}");
        if stream == "order_line" {
            assert_numbered(&lines);
        }
        let place = folder.path().join("read").join(stream);
        std::fs::create_dir_all(&place).unwrap();
        std::fs::write(place.join("1.ndjson"), lines.join("\n")).unwrap();
    }
    let read = folder.path().join("read");
    let mut arguments = vec![read.to_str().unwrap()];
    arguments.extend(example.keys);
    let joins = script("join_streams.py", &arguments);
    assert_eq!(joins.len(), example.keys.len());
    for (join, key) in joins.iter().zip(example.keys) {
        let (child, _) = key.split_once('.').unwrap();
        let all = json!({"joined": runs[child].0, "orphans": 0});
        let expected = json!({"key": key, "pandas": all, "duckdb": all});
        assert_eq!(*join, expected, "{sink}");
    }
}

#[test]
fn all_streams_of_a_model_arrive_in_kafka_and_join_without_an_orphan() {
    for example in [SHOP, PAYMENTS] {
        arrives_and_joins(&example, "kafka --delivery exactly-once");
    }
}

#[test]
fn all_streams_of_a_model_arrive_in_minio_and_join_without_an_orphan() {
    for example in [SHOP, PAYMENTS] {
        arrives_and_joins(&example, "minio --sync chunked --max-chunk-size 200000");
    }
}

#[test]
fn the_table_that_others_build_in_postgresql_from_its_changes_is_that_of_model_table() {
    const RUN: &str = "--seed 7 --start-time 2026-01-01T00:00:00Z";
    const CHANGES: &str = "7000";
    let folder = tempfile::tempdir().unwrap();
    SHOP.write(folder.path());
    let name = fresh("changes");
    let stream = "model.yaml:customer_change";
    succeed(
        folder.path(),
        &format!("emulate {stream} --to kafka --count {CHANGES} --destination {name} {RUN}"),
    );
    let table = name.replace('-', "_");
    let servers = env("KAFKA_BOOTSTRAP_SERVERS");
    let built = script(
        "apply_changes.py",
        &[
            "--bootstrap",
            &servers,
            "--topic",
            &name,
            "--count",
            CHANGES,
            "--table",
            &table,
            "--key",
            "customer_id",
        ],
    );
    let printed = succeed(
        folder.path(),
        &format!("model table {stream} --as-of {CHANGES} {RUN}"),
    );
    let printed: Vec<Value> = printed
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!((1_900..2_000).contains(&printed.len()), "{}", printed.len());
    assert_eq!(built, printed);
}

#[test]
fn a_paced_run_has_what_happens_in_its_time() {
    let folder = tempfile::tempdir().unwrap();
    SHOP.write(folder.path());
    succeed(
        folder.path(),
        "emulate model.yaml --to kafka --rate 500 --timeout 4 --seed 7 --manifest m.json",
    );
    succeed(folder.path(), "verify m.json");
    let runs = records(folder.path());
    assert_eq!((runs["customer"].0, runs["order"].0), (2_000, 2_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_model_outlives_the_process_and_so_do_its_runs() {
    const RECORDS: u64 = 400_000;
    let folder = tempfile::tempdir().unwrap();
    let name = SHOP.write(folder.path());
    let options = ["--data-dir", "data"];
    let service = Service::start_with(folder.path(), &options, servers());
    let client = Client::of(&service);
    let model = std::fs::read_to_string(folder.path().join("model.yaml")).unwrap();
    let url = format!("{}/models/{name}", client.url);
    let put = client.http.put(&url).body(model.clone()).send().await;
    assert_eq!(put.unwrap().status(), 201);
    let mut ids = Vec::new();
    for (sink, stream, sync, delivery) in [
        ("kafka", "order", "grouped", "exactly-once"),
        ("minio", "order_line", "chunked", "at-least-once"),
    ] {
        // Seconds' worth of each, so that neither has ended when the process is killed.
        let body = json!({
            "emulator_sync": sink, "emulation_domain": format!("{name}/{stream}"),
            "format_type": "ndjson", "sync_type": sync, "max_chunk_size": 2_000_000, "timeout": 600,
            "count": RECORDS, "pace": "realtime", "rate": 50_000, "delivery": delivery, "seed": 7,
        });
        ids.push(client.post(&body).await);
    }
    for id in &ids {
        let begun = |status: &Value| status["records"]["acknowledged"].as_u64() > Some(0);
        let status = client.until(id, Duration::from_secs(120), begun).await;
        assert_eq!(status["status"]["global_status"], "processing", "{status}");
    }
    let in_use = client.http.delete(&url).send().await.unwrap();
    assert_eq!(in_use.status(), 409);
    service.signal("KILL");
    service.end();
    let service = Service::start_with(folder.path(), &options, servers());
    let client = Client::of(&service);
    let url = format!("{}/models/{name}", client.url);
    let kept = client.http.get(&url).send().await.unwrap();
    assert_eq!(kept.status(), 200);
    let document = client.http.get(format!("{}/openapi.json", client.url));
    let document = document.send().await.unwrap().text().await.unwrap();
    assert!(document.contains(&format!("\"{name}/order\"")), "{name}");
    for id in &ids {
        let status = client.ended(id, Duration::from_secs(200)).await;
        assert_eq!(status["status"]["global_status"], "completed", "{status}");
        assert_eq!(status["records"]["acknowledged"], RECORDS);
        let manifest = folder.path().join("m.json");
        client.save_manifest(id, &manifest).await;
        succeed(folder.path(), "verify m.json");
    }
    let place = format!("{}-order", name.replace('_', "-"));
    let orders = from_kafka(&place, RECORDS, Some("customer_id"));
    assert_eq!(orders.len() as u64, RECORDS);
    let lines = from_minio(&format!("{place}-line"), &ids[1]);
    assert_eq!(lines.len() as u64, RECORDS);
    assert_numbered(&lines);
    assert_eq!(client.http.delete(&url).send().await.unwrap().status(), 204);
}
