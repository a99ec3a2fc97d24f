//! What messages are made of, as confluent-kafka's deserialisers and Java's producer see it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::readers::{env, fresh, local, script, servers};
use crate::process::program;

fn succeed(folder: &Path, line: &str) -> String {
    let output = command(folder, line).output().unwrap();
    let told = [&*output.stdout, &*output.stderr].concat();
    let told = String::from_utf8_lossy(&told).into_owned();
    assert_eq!(output.status.code(), Some(0), "{line}: {told}");
    String::from_utf8(output.stdout).unwrap()
}

fn command(folder: &Path, line: &str) -> Command {
    let mut program = program(folder);
    program.args(line.split_whitespace()).envs(servers());
    program.env("SCHEMA_REGISTRY_URL", env("SCHEMA_REGISTRY_URL"));
    program
}

/// All that a topic holds, by the schemas of the registry.
fn read(topic: &str, more: &[&str]) -> Vec<Value> {
    let (servers, registry) = (env("KAFKA_BOOTSTRAP_SERVERS"), env("SCHEMA_REGISTRY_URL"));
    let mut arguments = vec!["--bootstrap", &servers, "--registry", &registry];
    arguments.extend([
        "--topic",
        topic,
        "--to-end",
        "--read-committed",
        "--timeout",
        "120",
    ]);
    arguments.extend(more);
    script("read_kafka.py", &arguments)
}

/// Streams of every shape: scalars, structs, arrays, null and missing values, and changes.
const MODEL: &str = r#"
model: NAME
streams:
  customer:
    count: 300
    key: customer_id
    fields:
      customer_id: { sequence: { start: 1 } }
      born: { date: { from: 1931-01-01, to: 2005-12-31 } }
      balance: { decimal: { normal: { mean: 0, sd: 500 }, scale: 2 } }
      country: { choice: { DE: 5, FR: 3, "two words": 2 } }
      level: { choice: [low, high], null: 0.3 }
      ship_to: { struct: { street: { fake: address.street }, zip: { text: "[0-9]{5}", missing: 0.5 } } }
      tags: { array: { of: { choice: [new, gift], null: 0.3 }, length: { uniform: [0, 3] } } }
      score: { float: { normal: { mean: 0, sd: 1 } }, null: 0.5 }
      vip: { boolean: 0.03 }
  customer_change:
    changes_of: customer
    update: { balance: 0.5, vip: 0.1 }
    delete: 0.2
"#;

fn model(folder: &Path) -> String {
    let name = fresh("messages").replace('-', "_");
    std::fs::write(folder.join("m.yaml"), MODEL.replacen("NAME", &name, 1)).unwrap();
    name
}

/// What a reader found is what JSON says, where null, missing, and the default of Protobuf are one.
fn is_same(json: &Value, found: &Value) -> bool {
    match (json, found) {
        (Value::Object(json), Value::Object(found)) => {
            let names: BTreeSet<_> = json.keys().chain(found.keys()).collect();
            let value = |all: &serde_json::Map<String, Value>, name: &str| {
                all.get(name).cloned().unwrap_or(Value::Null)
            };
            names
                .iter()
                .all(|name| is_same(&value(json, name), &value(found, name)))
        }
        (Value::Array(json), Value::Array(found)) => {
            json.len() == found.len()
                && json
                    .iter()
                    .zip(found)
                    .all(|(json, found)| is_same(json, found))
        }
        // A message around an element that may be null.
        (json, Value::Object(item)) if item.keys().all(|name| name == "value") => {
            is_same(json, item.get("value").unwrap_or(&Value::Null))
        }
        // Protobuf's JSON leaves out what is empty or zero.
        (Value::Array(json), Value::Null) => json.is_empty(),
        (Value::Object(json), Value::Null) => json.is_empty(),
        (Value::Bool(json), Value::Null) => !json,
        (Value::String(json), Value::Null) => json.is_empty(),
        // Decimals, and whole numbers in Protobuf's JSON, are text.
        (Value::Number(json), Value::String(found)) => {
            json.as_f64().unwrap() == found.parse::<f64>().unwrap()
        }
        (Value::Number(json), Value::Number(found)) => json.as_f64() == found.as_f64(),
        (Value::Number(json), Value::Null) => json.as_f64() == Some(0.0),
        _ => json == found,
    }
}

