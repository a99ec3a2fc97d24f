//! `emulate --to kafka`.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use super::readers::{Seen, describe, env, fresh, servers, topic};
use super::steered::Draws;
use crate::process::program;
use crate::windows::{WORLD, options};

fn emulate(folder: &Path, line: &str, settings: &[(&str, String)]) -> Output {
    program(folder)
        .args(["emulate"])
        .args(line.split(' '))
        .envs(servers())
        .envs(settings.iter().map(|(name, value)| (*name, value)))
        .output()
        .unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Panics unless every record of 0..count is there once, and in order within its partition.
fn assert_whole(seen: &[Seen], expected: &str) {
    assert_eq!(seen.len(), expected.lines().count());
    let order: HashMap<&str, usize> = expected
        .lines()
        .enumerate()
        .map(|(index, line)| (line, index))
        .collect();
    let mut found = HashSet::new();
    let mut before = HashMap::new();
    for message in seen {
        let index = order.get(message.value.as_str());
        let index = *index.unwrap_or_else(|| panic!("not one of ours: {}", message.value));
        assert!(found.insert(index), "record {index} twice");
        if let Some(before) = before.insert(message.partition, index) {
            assert!(
                before < index,
                "{index} behind {before} in partition {}",
                message.partition
            );
        }
        assert!(message.value.contains(&message.key));
    }
}

#[test]
fn every_record_arrives_once_unchanged_and_in_order() {
    let folder = tempfile::tempdir().unwrap();
    for (domain, format, count, delivery) in [
        ("transaction", "json", 200_000, "at-least-once"),
        ("transaction", "csv", 120_000, "exactly-once"),
        ("device-log", "ndjson", 50_000, "at-least-once"),
        ("user-profile", "csv", 9_000, "at-least-once"),
    ] {
        let name = fresh("whole");
        let plan = format!("{domain} --count {count} --seed 7 --start-time 2026-01-01T00:00:00Z");
        // A topic has messages where an object has lines: the envelope without the array's commas.
        let lines = if format == "csv" { "csv" } else { "ndjson" };
        let expected = emulate(
            folder.path(),
            &format!("{plan} --to stdout --format {lines}"),
            &[],
        );
        let expected = String::from_utf8(expected.stdout).unwrap();
        let expected = expected
            .split_once("\r\n")
            .map_or(&*expected, |(_, rows)| rows);
        let line = format!(
            "{plan} --to kafka --format {format} --destination {name} --delivery {delivery} \
             --manifest m.json"
        );
        let output = emulate(folder.path(), &line, &[]);
        assert_eq!(output.status.code(), Some(0), "{}", told(&output));
        let verified = program(folder.path())
            .args(["verify", "m.json"])
            .envs(servers())
            .output();
        let verified = verified.unwrap();
        assert_eq!(verified.status.code(), Some(0), "{}", told(&verified));
        // Another format is another run, with an id of its own.
        let manifest = std::fs::read_to_string(folder.path().join("m.json")).unwrap();
        let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
        let id = manifest["emulation_id"].as_str().unwrap();
        let start = if format == "csv" {
            0
        } else {
            "{\"emulation_id\":\"".len()
        };
        let expected = expected.replace(&expected[start..start + id.len()], id);
        assert_whole(&topic(&name, count, &["--read-committed"]), &expected);
        assert!(
            describe(&name).contains("PartitionCount: 5"),
            "{}",
            describe(&name)
        );
    }
}

/// The days of January one by one to one topic are the month, and each is verified by itself; every third day's run is killed in the
/// middle and started again.
#[test]
fn days_one_by_one_are_the_month_exactly_once_through_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("small.yaml"), WORLD).unwrap();
    let plan = "small.yaml:payment --seed 7";
    let month = program(folder.path())
        .args(options(plan, "stdout", 1, 32).split(' '))
        .output()
        .unwrap();
    let month = String::from_utf8(month.stdout).unwrap();
    assert!(month.lines().count() > 40_000);
    let name = fresh("days");
    let mut draws = Draws::new();
    for day in 1..32 {
        let line = format!(
            "{} --destination {name} --delivery exactly-once --manifest {day}.json",
            options(plan, "kafka", day, day + 1)
        );
        let run = || {
            let mut run = program(folder.path());
            run.args(line.split(' ')).envs(servers());
            run
        };
        if day % 3 == 0 {
            let mut child = run().stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(Duration::from_millis(draws.within(50..900)));
            child.kill().unwrap();
            child.wait().unwrap();
        }
        let output = run().output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{day}: {}", told(&output));
    }
    let count = month.lines().count();
    assert_whole(&topic(&name, count, &["--read-committed"]), &month);
    for day in [1, 15, 31] {
        let verified = program(folder.path())
            .args(["verify", &format!("{day}.json"), "--json"])
            .envs(servers())
            .output()
            .unwrap();
        assert_eq!(verified.status.code(), Some(0), "{}", told(&verified));
        let report: serde_json::Value = serde_json::from_slice(&verified.stdout).unwrap();
        let totals = &report["totals"];
        assert_eq!(totals["read"], count, "day {day}");
        assert_eq!(totals["intact"], report["generated"], "day {day}");
    }
}

