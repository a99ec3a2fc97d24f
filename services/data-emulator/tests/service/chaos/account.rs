//! What is there in the end: counted by a client that is not ours, and compared by `verify`.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::Plan;
use crate::live::readers::{env, local, servers};
use crate::process::program;

/// The records of a plan, by what they say but for the id of the emulation.
pub(crate) struct Expected {
    indices: HashMap<u64, usize>,
}

/// The id of the emulation that a line names, and the digest of the rest.
fn parted(line: &str) -> Option<(&str, u64)> {
    let (id, rest) = line
        .strip_prefix("{\"emulation_id\":\"")?
        .split_at_checked(36)?;
    let mut hasher = DefaultHasher::new();
    rest.hash(&mut hasher);
    Some((id, hasher.finish()))
}

impl Expected {
    /// As `emulate --to stdout` writes them.
    pub(crate) fn of(plan: &Plan) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut child = plan
            .command(folder.path(), "stdout")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let indices: HashMap<u64, usize> = lines
            .enumerate()
            .map(|(index, line)| (parted(&line.unwrap()).unwrap().1, index))
            .collect();
        assert_eq!(child.wait().unwrap().code(), Some(0));
        assert_eq!(indices.len(), plan.count, "no two records are alike");
        Self { indices }
    }
}

/// What a topic holds of a run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) records: usize,
    pub(crate) lost: usize,
    pub(crate) twice: usize,
    /// Not one of the plan's.
    pub(crate) changed: usize,
    /// Behind a record with a higher index in the same partition.
    pub(crate) disordered: usize,
    pub(crate) partitions: usize,
}

impl Found {
    /// Reads the topic to its end, of run `id` or of whichever.
    pub(crate) fn of(
        brokers: &str,
        topic: &str,
        id: Option<&str>,
        expected: &Expected,
        more: &[&str],
    ) -> Self {
        let mut seen = vec![false; expected.indices.len()];
        let mut last: HashMap<u64, usize> = HashMap::new();
        let mut found = Self::default();
        each_message(brokers, topic, more, |partition, value| {
            let parted = parted(value);
            if id.is_some() && parted.is_none_or(|(other, _)| Some(other) != id) {
                return;
            }
            found.records += 1;
            let Some(&index) = parted.and_then(|(_, digest)| expected.indices.get(&digest)) else {
                found.changed += 1;
                return;
            };
            found.twice += usize::from(std::mem::replace(&mut seen[index], true));
            if last
                .insert(partition, index)
                .is_some_and(|before| before > index)
            {
                found.disordered += 1;
            }
        });
        found.partitions = last.len();
        found.lost = seen.iter().filter(|seen| !**seen).count();
        found
    }

    /// Panics if anything is not as it should be.
    pub(crate) fn assert_whole(&self, what: &str) {
        let faults = self.lost + self.twice + self.changed + self.disordered;
        assert_eq!((faults, self.partitions), (0, 5), "{what}: {self}");
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            records,
            lost,
            twice,
            changed,
            disordered,
            partitions,
        } = self;
        write!(
            f,
            "{records} records read back: {lost} lost, {twice} twice, {changed} changed, \
             {disordered} out of order in {partitions} partitions"
        )
    }
}

/// Partition and value of all that the topic holds.
pub(crate) fn each_message(
    brokers: &str,
    topic: &str,
    more: &[&str],
    mut see: impl FnMut(u64, &str),
) {
    let mut reader = Command::new(env("LOCAL_PYTHON"))
        .arg(local("read_kafka.py"))
        .args([
            "--bootstrap",
            brokers,
            "--topic",
            topic,
            "--to-end",
            "--timeout",
            "300",
        ])
        .args(more)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    for line in BufReader::new(reader.stdout.take().unwrap()).lines() {
        let message: Value = serde_json::from_str(&line.unwrap()).unwrap();
        see(
            message["partition"].as_u64().unwrap(),
            message["value"].as_str().unwrap(),
        );
    }
    assert!(reader.wait().unwrap().success(), "{topic} was not read");
}

/// Panics unless `verify` finds all there, once, unchanged and in order.
pub(crate) fn assert_verified(manifest: &Path, more: &[(&str, String)]) {
    let output = program(manifest.parent().unwrap())
        .arg("verify")
        .arg(manifest)
        .envs(servers())
        .envs(more.iter().map(|(name, value)| (*name, value)))
        .output()
        .unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