#[test]
fn confluents_deserializers_find_every_record_of_a_model() {
    let folder = tempfile::tempdir().unwrap();
    let name = model(folder.path());
    let plan = "--seed 7 --count 300 --start-time 2026-01-01T00:00:00Z";
    for stream in ["customer", "customer_change"] {
        let lines = format!("emulate m.yaml:{stream} --to stdout {plan}");
        let expected = succeed(folder.path(), &lines);
        let expected: Vec<Value> = expected
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(expected.len(), 300);
        let proto = succeed(folder.path(), &format!("schema m.yaml:{stream} --as proto"));
        std::fs::write(folder.path().join("m.proto"), proto).unwrap();
        let proto = folder.path().join("m.proto");
        for (format, more) in [
            ("avro", &[][..]),
            ("json", &["--value", "json"]),
            (
                "protobuf",
                &["--value", "protobuf", "--proto", proto.to_str().unwrap()],
            ),
        ] {
            let topic = format!("{}-{stream}-{format}", name.replace('_', "-"));
            let line = format!(
                "emulate m.yaml:{stream} --to kafka --format {format} {plan} --destination {topic} --manifest m.json"
            );
            succeed(folder.path(), &line);
            succeed(folder.path(), "verify m.json");
            let mut found = read(&topic, more);
            assert_eq!(found.len(), 300, "{topic}");
            let by_key = |value: &Value| match stream {
                "customer" => value["customer_id"].to_string().replace('"', ""),
                _ => value["source"]["lsn"]
                    .to_string()
                    .replace('"', "")
                    .replace("null", "0"),
            };
            let mut found: BTreeMap<_, _> = found
                .iter_mut()
                .map(|message| message["value"].take())
                .map(|value| (by_key(&value), value))
                .collect();
            for expected in &expected {
                let found = found.remove(&by_key(expected)).unwrap();
                assert!(is_same(expected, &found), "{format}: {expected} {found}");
            }
        }
    }
}

#[test]
fn keys_headers_and_tombstones_are_seen_as_they_were_asked_for_and_verified() {
    let folder = tempfile::tempdir().unwrap();
    for key_format in ["avro", "json"] {
        for strategy in ["topic", "record", "topic-record"] {
            let topic = fresh("keys");
            let line = format!(
                "emulate device-log --to kafka --format avro --count 2000 --seed 7 \
                 --start-time 2026-01-01T00:00:00Z --destination {topic} --key-format {key_format} \
                 --subject-strategy {strategy} --header source=emulator --header user=$user_id \
                 --tombstones 0.1 --manifest m.json"
            );
            succeed(folder.path(), &line);
            succeed(folder.path(), "verify m.json");
            let found = read(&topic, &["--key", key_format]);
            assert_eq!(found.len(), 2000);
            let mut tombstones = 0;
            for message in &found {
                let (value, headers) = (&message["value"], &message["headers"]);
                assert_eq!(headers["source"], "emulator");
                if value.is_null() {
                    tombstones += 1;
                    assert!(headers["tombstone_of"].as_str().unwrap().contains('/'));
                    assert!(message["key"]["device_id"].is_string());
                } else {
                    assert_eq!(message["key"]["device_id"], value["device_id"]);
                    assert_eq!(headers["user"], value["user_id"].to_string());
                }
            }
            assert!((120..280).contains(&tombstones), "{tombstones}");
        }
    }
}

