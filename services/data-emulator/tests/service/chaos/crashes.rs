//! The emulator is killed with -9, twenty times a run.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use super::account::{Expected, Found, assert_verified};
use super::{Draws, Plan, RECORDS, tell};
use crate::client::Client;
use crate::live::objects::files;
use crate::live::readers::{bucket, env, fresh, open_uploads, servers};
use crate::process::Service;

const KILLS: usize = 20;
/// Records that a kill repeats at most, as docs/reference/reliability.md has it.
const REPEATED: usize = 100_000;
/// Records a second: the run would last 50 s if nothing disturbed it.
const RATE: u32 = 20_000;

/// Begins the same `emulate` again and again, kills it in the middle of its work, and lets the last
/// one end. The id of the run follows from its plan, so that each takes over from the one before.
fn killed(plan: &Plan, to: &str, more: &[&str], folder: &Path, mut after_kill: impl FnMut()) {
    let command = || {
        let mut command = plan.command(folder, to);
        command.args(more).envs(servers());
        command
    };
    let mut draws = Draws::new();
    for kill in 0..KILLS {
        let mut child = command().stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(draws.within(500..2200)));
        let ended = child.try_wait().unwrap();
        assert_eq!(ended, None, "it ended before kill {kill}");
        child.kill().unwrap();
        child.wait().unwrap();
        after_kill();
    }
    let output = command()
        .args(["--manifest", "manifest.json"])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{told}");
}

#[test]
fn an_emulator_killed_twenty_times_delivers_each_record_exactly_once() {
    let folder = tempfile::tempdir().unwrap();
    let plan = Plan::realtime(RECORDS, RATE);
    let topic = fresh("crashes");
    let more = ["--delivery", "exactly-once", "--destination", &topic];
    killed(&plan, "kafka", &more, folder.path(), || {});
    let (brokers, expected) = (env("KAFKA_BOOTSTRAP_SERVERS"), Expected::of(&plan));
    let found = Found::of(&brokers, &topic, None, &expected, &["--read-committed"]);
    found.assert_whole(&topic);
    assert_verified(&folder.path().join("manifest.json"), &[]);
    // Who reads what was not committed, too, sees that the kills left records behind.
    let all = Found::of(&brokers, &topic, None, &expected, &[]);
    assert!(all.twice > 0, "no kill met an open transaction: {all}");
    tell(&format!(
        "emulator killed {KILLS} times, {} records in transactions that were aborted; {found}; verify agrees",
        all.records - found.records
    ));
}

#[test]
fn an_emulator_killed_twenty_times_leaves_the_objects_of_an_undisturbed_run() {
    let folder = tempfile::tempdir().unwrap();
    let plan = Plan::realtime(RECORDS, RATE);
    let name = fresh("crashes");
    let mut open = 0;
    killed(
        &plan,
        "minio",
        &["--destination", &name],
        folder.path(),
        || {
            open += open_uploads(&name, "");
        },
    );
    assert!(open > 0, "no kill met an upload");
    let left = assert_same_objects(&plan, &name, folder.path());
    assert_verified(&folder.path().join("manifest.json"), &[]);
    tell(&format!(
        "emulator killed {KILLS} times, {open} open uploads seen after the kills; {left}; verify agrees"
    ));
}

/// Kills the service in the middle of a run, each time with the same data folder, and starts it
/// again. Gives the id of the run and what the API says of it in the end.
async fn killed_service(
    plan: &Plan,
    sink: &str,
    delivery: &str,
    name: &str,
    folder: &Path,
) -> String {
    let data = ["--data-dir", "data"];
    let mut service = Service::start_with(folder, &data, servers());
    let mut request = plan.request(sink, name);
    request["delivery"] = delivery.into();
    let id = Client::of(&service).post(&request).await;
    let mut draws = Draws::new();
    for kill in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(draws.within(500..2200))).await;
        let status = Client::of(&service).status(&id).await;
        let status = status["status"]["global_status"].to_string();
        assert_eq!(status, "\"processing\"", "before kill {kill}");
        // Dropped, it is killed with -9.
        drop(service);
        service = Service::start_with(folder, &data, servers());
    }
    let client = Client::of(&service);
    let status = client.ended(&id, Duration::from_secs(300)).await;
    assert_eq!(status["status"]["global_status"], "completed", "{status}");
    assert_eq!(status["records"]["acknowledged"], plan.count, "{status}");
    client
        .save_manifest(&id, &folder.join("manifest.json"))
        .await;
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_killed_twenty_times_carries_its_runs_on() {
    for delivery in ["exactly-once", "at-least-once"] {
        let folder = tempfile::tempdir().unwrap();
        let plan = Plan::realtime(RECORDS, RATE);
        let topic = fresh("restarts");
        let id = killed_service(&plan, "kafka", delivery, &topic, folder.path()).await;
        let (brokers, expected) = (env("KAFKA_BOOTSTRAP_SERVERS"), Expected::of(&plan));
        let read_committed = ["--read-committed"];
        let found = Found::of(&brokers, &topic, Some(&id), &expected, &read_committed);
        if delivery == "exactly-once" {
            found.assert_whole(&topic);
            assert_verified(&folder.path().join("manifest.json"), &[]);
        } else {
            // What was not on record as acknowledged is sent again. At this rate all kills together
            // repeat less than one of them may.
            assert_eq!((found.lost, found.changed), (0, 0), "{found}");
            assert!(found.twice <= REPEATED, "{found}");
        }
        tell(&format!(
            "{delivery}, service killed {KILLS} times and started again; {found}"
        ));
    }
    let folder = tempfile::tempdir().unwrap();
    let plan = Plan::realtime(RECORDS, RATE);
    let name = fresh("restarts");
    killed_service(&plan, "minio", "at-least-once", &name, folder.path()).await;
    assert_verified(&folder.path().join("manifest.json"), &[]);
    let objects = bucket(&name, "");
    let open: usize = objects
        .iter()
        .map(|(key, _)| open_uploads(&name, key))
        .sum();
    assert_eq!(open, 0, "uploads are left open");
    tell(&format!(
        "minio, service killed {KILLS} times and started again; {} objects, which verify has \
         compared with the plan byte for byte, 0 uploads open",
        objects.len()
    ));
}

/// Compares the bucket with a folder that the same plan was carried out to undisturbed.
pub(crate) fn assert_same_objects(plan: &Plan, name: &str, folder: &Path) -> String {
    let output = plan
        .command(folder, "file:out")
        .args(["--destination", name])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    let expected = files(&folder.join("out").join(name));
    let stored: std::collections::BTreeMap<_, _> = bucket(name, "").into_iter().collect();
    assert!(stored.len() > 10, "{stored:?}");
    assert_eq!(stored, expected);
    // A name is asked for exactly: MinIO finds older uploads in no other way.
    let open: usize = stored.keys().map(|key| open_uploads(name, key)).sum();
    assert_eq!(open, 0, "uploads are left open");
    format!(
        "{} objects, byte for byte those of an undisturbed run, 0 uploads open",
        stored.len()
    )
}
