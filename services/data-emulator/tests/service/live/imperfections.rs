//! Dirty data through kill -9 to a real Kafka, exactly once.

use std::collections::HashMap;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::readers::{fresh, servers, topic};
use crate::process::program;

const DIRT: &str = r#"{"missing":0.05,"late":{"share":0.05,"bound":2},"out_of_order":0.05,"duplicate":0.05,"corrupt":{"share":0.05,"fields":["transaction_id","amount"]},"clock_skew":{"share":0.05,"device":"user_id"},"drift":{"from":40000,"remove":["location"]}}"#;
const PLAN: &str = "emulate transaction --count 100000 --seed 7 --format ndjson --imperfections";

#[test]
fn a_dirty_run_killed_again_and_again_delivers_each_delivery_once_and_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let name = fresh("dirty");
    let command = |more: &str| -> Command {
        let mut command = program(folder.path());
        let words = PLAN.split(' ').chain([DIRT]).chain(more.split(' '));
        command.args(words).envs(servers());
        command
    };
    let now = jiff::Timestamp::now().as_second();
    let start = jiff::Timestamp::from_second(now).unwrap();
    let to_kafka = format!(
        "--to kafka --destination {name} --delivery exactly-once --rate 10000 --start-time {start} \
         --manifest run.json"
    );
    for _ in 0..4 {
        let mut child = command(&to_kafka).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(1700));
        assert_eq!(
            child.try_wait().unwrap(),
            None,
            "it ended before it was killed"
        );
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let output = command(&to_kafka).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{told}");

    // The same in memory: which deliveries there are, and their order.
    let expected = command(&format!("--to stdout --start-time {start}"));
    let expected = { expected }.output().unwrap().stdout;
    let expected = String::from_utf8(expected).unwrap();
    let mut positions: HashMap<&str, Vec<usize>> = HashMap::new();
    for (position, line) in expected.lines().enumerate() {
        positions.entry(line).or_default().push(position);
    }
    let count = expected.lines().count();
    let seen = topic(&name, count, &["--read-committed"]);
    assert_eq!(seen.len(), count);
    let mut before: HashMap<i64, usize> = HashMap::new();
    for message in &seen {
        let left = positions.get_mut(message.value.as_str());
        let left = left.unwrap_or_else(|| panic!("not one of ours: {}", message.value));
        assert!(!left.is_empty(), "once too often: {}", message.value);
        // Those of one record have one key, and so one partition and their order.
        let position = left.remove(0);
        let before = before.insert(message.partition, position);
        assert!(before.is_none_or(|before| before < position), "{position}");
    }
    let verified = program(folder.path())
        .args(["verify", "run.json"])
        .envs(servers())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&verified.stdout).into_owned();
    assert_eq!(verified.status.code(), Some(0), "{told}");
}
