//! Tables at the end of somebody's pipeline: clean ones are proved, and of mangled ones each fault is
//! named and nothing else.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::readers::{env, fresh, script};
use crate::process::program;

const RECORDS: u64 = 3_000;
const TABLES: usize = 51;

/// A run as a Parquet file, and its manifest.
fn emulated(folder: &Path) -> PathBuf {
    let line = format!(
        "emulate transaction --to file:out --count {RECORDS} --format parquet --seed 7 \
         --start-time 2026-01-01T00:00:00Z --manifest run.json"
    );
    let output = program(folder).args(line.split(' ')).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{told}");
    let mut files = std::fs::read_dir(folder.join("out/transactions")).unwrap();
    files.next().unwrap().unwrap().path()
}

/// The exit code of `verify --json --from`, and what it says.
fn verify(folder: &Path, from: &str, more: &[&str]) -> (i32, Value, String) {
    let output = program(folder)
        .args(["verify", "run.json", "--json", "--from", from])
        .args(more)
        .output()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    let report = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output.status.code().unwrap(), report, told)
}

/// The numbers in `{"ranges": [[first, last], ...]}`.
fn numbers(indices: &Value) -> Vec<u64> {
    let ranges = indices["ranges"].as_array().unwrap().iter();
    let ranges = ranges.map(|range| range[0].as_u64().unwrap()..=range[1].as_u64().unwrap());
    ranges.flatten().collect()
}

/// What a report names, as the script tells of it.
fn named(report: &Value) -> Value {
    let mut duplicate = Vec::new();
    for place in report["places"].as_array().unwrap() {
        duplicate.extend(numbers(&place["duplicate"]));
    }
    duplicate.sort_unstable();
    let columns = report["columns"].as_array().unwrap().iter();
    let changed: BTreeMap<_, _> = columns
        .map(|column| {
            (
                column["name"].as_str().unwrap(),
                numbers(&column["changed"]),
            )
        })
        .filter(|(_, changed)| !changed.is_empty())
        .collect();
    json!({
        "missing": numbers(&report["missing"]),
        "duplicate": duplicate,
        "foreign": report["totals"]["foreign"],
        "changed": changed,
    })
}

/// Mangles into `target`, and holds what `verify` says of each table against what was done.
fn each_fault_is_named(target: &str, from: impl Fn(&Path, &str) -> String) {
    let folder = tempfile::tempdir().unwrap();
    let file = emulated(folder.path());
    let target = target.replace("DIR", &folder.path().display().to_string());
    let count = TABLES.to_string();
    let tables = script(
        "mangle_tables.py",
        &[&file.display().to_string(), &count, &target],
    );
    assert_eq!(tables.len(), TABLES);
    for (number, mut expected) in tables.into_iter().enumerate() {
        let table = expected.as_object_mut().unwrap().remove("table").unwrap();
        let from = from(folder.path(), table.as_str().unwrap());
        let (code, report, told) = verify(folder.path(), &from, &[]);
        assert_eq!(code, i32::from(number > 0), "{table}: {told} {expected}");
        assert_eq!(named(&report), expected, "{table}");
    }
}

#[test]
fn every_fault_of_fifty_mangled_parquet_folders_is_named() {
    each_fault_is_named("parquet:DIR/tables", |folder, table| {
        format!("parquet:{}/tables/{table}", folder.display())
    });
}

#[test]
fn every_fault_of_fifty_mangled_sqlite_tables_is_named() {
    each_fault_is_named("sqlite:DIR/lake.db", |folder, table| {
        format!("sqlite:{}/lake.db#{table}", folder.display())
    });
}

#[test]
fn every_fault_of_fifty_mangled_postgres_tables_is_named() {
    let (url, prefix) = (env("POSTGRES_TEST_URL"), fresh("t").replace('-', "_"));
    each_fault_is_named(&format!("postgres:{url}:{prefix}"), |_, table| {
        format!("{url}#{table}")
    });
}

#[test]
fn what_cannot_be_compared_is_refused_with_the_way_out_and_without_the_password() {
    let folder = tempfile::tempdir().unwrap();
    emulated(folder.path());
    let lake = format!("parquet:{}/out/transactions", folder.path().display());
    let url = env("POSTGRES_TEST_URL");
    let password = url.split([':', '@']).nth(2).unwrap();
    let no_table = format!("{url}#no_such_table");
    for (from, more, code, expected) in [
        (
            &*lake,
            &["--columns", "amount=price"][..],
            2,
            "has no column price",
        ),
        (
            &lake,
            &["--columns", "price=amount"],
            2,
            "expected some of emulation_id, ",
        ),
        (
            &lake,
            &["--columns", "transaction_id="],
            2,
            "transaction_id cannot be left out",
        ),
        (&lake, &["--columns", "amount=,merchant="], 0, ""),
        ("parquet:nowhere", &[], 2, "No such file"),
        (&url, &[], 2, "end the URL with #TABLE"),
        (&no_table, &[], 1, "no_such_table"),
        (
            "mysql://user:sesame@host/db#t",
            &[],
            2,
            "expected kafka, minio, file:DIR",
        ),
        (
            "postgres://user:ses/ame@host/db#t",
            &[],
            2,
            "--from: the URL",
        ),
    ] {
        let (found, _, told) = verify(folder.path(), from, more);
        assert_eq!(found, code, "{from} {more:?}: {told}");
        assert!(told.contains(expected), "{from} {more:?}: {told}");
        assert!(!told.contains(password) && !told.contains("ses"), "{told}");
    }
}

/// The visible files of a run in parts, with their bytes.
fn parts(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut parts = BTreeMap::new();
    for run in std::fs::read_dir(folder).into_iter().flatten() {
        for file in std::fs::read_dir(run.unwrap().path()).unwrap() {
            let file = file.unwrap();
            let name = file.file_name().into_string().unwrap();
            if !name.starts_with('.') {
                parts.insert(name, std::fs::read(file.path()).unwrap());
            }
        }
    }
    parts
}

#[test]
fn a_process_that_is_killed_leaves_whole_files_and_the_next_writes_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let emulate = |to: &str| {
        let line = format!(
            "emulate transaction --to file:{to} --count 1000000 --format parquet --seed 7 \
             --start-time 2026-01-01T00:00:00Z --sync chunked --max-chunk-size 8000000"
        );
        let mut command = program(folder.path());
        command
            .args(line.split(' '))
            .stderr(std::process::Stdio::null());
        command
    };
    let place = |to: &str| folder.path().join(to).join("transactions");
    let mut killed = emulate("a").spawn().unwrap();
    while parts(&place("a")).len() < 2 {
        assert_eq!(
            killed.try_wait().unwrap(),
            None,
            "it is to be killed at work"
        );
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    let left = parts(&place("a"));
    for to in ["a", "b"] {
        assert!(emulate(to).status().unwrap().success());
    }
    let whole = parts(&place("b"));
    assert!(
        left.len() < whole.len(),
        "{} of {}",
        left.len(),
        whole.len()
    );
    for (name, bytes) in &left {
        assert_eq!(
            &bytes[bytes.len() - 4..],
            b"PAR1",
            "{name} ends as a file does"
        );
        assert!(whole[name] == *bytes, "{name}");
    }
    assert!(parts(&place("a")) == whole);
}
