//! Avro, read by confluent-kafka with the registry of deploy/local, and by fastavro.

use std::path::Path;
use std::process::Output;

use serde_json::Value;

use super::readers::{env, fresh, registered_topic, script, servers};
use crate::process::program;

const COUNT: usize = 5_000;

fn run(folder: &Path, line: &str, registry: bool) -> Output {
    let mut program = program(folder);
    program.args(line.split_whitespace()).envs(servers());
    match registry {
        true => program.env("SCHEMA_REGISTRY_URL", env("SCHEMA_REGISTRY_URL")),
        false => program.env_remove("SCHEMA_REGISTRY_URL"),
    };
    program.output().unwrap()
}

fn ended(output: &Output) -> (Option<i32>, String) {
    let text = [&*output.stdout, &*output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

fn plan(domain: &str) -> String {
    format!("emulate {domain} --count {COUNT} --seed 7 --start-time 2026-01-01T00:00:00Z")
}

/// The records of the same plan as JSON.
fn records(folder: &Path, domain: &str) -> Vec<Value> {
    let output = run(
        folder,
        &format!("{} --to stdout --format ndjson", plan(domain)),
        false,
    );
    let lines = String::from_utf8(output.stdout).unwrap();
    let lines = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.map(|mut envelope| envelope["data"].take()).collect()
}

/// A value of JSON and one that a reader of Avro printed: numbers with a point and times are text
/// there, and times have microseconds.
fn is_same(name: &str, json: &Value, avro: &Value) -> bool {
    match (json, avro) {
        (Value::Number(number), Value::String(text)) => {
            number.as_f64().unwrap() == text.parse::<f64>().unwrap()
        }
        (Value::String(json), Value::String(avro)) if name.contains("timestamp") => {
            // 2026-01-01T00:00:00.123Z, 2026-01-01 00:00:00.123456+00:00
            let avro = avro.replace(' ', "T");
            let short = avro.strip_suffix("+00:00").unwrap();
            let padded = if short.contains('.') {
                short.to_owned()
            } else {
                format!("{short}.000")
            };
            json.trim_end_matches('Z') == &padded[..23]
        }
        _ => json == avro,
    }
}

fn assert_same(expected: &[Value], found: &[Value]) {
    assert_eq!(found.len(), expected.len());
    for (expected, found) in expected.iter().zip(found) {
        for (name, value) in expected.as_object().unwrap() {
            assert!(
                is_same(name, value, &found[name]),
                "{name}: {expected} {found}"
            );
        }
    }
}

#[test]
fn confluents_deserializer_finds_every_record_by_the_registered_schema() {
    let folder = tempfile::tempdir().unwrap();
    for (domain, id, delivery) in [
        ("transaction", "transaction_id", "at-least-once"),
        ("transaction", "transaction_id", "exactly-once"),
        ("device-log", "log_id", "at-least-once"),
        ("user-profile", "user_id", "at-least-once"),
    ] {
        let name = fresh("avro");
        let line = format!(
            "{} --to kafka --format avro --destination {name} --delivery {delivery} --manifest m.json",
            plan(domain)
        );
        let (code, told) = ended(&run(folder.path(), &line, true));
        assert_eq!(code, Some(0), "{told}");
        let (code, told) = ended(&run(folder.path(), "verify m.json", true));
        assert_eq!(code, Some(0), "{told}");
        let mut found = registered_topic(&name, COUNT);
        let mut expected = records(folder.path(), domain);
        let by_id = |value: &Value| value[id].to_string();
        found.sort_by_key(by_id);
        expected.sort_by_key(by_id);
        assert_same(&expected, &found);
        // Written with the ids of a registry, they are not the single objects of a run without.
        let (code, told) = ended(&run(folder.path(), "verify m.json", false));
        assert_eq!(code, Some(1), "{told}");
    }
}

#[test]
fn verify_registers_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let name = fresh("avro-single");
    let line = format!(
        "{} --to kafka --format avro --destination {name} --manifest m.json",
        plan("transaction")
    );
    let (code, told) = ended(&run(folder.path(), &line, false));
    assert_eq!(code, Some(0), "{told}");
    let (code, told) = ended(&run(folder.path(), "verify m.json", false));
    assert_eq!(code, Some(0), "{told}");
    for _ in 0..2 {
        let (code, told) = ended(&run(folder.path(), "verify m.json", true));
        assert_eq!(code, Some(2), "{told}");
        assert!(
            told.contains(&format!("have the schema of the run under '{name}-value'")),
            "{told}"
        );
    }
}

#[test]
fn fastavro_reads_every_file() {
    let folder = tempfile::tempdir().unwrap();
    for domain in ["transaction", "device-log", "user-profile"] {
        let expected = records(folder.path(), domain);
        for compression in ["none", "deflate", "snappy", "zstandard"] {
            let line = format!(
                "{} --to file:out --format avro --compression {compression} --destination {domain}-{compression}",
                plan(domain)
            );
            let (code, told) = ended(&run(folder.path(), &line, false));
            assert_eq!(code, Some(0), "{told}");
            let files =
                std::fs::read_dir(folder.path().join(format!("out/{domain}-{compression}")));
            let file = files.unwrap().next().unwrap().unwrap().path();
            assert_same(
                &expected,
                &script("read_avro.py", &[file.to_str().unwrap()]),
            );
        }
    }
}
