//! Models on the command line: sampled, described, their tables, and the examples all the way.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::client::Client;
use crate::process::{Service, run};
use crate::windows::WORLD;

const RUN: &str = "--seed 7 --start-time 2026-01-01T00:00:00Z";

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/models")
}

/// The shop of the examples with few customers, of whom many are deleted.
fn shop(folder: &Path) {
    let text = fs::read_to_string(examples().join("shop.yaml")).unwrap();
    let changed = text
        .replace("count: 100_000", "count: 500")
        .replace("delete: 0.01", "delete: 0.2");
    assert_eq!(changed.len() + 5, text.len());
    fs::write(folder.join("shop.yaml"), changed).unwrap();
}

/// What the command prints.
fn printed(folder: &Path, line: &str) -> String {
    let output = run(folder, line);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{line}: {told}");
    String::from_utf8(output.stdout).unwrap()
}

fn lines(text: &str) -> Vec<Value> {
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Applies one change as its text says, and panics unless `before` is what the table has.
fn apply(table: &mut BTreeMap<u64, Value>, change: &Value) {
    let (before, after) = (&change["before"], &change["after"]);
    let id = |row: &Value| row["customer_id"].as_u64();
    let key = id(before).or(id(after)).unwrap();
    assert_eq!(table.get(&key).unwrap_or(&Value::Null), before, "{change}");
    match change["op"].as_str() {
        Some("c") => assert!(before.is_null() && !after.is_null(), "{change}"),
        Some("u") => assert!(!before.is_null() && !after.is_null(), "{change}"),
        Some("d") => assert!(!before.is_null() && after.is_null(), "{change}"),
        _ => panic!("{change}"),
    }
    if after.is_null() {
        table.remove(&key);
    } else {
        table.insert(key, after.clone());
    }
}

#[test]
fn a_table_is_what_its_changes_make_of_it_at_any_offset() {
    let folder = tempfile::tempdir().unwrap();
    shop(folder.path());
    let line = format!("emulate shop.yaml:customer_change --to stdout --count 2600 {RUN}");
    let changes = lines(&printed(folder.path(), &line));
    let mut table = BTreeMap::new();
    let mut applied = 0;
    for as_of in [0, 1, 499, 500, 501, 737, 1000, 2599, 2600] {
        changes[applied..as_of]
            .iter()
            .for_each(|change| apply(&mut table, change));
        applied = as_of;
        let line = format!("model table shop.yaml:customer_change --as-of {as_of} {RUN}");
        let rows = lines(&printed(folder.path(), &line));
        assert!(
            rows.iter().eq(table.values()),
            "after {as_of} changes: {rows:?}"
        );
        let array = printed(folder.path(), &format!("{line} --format json"));
        assert_eq!(serde_json::from_str::<Vec<Value>>(&array).unwrap(), rows);
        let csv = printed(folder.path(), &format!("{line} --format csv"));
        assert_eq!(
            csv.lines().count(),
            1 + rows.len(),
            "a header, and the rows"
        );
    }
    assert!(table.len() < 450, "{} customers are left", table.len());
    // Of entities, those that are there so far.
    let line = format!("model table shop.yaml:customer --as-of 300 {RUN}");
    let rows = printed(folder.path(), &line);
    let line = format!("emulate shop.yaml:customer --to stdout --count 300 {RUN}");
    assert_eq!(rows, printed(folder.path(), &line));
}

#[test]
fn what_has_no_sample_or_table_is_told_with_what_has() {
    let folder = tempfile::tempdir().unwrap();
    shop(folder.path());
    for (line, told) in [
        (
            "model sample shop.yaml:oder",
            "error: shop.yaml: unknown stream 'oder'; expected customer, order, order_line or customer_change",
        ),
        (
            "model sample shop.yaml",
            "expected a file and a stream, such as shop.yaml:order",
        ),
        (
            "model sample shop.yaml:order --count 1001",
            "invalid count 1001; expected 1 to 1000 records",
        ),
        (
            "model table shop.yaml:order --as-of 1 --seed 7 --start-time 2026-01-01T00:00:00Z",
            "error: there is no table of order; expected a stream with 'changes_of', or one with a 'count'",
        ),
    ] {
        let output = run(folder.path(), line);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{line}: {stderr}");
        assert!(stderr.contains(told), "{line}: {stderr}");
    }
}

#[test]
fn a_sample_is_the_beginning_of_a_run_and_a_description_measures_it() {
    let folder = tempfile::tempdir().unwrap();
    shop(folder.path());
    let sample = printed(
        folder.path(),
        "model sample shop.yaml:customer --count 500 --seed 1",
    );
    let line = "emulate shop.yaml:customer --to stdout --seed 1";
    assert_eq!(sample, printed(folder.path(), line));
    let page = printed(folder.path(), "model describe shop.yaml --rate 50");
    let mean = format!(" {:.0} as ndjson", sample.len() as f64 / 500.0);
    let sizes = page
        .lines()
        .find(|line| line.starts_with("  bytes a record: "));
    assert!(sizes.unwrap().contains(&mean), "{mean} in {page}");
    for told in [
        "  500 records at a rate of 50 in 10.0 s: ",
        "  50 records a second at a rate of 50, without end: ",
        // 1 to 4 lines an order, by their weights.
        "  80 records a second at a rate of 50, without end: ",
        "  └─ customer_change (changes)",
    ] {
        assert!(page.contains(told), "{told:?} in {page}");
    }
    let mermaid = printed(folder.path(), "model describe shop.yaml --as mermaid");
    assert!(mermaid.starts_with("erDiagram\n"), "{mermaid}");
}

#[test]
fn every_example_is_sampled_emulated_and_verified() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["shop", "iot", "payments", "hr", "clickstream"] {
        let file = examples().join(format!("{name}.yaml"));
        let file = file.to_str().unwrap();
        let manifest = folder.path().join("m.json");
        printed(
            folder.path(),
            &format!("emulate {file} --to file:out --count 2000 --seed 7 --manifest m.json"),
        );
        printed(folder.path(), "verify m.json");
        let manifest = fs::read_to_string(manifest).unwrap();
        let manifest: Value = serde_json::from_str(&manifest).unwrap();
        let runs = manifest["emulations"].as_array().unwrap();
        assert!(runs.len() >= 3, "{name}");
        let found = printed(folder.path(), "verify m.json --json");
        let found: Value = serde_json::from_str(&found).unwrap();
        let found = found["emulations"].as_array().unwrap();
        assert_eq!(found.len(), runs.len(), "{name}");
        assert!(found.iter().all(|run| run["conclusion"] == "complete"));
        for run in runs {
            let domain = run["emulation_domain"].as_str().unwrap();
            let stream = domain.rsplit('/').next().unwrap();
            let line = format!("model sample {file}:{stream} --count 5");
            let records = lines(&printed(folder.path(), &line));
            assert!(
                !records.is_empty() && records.iter().all(Value::is_object),
                "{domain}"
            );
        }
    }
}

