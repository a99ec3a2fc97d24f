//! Dirty data on purpose: what was wrong is told, expected, and told from what went wrong.

mod in_place;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::Client;
use crate::process::{Service, program, run};

const COUNT: u64 = 20_000;
const DIRT: &str = r#"{"missing":0.05,"late":{"share":0.05,"bound":0.5,"mean":0.1},"out_of_order":{"share":0.05,"window":50},"duplicate":{"share":0.05,"window":30},"corrupt":0.05}"#;

/// What leaves every record in its place.
const IN_PLACE: &str = r#"{"corrupt":{"share":0.05,"fields":["log_id"]},"clock_skew":{"share":0.05,"bound":90},"drift":{"from":12000,"remove":["os"],"rename":{"ip_address":"address"},"retype":["user_agent"],"add":{"schema_version":2}}}"#;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn succeeds(output: Output) -> String {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

/// The words of `line`, and the imperfections.
fn dirty(folder: &Path, line: &str, dirt: &str) -> Output {
    let words = line.split(' ').chain(["--imperfections", dirt]);
    program(folder).args(words).output().unwrap()
}

fn only_file(folder: &Path) -> PathBuf {
    let files = fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = files.map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files.remove(0)
}

fn judge(folder: &Path, arguments: &[&str]) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/service/imperfections/judge.py");
    let mut python = Command::new("python3");
    let python = python.arg(script).args(arguments).current_dir(folder);
    succeeds(python.output().expect("python3 is there"))
}

/// A run with five in a hundred of each fault, as a file `dirty`, with a manifest, its truth and the
/// same run without.
fn prepare(folder: &Path, subject: &str) -> PathBuf {
    let plan =
        format!("emulate {subject} --count {COUNT} --seed 7 --start-time 2026-01-01T00:00:00Z");
    let line = format!("{plan} --to file:out --manifest run.json --sync grouped");
    succeeds(dirty(folder, &line, DIRT));
    let clean = succeeds(run(folder, &format!("{plan} --to stdout")));
    fs::write(folder.join("clean"), clean).unwrap();
    let truth = succeeds(run(folder, "imperfections run.json"));
    fs::write(folder.join("truth"), truth).unwrap();
    let destination = only_file(&folder.join("out"));
    let file = only_file(&destination);
    fs::copy(&file, folder.join("dirty")).unwrap();
    file
}

#[test]
fn the_truth_names_every_difference_and_verify_exactly_what_was_done_by_hand() {
    for subject in ["transaction", "device-log"] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let file = prepare(folder, subject);
        let found = judge(folder, &["dirty", "clean", "truth"]);
        let found: Value = serde_json::from_str(&found).unwrap();
        for kind in ["missing", "late", "out_of_order", "duplicate", "corrupt"] {
            let count = found["kinds"][kind].as_i64().unwrap();
            assert!((count - 1000).abs() <= 6, "{kind}: {count}");
        }
        assert!(found["disordered"].as_u64().unwrap() > 1500, "{found}");
        let manifest: Value =
            serde_json::from_slice(&fs::read(folder.join("run.json")).unwrap()).unwrap();
        let mut counted = found["kinds"].clone();
        (counted["clock_skew"], counted["drift"]) = (json!(0), json!(0));
        assert_eq!(manifest["faults"], counted);
        assert_eq!(manifest["records"]["acknowledged"], found["deliveries"]);
        let verified = run(folder, "verify run.json");
        assert_eq!(
            verified.status.code(),
            Some(0),
            "{}",
            text(&verified.stdout)
        );
        for (how, finding) in [
            ("missing", "missing"),
            ("one of two", "missing"),
            ("duplicate", "duplicate"),
            ("third", "duplicate"),
            ("corrupt", "corrupt"),
            ("repaired", "corrupt"),
            ("found", "foreign"),
            ("out of order", "out_of_order"),
        ] {
            judge(folder, &["dirty", "clean", "truth", how, "spoilt"]);
            fs::copy(folder.join("spoilt"), &file).unwrap();
            let verified = run(folder, "verify run.json --json");
            assert_eq!(verified.status.code(), Some(1), "{how}");
            let report: Value = serde_json::from_slice(&verified.stdout).unwrap();
            for name in ["missing", "duplicate", "corrupt", "foreign", "out_of_order"] {
                let expected = u64::from(name == finding);
                assert_eq!(report["totals"][name], json!(expected), "{how}: {report:#}");
            }
        }
    }
}