#[test]
fn every_compression_is_one_that_others_read() {
    let folder = tempfile::tempdir().unwrap();
    for compression in ["none", "gzip", "snappy", "lz4", "zstd"] {
        let name = fresh(compression);
        let line = format!("device-log --to kafka --count 5000 --destination {name}");
        let output = emulate(
            folder.path(),
            &line,
            &[("KAFKA_COMPRESSION", compression.into())],
        );
        assert_eq!(output.status.code(), Some(0), "{}", told(&output));
        assert_eq!(topic(&name, 5000, &[]).len(), 5000);
    }
}

#[test]
fn every_way_to_log_in_works_and_a_wrong_password_is_told_without_saying_it() {
    let folder = tempfile::tempdir().unwrap();
    let user = |password: &str| {
        vec![
            ("KAFKA_USERNAME", env("KAFKA_TEST_USERNAME")),
            ("KAFKA_PASSWORD", password.to_owned()),
        ]
    };
    let right = env("KAFKA_TEST_PASSWORD");
    let cases = [
        ("KAFKA_TEST_SSL", "SSL", None),
        ("KAFKA_TEST_SASL", "SASL_PLAINTEXT", Some("PLAIN")),
        ("KAFKA_TEST_SASL", "SASL_PLAINTEXT", Some("SCRAM-SHA-512")),
        ("KAFKA_TEST_SASL_SSL", "SASL_SSL", Some("PLAIN")),
        ("KAFKA_TEST_SASL_SSL", "SASL_SSL", Some("SCRAM-SHA-512")),
    ];
    for (address, protocol, mechanism) in cases {
        let mut settings = vec![
            ("KAFKA_BOOTSTRAP_SERVERS", env(address)),
            ("KAFKA_SECURITY_PROTOCOL", protocol.to_owned()),
        ];
        if protocol.ends_with("SSL") {
            settings.push(("KAFKA_CA_FILE", env("KAFKA_TEST_CA")));
        }
        let name = fresh("login");
        let line = format!("transaction --to kafka --count 1000 --destination {name}");
        let mut runs = vec![(right.as_str(), Some(0))];
        if mechanism.is_some() {
            runs.push(("correct-horse-battery", Some(1)));
        }
        for (password, code) in runs {
            let mut settings = settings.clone();
            if let Some(mechanism) = mechanism {
                settings.push(("KAFKA_SASL_MECHANISM", mechanism.to_owned()));
                settings.extend(user(password));
            }
            settings.push(("LOG_LEVEL", "DEBUG".to_owned()));
            let output = emulate(folder.path(), &line, &settings);
            let told = told(&output);
            assert_eq!(
                output.status.code(),
                code,
                "{protocol} {mechanism:?}: {told}"
            );
            assert!(!told.contains(password), "the password is told");
            if code == Some(1) {
                assert!(told.to_lowercase().contains("password"), "no hint: {told}");
            }
        }
        assert_eq!(topic(&name, 1000, &[]).len(), 1000);
    }
}

#[test]
fn a_long_run_to_kafka_stays_within_the_memory() {
    let folder = tempfile::tempdir().unwrap();
    let name = fresh("memory");
    let mut child = program(folder.path())
        .args([
            "emulate",
            "transaction",
            "--to",
            "kafka",
            "--count",
            "2000000",
            "--destination",
            &name,
        ])
        .envs(servers())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut peak = 0;
    let code = loop {
        peak = crate::process::peak_memory_mib(child.id()).unwrap_or(peak);
        if let Some(status) = child.try_wait().unwrap() {
            break status.code();
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    };
    assert_eq!(code, Some(0));
    assert!((1..150).contains(&peak), "{peak} MiB");
}
