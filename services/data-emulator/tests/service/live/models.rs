//! Streams of a model: all of one joined where they were read back, and a run that its process does
//! not survive.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::readers::{Seen, bucket, fresh, object, servers, topic};
use crate::client::Client;
use crate::process::{Service, program};

/// The shop of the examples under a name that no topic or bucket has.
fn shop(folder: &Path) -> String {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/models/shop.yaml");
    let name = fresh("shop").replace('-', "_");
    let text = std::fs::read_to_string(example).unwrap();
    let changed = text
        .replacen("model: shop", &format!("model: {name}"), 1)
        .replacen("count: 100_000", "count: 2_000", 1);
    assert_eq!(changed.matches("count: 2_000").count(), 1);
    std::fs::write(folder.join("shop.yaml"), changed).unwrap();
    name
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

/// Panics unless every order is of a customer, and every line of an order, which has its lines from
/// the first on.
fn assert_joined(customers: &[Value], orders: &[Value], lines: &[Value], first_line: u64) {
    let ids = |records: &[Value], field: &str| -> BTreeSet<String> {
        records
            .iter()
            .map(|record| record[field].to_string())
            .collect()
    };
    let known = ids(customers, "customer_id");
    assert_eq!(known.len(), customers.len());
    assert!(ids(orders, "customer_id").is_subset(&known));
    let known = ids(orders, "order_id");
    assert_eq!(known.len(), orders.len());
    let mut by_order: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    for line in lines {
        let numbers = by_order.entry(line["order_id"].to_string()).or_default();
        assert!(numbers.insert(line["line"].as_u64().unwrap()), "{line}");
    }
    assert_eq!(by_order.keys().cloned().collect::<BTreeSet<_>>(), known);
    for (order, numbers) in by_order {
        let expected = first_line..first_line + numbers.len() as u64;
        assert!(expected.eq(numbers), "the lines of {order}");
    }
}

fn json(messages: &[Seen]) -> Vec<Value> {
    let parsed = messages.iter();
    parsed
        .map(|message| serde_json::from_str(&message.value).unwrap())
        .collect()
}

#[test]
fn all_streams_of_a_model_arrive_in_kafka_and_join_without_an_orphan() {
    let folder = tempfile::tempdir().unwrap();
    shop(folder.path());
    succeed(
        folder.path(),
        "emulate shop.yaml --to kafka --count 5000 --seed 7 --delivery exactly-once --manifest m.json",
    );
    succeed(folder.path(), "verify m.json");
    let runs = records(folder.path());
    let read = |stream: &str| {
        let (count, topic_name, _) = &runs[stream];
        let seen = topic(topic_name, *count as usize, &["--read-committed"]);
        assert_eq!(seen.len() as u64, *count, "{stream}");
        seen
    };
    let (customers, orders) = (read("customer"), read("order"));
    assert_eq!((customers.len(), orders.len()), (2_000, 5_000));
    for (message, order) in orders.iter().zip(json(&orders)) {
        assert_eq!(message.key, order["customer_id"].to_string());
    }
    let lines = json(&read("order_line"));
    let first = lines.iter().filter_map(|line| line["line"].as_u64()).min();
    assert_joined(&json(&customers), &json(&orders), &lines, first.unwrap());
    assert_eq!(read("customer_change").len(), 5_000);
}

#[test]
fn all_streams_of_a_model_arrive_in_minio_and_join_without_an_orphan() {
    let folder = tempfile::tempdir().unwrap();
    shop(folder.path());
    succeed(
        folder.path(),
        "emulate shop.yaml --to minio --count 3000 --seed 7 --sync chunked --max-chunk-size 50000 \
         --manifest m.json",
    );
    succeed(folder.path(), "verify m.json");
    let runs = records(folder.path());
    let read = |stream: &str| -> Vec<Value> {
        let (count, name, id) = &runs[stream];
        let parts = bucket(name, &format!("{id}/"));
        assert!(parts.len() > 1, "{stream}");
        let texts = parts.iter().map(|(key, _)| object(name, key));
        let records: Vec<_> = texts
            .flat_map(|text| {
                let lines = text.lines();
                lines
                    .map(|line| serde_json::from_str(line).unwrap())
                    .collect::<Vec<Value>>()
            })
            .collect();
        assert_eq!(records.len() as u64, *count, "{stream}");
        records
    };
    let lines = read("order_line");
    let first = lines.iter().filter_map(|line| line["line"].as_u64()).min();
    assert_joined(&read("customer"), &read("order"), &lines, first.unwrap());
}

#[test]
fn a_paced_run_has_what_happens_in_its_time() {
    let folder = tempfile::tempdir().unwrap();
    shop(folder.path());
    succeed(
        folder.path(),
        "emulate shop.yaml --to kafka --rate 500 --timeout 4 --seed 7 --manifest m.json",
    );
    succeed(folder.path(), "verify m.json");
    let runs = records(folder.path());
    assert_eq!((runs["customer"].0, runs["order"].0), (2_000, 2_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_model_outlives_the_process_and_so_does_its_run() {
    const RECORDS: u64 = 400_000;
    let folder = tempfile::tempdir().unwrap();
    let name = shop(folder.path());
    let options = ["--data-dir", "data"];
    let service = Service::start_with(folder.path(), &options, servers());
    let client = Client::of(&service);
    let model = std::fs::read_to_string(folder.path().join("shop.yaml")).unwrap();
    let url = format!("{}/models/{name}", client.url);
    let put = client.http.put(&url).body(model.clone()).send().await;
    assert_eq!(put.unwrap().status(), 201);
    let body = json!({
        "emulator_sync": "kafka", "emulation_domain": format!("{name}/order"),
        "format_type": "json", "sync_type": "grouped", "max_chunk_size": 1, "timeout": 600,
        "count": RECORDS, "pace": "unlimited", "delivery": "exactly-once", "seed": 7,
    });
    let id = client.post(&body).await;
    let begun = |status: &Value| status["records"]["acknowledged"].as_u64() > Some(0);
    client.until(&id, Duration::from_secs(120), begun).await;
    let in_use = client.http.delete(&url).send().await.unwrap();
    assert_eq!(in_use.status(), 409);
    service.signal("KILL");
    service.end();
    let service = Service::start_with(folder.path(), &options, servers());
    let client = Client::of(&service);
    let url = format!("{}/models/{name}", client.url);
    let kept = client.http.get(&url).send().await.unwrap();
    assert_eq!(kept.status(), 200);
    let status = client.ended(&id, Duration::from_secs(200)).await;
    assert_eq!(status["status"]["global_status"], "completed", "{status}");
    assert_eq!(status["records"]["acknowledged"], RECORDS);
    let manifest = folder.path().join("m.json");
    client.save_manifest(&id, &manifest).await;
    succeed(folder.path(), "verify m.json");
    let place = format!("{}-order", name.replace('_', "-"));
    let seen = topic(&place, RECORDS as usize, &["--read-committed"]);
    assert_eq!(seen.len() as u64, RECORDS);
    assert_eq!(client.http.delete(&url).send().await.unwrap().status(), 204);
}