/// Every format, every way of cutting objects, a model and a world: what was delivered is what was
/// to be, and any number of workers delivers the same.
#[test]
fn dirty_runs_of_every_kind_are_verified() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/models/shop.yaml");
    let shop = shop.display();
    let mut number = 0;
    let uniform = DIRT.replace("0.5,\"mean\":0.1", "60");
    let mut check = |subject: &str, options: &str, dirt: &str| {
        number += 1;
        let line = format!(
            "emulate {subject} --seed 7 {options} --to file:{number} --manifest {number}.json"
        );
        succeeds(dirty(folder, &line, dirt));
        let verified = run(folder, &format!("verify {number}.json"));
        assert_eq!(
            verified.status.code(),
            Some(0),
            "{line}: {}",
            text(&verified.stdout)
        );
        let truth = succeeds(run(folder, &format!("imperfections {number}.json")));
        assert!(truth.lines().count() > 100, "{line}");
    };
    for format in ["json", "ndjson", "csv", "avro", "protobuf", "parquet"] {
        for sync in ["grouped", "chunked --max-chunk-size 50000", "single"] {
            let count = if sync == "single" { 600 } else { 5000 };
            let domain = ["transaction", "user-profile", "device-log"][format.len() % 3];
            let options = format!("--format {format} --sync {sync} --count {count}");
            check(domain, &options, &uniform);
        }
    }
    let skewed = IN_PLACE.split(r#","drift""#).next().unwrap().to_owned() + "}";
    for format in ["csv", "avro", "protobuf", "parquet"] {
        check(
            "device-log",
            &format!("--count 4000 --format {format}"),
            &skewed,
        );
    }
    check("device-log", "--count 13000 --format json", IN_PLACE);
    let nested = r#"{"corrupt":{"share":0.2,"fields":["ship_to.zip","ship_to.street","order_id"],"kinds":["type","garbled","unknown","null"]},"clock_skew":{"share":0.1,"device":"customer_id"}}"#;
    check(&format!("{shop}:order"), "--count 3000", nested);
    let renamed = uniform.replace(r#""window":30"#, r#""window":30,"id":"new""#);
    check(
        &format!("{shop}:order"),
        "--count 3000 --format avro",
        &uniform,
    );
    check(&shop.to_string(), "--count 2000", &uniform);
    check(
        "payments:payment",
        "--count 20000 --format parquet",
        &renamed,
    );
    check(
        "transaction",
        "--count 5000 --first-index 12345 --format protobuf",
        &renamed,
    );

    let bytes = |workers: u32| {
        let line = format!(
            "emulate transaction --to stdout --count 50000 --seed 7 --start-time 2026-01-01T00:00:00Z --workers {workers}"
        );
        succeeds(dirty(folder, &line, DIRT))
    };
    let one = bytes(1);
    assert!(bytes(2) == one && bytes(7) == one);
}

/// Runs that are killed are carried out again, or resumed by the service, with the same bytes.
#[test]
fn a_dirty_run_that_was_killed_ends_with_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let plan = "emulate transaction --count 300000 --seed 7 --start-time 2026-01-01T00:00:00Z --sync chunked --max-chunk-size 1000000";
    let in_place = IN_PLACE
        .replace("log_id", "transaction_id")
        .replace(r#""bound":90"#, r#""bound":90,"device":"user_id""#)
        .replace("os\"", "location\"")
        .replace("ip_address", "merchant")
        .replace("user_agent", "amount");
    for (number, dirt) in [DIRT, &in_place].into_iter().enumerate() {
        let files = |root: &str| {
            let destination = folder.join(format!("{root}{number}")).join("transactions");
            let parts = only_file(&destination);
            let mut all: Vec<_> = (fs::read_dir(parts).unwrap())
                .map(|entry| entry.unwrap().path())
                .map(|path| {
                    (
                        path.file_name().unwrap().to_owned(),
                        fs::read(&path).unwrap(),
                    )
                })
                .collect();
            all.sort();
            all
        };
        succeeds(dirty(
            folder,
            &format!("{plan} --to file:whole{number}"),
            dirt,
        ));
        let line = format!("{plan} --to file:killed{number}");
        let mut child = program(folder)
            .args(line.split(' ').chain(["--imperfections", dirt]))
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        sleep(Duration::from_millis(700));
        child.kill().unwrap();
        child.wait().unwrap();
        succeeds(dirty(folder, &line, dirt));
        assert!(files("killed") == files("whole"));
    }
}

#[test]
fn what_cannot_be_wrong_is_refused_with_the_option_and_the_mend() {
    let folder = tempfile::tempdir().unwrap();
    for (dirt, told) in [
        (
            r#"{"late":0.6,"missing":0.6}"#,
            "invalid --imperfections shares of 1.2 together; expected shares that add up to 1 at most",
        ),
        (
            r#"{"late":-1}"#,
            "late.share -1; expected 0, or a share of the records",
        ),
        (
            r#"{"lost":0.1}"#,
            "expected missing, late, out_of_order, duplicate, corrupt, clock_skew or drift",
        ),
        (
            r#"{"late":{"share":0.1,"bound":0}}"#,
            "invalid --imperfections late.bound 0; expected late.bound of 0.000001 seconds or more",
        ),
        (
            r#"{"out_of_order":{"share":0.1,"window":0}}"#,
            "out_of_order.window 0; expected out_of_order.window of 1 to 1000000000 records",
        ),
        (
            r#"{"corrupt":{"share":0.1,"fields":["amout"]}}"#,
            "did you mean 'amount'?",
        ),
        (
            r#"{"corrupt":{"share":0.1,"fields":["transaction_id"],"kinds":["null"]}}"#,
            "unknown a UUID, the id or the key, which take no other",
        ),
        (
            r#"{"corrupt":{"share":0.1,"fields":["amount"],"kinds":["empty"]}}"#,
            "corrupt.kinds empty; expected a kind that suits each field in ndjson",
        ),
        (
            r#"{"clock_skew":0.1}"#,
            "invalid --imperfections clock_skew.device 'device_id'; expected clock_skew.device with the field that says whose clock it is: transaction_id, user_id",
        ),
        (
            r#"{"drift":{"from":5,"remove":["amout"]}}"#,
            "drift.remove 'amout'; expected some of the fields user_id, amount, currency",
        ),
        ("dirt.json", "neither JSON nor a file that can be read"),
    ] {
        let refused = dirty(
            folder.path(),
            "emulate transaction --to null --count 10",
            dirt,
        );
        let error = text(&refused.stderr);
        assert_eq!(refused.status.code(), Some(2), "{dirt}: {error}");
        assert!(error.contains(told), "{dirt}: {error}");
    }
}

/// The service takes the same as a field, counts it, and has the same truth.
#[tokio::test]
async fn the_service_delivers_counts_and_tells_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    let client = Client::of(&service);
    let request = json!({
        "emulator_sync": "kafka", "emulation_domain": "transaction", "format_type": "avro",
        "sync_type": "grouped", "max_chunk_size": 1, "timeout": 60, "count": 5000, "seed": 7,
        "pace": "unlimited", "delivery": "exactly-once",
        "imperfections": serde_json::from_str::<Value>(DIRT).unwrap(),
    });
    let id = client.post(&request).await;
    let status = client.ended(&id, Duration::from_secs(60)).await;
    assert_eq!(status["status"]["global_status"], "completed", "{status}");
    let url = format!("{}/emulator/{id}/imperfections", client.url);
    let truth = client
        .http
        .get(url)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let none = ["clock_skew", "drift"].map(|kind| (kind.to_owned(), 0));
    let mut counts = BTreeMap::<String, u64>::from(none);
    for line in truth.lines() {
        let fault: Value = serde_json::from_str(line).unwrap();
        *counts
            .entry(fault["kind"].as_str().unwrap().to_owned())
            .or_default() += 1;
    }
    assert_eq!(json!(counts), status["faults"]);
    assert!((counts["late"] as i64 - 250).abs() <= 6, "{counts:?}");
}