/// Every service offers it, until somebody gives another of its name; that one outlives the process.
#[tokio::test]
async fn the_world_of_payments_is_there_without_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("small.yaml"), WORLD).unwrap();
    let of = |world: &str| {
        let line = format!("emulate {world}:payment --to stdout --count 2 --seed 7");
        lines(&printed(at, &line))
    };
    let (builtin, small) = (of("payments"), of("small.yaml"));
    assert_ne!(builtin, small);
    for (replaces, expected) in [(true, &builtin), (false, &small), (false, &small)] {
        let service = Service::start_with(at, &["--data-dir", "data"], Vec::new());
        let client = Client::of(&service);
        let url = |path: &str| format!("{}/{path}", client.url);
        let sample = async || {
            let sample = url("domains/payments/payment/sample?count=2&seed=7&format=ndjson");
            let answer = client.http.get(sample).send().await.unwrap();
            assert_eq!(answer.status(), 200);
            lines(&answer.text().await.unwrap())
        };
        assert_eq!(sample().await, *expected);
        if replaces {
            let put = client.http.put(url("models/payments")).body(WORLD);
            assert_eq!(put.send().await.unwrap().status(), 200);
            assert_eq!(sample().await, small);
            // Without the other one it is there again, and itself cannot be deleted.
            for expected in [204, 409] {
                let deleted = client.http.delete(url("models/payments")).send().await;
                assert_eq!(deleted.unwrap().status(), expected);
                assert_eq!(sample().await, builtin);
            }
            let put = client.http.put(url("models/payments")).body(WORLD);
            assert_eq!(put.send().await.unwrap().status(), 200);
        }
    }
}
