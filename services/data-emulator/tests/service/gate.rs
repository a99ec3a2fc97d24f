//! The realism gate as a command.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::process::run;

/// What `gate --json` with these options prints, and its exit code.
pub(crate) fn measured(folder: &std::path::Path, options: &str) -> (Value, Option<i32>) {
    let output = run(folder, &format!("gate --json {options}"));
    let told = String::from_utf8_lossy(&output.stderr);
    let report = serde_json::from_slice(&output.stdout);
    let report = report.unwrap_or_else(|error| panic!("{error}: {told}"));
    (report, output.status.code())
}

#[test]
fn the_world_passes_the_gate_and_a_page_shows_it() {
    let folder = tempfile::tempdir().unwrap();
    // With fewer the area under the curve is too much a matter of chance to be held against its bound.
    let (report, code) = measured(folder.path(), "--records 1000000 --html gate.html");
    assert_eq!(code, Some(0), "{report:#}");
    assert_eq!(report["holds"], true);
    let rows = report["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 17);
    // One cannot be judged by so few.
    let open = rows.iter().filter(|row| row["verdict"] == "open");
    let needed: Vec<_> = open.map(|row| &row["open"]["needs_records"]).collect();
    assert_eq!(needed, [2_000_000]);
    let page = fs::read_to_string(folder.path().join("gate.html")).unwrap();
    for row in rows {
        assert!(page.contains(row["measure"].as_str().unwrap()), "{row}");
    }
    for part in [
        "id=\"week\"",
        "id=\"curves\"",
        "prefers-color-scheme: dark",
        "default-src 'none'",
    ] {
        assert!(page.contains(part), "{part}");
    }
}

#[test]
fn the_contracts_domain_fails_with_exit_code_1_and_wrong_use_with_2() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), "gate --world contract --records 300000");
    let table = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{table}");
    assert!(table.contains("\n17 bounds: 7 missed, "), "{table}");
    for (options, told) in [
        (
            "--records 1000",
            "invalid --records: got 1000; expected 300000 to 1000000000 payments",
        ),
        (
            "--world contract --dial",
            "--dial: the contract's fraud hides as it does",
        ),
        (
            "--records 300000 --html nowhere/gate.html",
            "cannot write nowhere/gate.html",
        ),
    ] {
        let started = Instant::now();
        let output = run(folder.path(), &format!("gate {options}"));
        assert!(
            started.elapsed() < Duration::from_secs(5),
            "before it measures"
        );
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            output.status.code(),
            Some(if options.contains("html") { 1 } else { 2 }),
            "{error}"
        );
        assert!(error.contains(told), "{error}");
    }
}
