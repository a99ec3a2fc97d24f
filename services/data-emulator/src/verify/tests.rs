use std::fs;
use std::path::Path;

use clap::Parser;
use platform_runtime::settings::{Settings, Sources};
use serde_json::Value;

use super::*;
use crate::cli::{Cli, Command};
use crate::emulate;
use crate::settings::table;

fn settings() -> ServiceSettings {
    ServiceSettings::from(&Settings::load(&table(), &Sources::default()).unwrap()).unwrap()
}

async fn command(line: &str) -> anyhow::Result<u8> {
    let words = std::iter::once("data-emulator").chain(line.split(' '));
    let stop = CancellationToken::new();
    match Cli::try_parse_from(words)?.command {
        Command::Emulate(options) => emulate::run(&options, &settings(), stop).await,
        Command::Verify(options) => run(&options, &settings(), stop).await,
        other => panic!("{other:?}"),
    }
}

/// Emulates into `folder` and gives the path of the manifest.
async fn emulated(folder: &Path, more: &str) -> String {
    let (folder, manifest) = (folder.display(), folder.join("manifest.json"));
    let line = format!(
        "emulate device-log --to file:{folder} --count 500 --seed 7 --manifest {} {more}",
        manifest.display()
    );
    assert_eq!(command(&line).await.unwrap(), 0);
    manifest.display().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_verified_and_a_changed_byte_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let more = "--sync chunked --max-chunk-size 20000 --format csv";
    let manifest = emulated(folder.path(), more).await;
    // The manifest knows the folder.
    let verify = format!("verify {manifest}");
    assert_eq!(command(&verify).await.unwrap(), 0);
    let from = format!("{verify} --from file:{}", folder.path().display());
    assert_eq!(command(&from).await.unwrap(), 0);
    let objects = fs::read_dir(folder.path().join("device-logs")).unwrap();
    let run = objects.into_iter().next().unwrap().unwrap().path();
    let part = run.join("part-00001.csv");
    let mut bytes = fs::read(&part).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&part, &bytes).unwrap();
    assert_eq!(command(&verify).await.unwrap(), 1);
    assert_eq!(command(&format!("{verify} --json")).await.unwrap(), 1);
    bytes[middle] ^= 1;
    fs::write(&part, &bytes).unwrap();
    assert_eq!(command(&verify).await.unwrap(), 0);
    fs::write(run.join("part-00099.csv"), "more").unwrap();
    assert_eq!(command(&verify).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_not_completed_is_never_verified() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = emulated(folder.path(), "--sync grouped").await;
    let whole: Value = serde_json::from_str(&fs::read_to_string(&manifest).unwrap()).unwrap();
    let changed = folder.path().join("changed.json");
    let verify = async |records: (u64, u64), status: &str, from: &Path| {
        let mut value = whole.clone();
        value["status"] = status.into();
        value["error"] = if status == "failed" {
            "why".into()
        } else {
            Value::Null
        };
        value["records"]["generated"] = records.0.into();
        value["records"]["acknowledged"] = records.1.into();
        value["records"]["failed"] = (records.0 - records.1).into();
        fs::write(&changed, value.to_string()).unwrap();
        let (changed, from) = (changed.display(), from.display());
        let line = format!("verify {changed} --from file:{from}");
        command(&line).await.unwrap()
    };
    let empty = tempfile::tempdir().unwrap();
    fs::create_dir(empty.path().join("device-logs")).unwrap();
    assert_eq!(verify((500, 500), "completed", folder.path()).await, 0);
    for status in ["failed", "cancelled"] {
        // Whether all of it is there, or nothing was ever made.
        assert_eq!(verify((500, 500), status, folder.path()).await, 1);
        assert_eq!(verify((0, 0), status, empty.path()).await, 1);
    }
    assert_eq!(verify((500, 499), "completed", folder.path()).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_use_says_what_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = emulated(folder.path(), "--sync grouped").await;
    let told = async |line: String| {
        let error = command(&line).await.unwrap_err();
        assert!(error.is::<WrongUse>(), "{error:#}");
        error.to_string()
    };
    let changed = folder.path().join("changed.json");
    let mut served: Value = serde_json::from_str(&fs::read_to_string(&manifest).unwrap()).unwrap();
    served.as_object_mut().unwrap().remove("folder").unwrap();
    fs::write(&changed, served.to_string()).unwrap();
    let text = told(format!("verify {}", changed.display())).await;
    assert!(text.contains("--from file:DIR"), "{text}");
    let verify = format!("verify {} --from kafka", changed.display());
    for (field, value, says) in [
        (
            "status",
            serde_json::json!("processing"),
            "expected completed, failed or cancelled",
        ),
        (
            "generator_version",
            serde_json::json!(99),
            "invalid generator_version 99",
        ),
        ("seeds", serde_json::json!(1), "unknown field 'seeds'"),
        ("rate", serde_json::json!(0.0), "invalid rate 0"),
        (
            "emulation_id",
            serde_json::json!("me"),
            "invalid emulation_id 'me'; expected a UUID",
        ),
        (
            "records",
            serde_json::json!(5),
            "records: got integer `5`; expected a JSON object",
        ),
        (
            "bytes",
            serde_json::json!(-1),
            "bytes: got integer `-1`; expected a whole number, 0 to 18446744073709551615",
        ),
        (
            "changes",
            serde_json::json!([5]),
            "changes[0]: got integer `5`; expected a JSON object",
        ),
        (
            "changes",
            serde_json::json!([{"index": 0, "time": "2026-01-01T00:00:00Z"}]),
            "invalid changes at 0: no change; expected one of rate, factor and paused",
        ),
    ] {
        let mut value_of: Value =
            serde_json::from_str(&fs::read_to_string(&manifest).unwrap()).unwrap();
        value_of[field] = value;
        fs::write(&changed, value_of.to_string()).unwrap();
        let text = told(verify.clone()).await;
        assert!(text.contains(says), "{text}");
    }
    let mut counts: Value = serde_json::from_str(&fs::read_to_string(&manifest).unwrap()).unwrap();
    counts["records"]["generated"] = 501.into();
    fs::write(&changed, counts.to_string()).unwrap();
    let from = folder.path().display();
    let text = told(format!("verify {} --from file:{from}", changed.display())).await;
    assert!(
        text.contains("invalid records.generated 501") && text.contains("there is no record 500"),
        "{text}"
    );
}

#[tokio::test]
async fn a_manifest_without_end_is_refused_by_its_size() {
    let error = command("verify /dev/zero").await.unwrap_err().to_string();
    assert_eq!(
        error,
        "/dev/zero: the manifest cannot be read: it is larger than the 4194304 bytes that are allowed"
    );
}