#[test]
fn a_deletion_is_a_message_without_a_value_where_that_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let topic = model(folder.path()).replace('_', "-") + "-changes";
    let line = format!(
        "emulate m.yaml:customer_change --to kafka --format avro --count 1500 --seed 7 \
         --destination {topic} --tombstones 1 --key-format avro --manifest m.json"
    );
    succeed(folder.path(), &line);
    succeed(folder.path(), "verify m.json");
    let found = read(&topic, &["--key", "avro"]);
    assert_eq!(found.len(), 1500);
    let deleted = found
        .iter()
        .filter(|message| message["value"].is_null())
        .count();
    assert!(deleted > 50, "{deleted}");
    for message in found.iter().filter(|message| !message["value"].is_null()) {
        assert_ne!(message["value"]["op"], "d");
        let after = &message["value"]["after"]["customer_id"];
        assert_eq!(message["key"]["customer_id"], *after);
    }
}

/// Java's own producer, which ships with Kafka.
#[test]
fn javas_producer_sends_equal_keys_to_equal_partitions() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, javas) = (fresh("ours"), fresh("javas"));
    for topic in [&ours, &javas] {
        let line = format!(
            "emulate user-profile --to kafka --count 400 --seed 7 --destination {topic} --manifest {topic}.json"
        );
        succeed(folder.path(), &line);
    }
    let partitions = |messages: &[Value]| -> BTreeMap<String, i64> {
        let placed = messages.iter().map(|message| {
            let partition = message["partition"].as_i64().unwrap();
            (message["key"].as_str().unwrap().to_owned(), partition)
        });
        placed.collect()
    };
    let bootstrap = env("KAFKA_BOOTSTRAP_SERVERS");
    let plain = |topic: &str| {
        let arguments = ["--bootstrap", &bootstrap, "--topic", topic, "--to-end"];
        script("read_kafka.py", &arguments)
    };
    let expected = partitions(&plain(&ours));
    assert_eq!(expected.len(), 400);
    let before = plain(&javas).len();
    let mut producer = Command::new(local("servers"))
        .args([
            "kafka-tool",
            "ConsoleProducer",
            "--bootstrap-server",
            &bootstrap,
        ])
        .args(["--topic", &javas, "--property", "parse.key=true"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = producer.stdin.take().unwrap();
    for key in expected.keys() {
        writeln!(lines, "{key}\tby java").unwrap();
    }
    drop(lines);
    assert!(producer.wait().unwrap().success());
    let all = plain(&javas);
    let found: Vec<_> = (all.into_iter())
        .filter(|message| message["value"] == "by java")
        .collect();
    assert_eq!((before, found.len()), (400, 400));
    assert_eq!(partitions(&found), expected);
    assert_eq!(expected.values().collect::<BTreeSet<_>>().len(), 5);
}

/// Killed ten times, the run has each record once for a foreign reader of Avro.
#[test]
fn ten_kills_leave_each_avro_message_once() {
    const RECORDS: usize = 200_000;
    const RATE: usize = 10_000;
    let folder = tempfile::tempdir().unwrap();
    let topic = fresh("avro-kills");
    let now = jiff::Timestamp::from_second(jiff::Timestamp::now().as_second()).unwrap();
    let line = format!(
        "emulate transaction --to kafka --format avro --key-format avro --delivery exactly-once \
         --count {RECORDS} --rate {RATE} --pace realtime --seed 7 --start-time {now} \
         --destination {topic}"
    );
    for kill in 0..10 {
        let mut child = command(folder.path(), &line)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Different moments of generating, sending and committing.
        std::thread::sleep(Duration::from_millis(900 + 137 * kill));
        assert_eq!(
            child.try_wait().unwrap(),
            None,
            "it ended before kill {kill}"
        );
        child.kill().unwrap();
        child.wait().unwrap();
    }
    succeed(folder.path(), &format!("{line} --manifest m.json"));
    succeed(folder.path(), "verify m.json");
    let found = read(&topic, &["--key", "avro"]);
    let ids: BTreeSet<_> = found
        .iter()
        .map(|message| message["value"]["transaction_id"].as_str().unwrap())
        .collect();
    assert_eq!((found.len(), ids.len()), (RECORDS, RECORDS));
}
