use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;
use std::time::Duration;

use platform_runtime::tls;
use sha2::{Digest, Sha256};

use crate::process::{Service, program, run, stderr};

const PLAN: &str = "--seed 7 --start-time 2026-01-01T00:00:00Z";

#[test]
fn numbers_have_units_and_the_version_has_commit_and_generator() {
    let folder = tempfile::tempdir().unwrap();
    for (options, records) in [("--count 2k", 2000), ("--timeout 1m --count 5", 5)] {
        let output = run(
            folder.path(),
            &format!("emulate transaction --to stdout --quiet {options}"),
        );
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let lines = output.stdout.iter().filter(|byte| **byte == b'\n').count();
        assert_eq!(lines, records, "{options}");
    }
    for wrong in [
        "--count 2kB",
        "--count k",
        "--timeout 1M",
        "--max-chunk-size 16m",
    ] {
        let output = run(
            folder.path(),
            &format!("emulate transaction --to null {wrong}"),
        );
        assert_eq!(
            output.status.code(),
            Some(2),
            "{wrong}: {}",
            stderr(&output)
        );
    }
    let mut command = program(folder.path());
    let command = command
        .args(["config", "show"])
        .env("HTTP_CONNECTIONS", "2k");
    let shown = String::from_utf8(command.output().unwrap().stdout).unwrap();
    assert!(shown.contains("http.connections = \"2000\""), "{shown}");
    let version = run(folder.path(), "--version").stdout;
    let version = String::from_utf8(version).unwrap();
    // None, unless this is what a release is made of.
    let commit = match env!("BUILD_COMMIT") {
        "" => String::new(),
        commit => format!("commit {commit}, "),
    };
    let (package, generator) = (
        env!("CARGO_PKG_VERSION"),
        emulator_domain::GENERATOR_VERSION,
    );
    let expected = format!("data-emulator {package} ({commit}generator {generator})\n");
    assert_eq!(version, expected);
}

#[test]
fn a_run_that_its_timeout_ends_says_how_much_it_did_not_make() {
    let folder = tempfile::tempdir().unwrap();
    let told = |options: &str| {
        let output = run(
            folder.path(),
            &format!("emulate transaction --to null {options}"),
        );
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        stderr(&output)
    };
    let ended = told("--count 1000000000000 --timeout 1");
    assert!(
        ended.contains("its timeout of 1 s ended it before the other 999,"),
        "{ended}"
    );
    for whole in ["--count 1000 --timeout 60", "--timeout 1"] {
        let whole = told(whole);
        assert!(!whole.contains("ended it"), "{whole}");
    }
}

#[test]
fn any_number_of_workers_writes_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    // A line a record; after a header; an array on one line.
    for (domain, format, lines) in [
        ("transaction", "ndjson", 5000),
        ("device-log", "csv", 5001),
        ("user-profile", "json", 1),
    ] {
        let bytes = |workers: u32| {
            let line = format!(
                "emulate {domain} --to stdout --format {format} --count 5000 {PLAN} --workers {workers}"
            );
            let output = run(folder.path(), &line);
            assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
            assert!(stderr(&output).contains("seed 7"), "{}", stderr(&output));
            output.stdout
        };
        let one = bytes(1);
        assert_eq!(
            one.iter().filter(|byte| **byte == b'\n').count(),
            lines,
            "{domain}"
        );
        for workers in [2, 7, 64] {
            assert_eq!(
                Sha256::digest(bytes(workers)),
                Sha256::digest(&one),
                "{domain}, {workers} workers"
            );
        }
        let line = format!("emulate {domain} --to file:out --format {format} --count 5000 {PLAN}");
        assert_eq!(run(folder.path(), &line).status.code(), Some(0));
    }
    let objects = fs::read_dir(folder.path().join("out/transactions")).unwrap();
    let object = objects.map(|entry| entry.unwrap().path()).next().unwrap();
    let line = format!("emulate transaction --to stdout --count 5000 {PLAN}");
    assert_eq!(
        fs::read(object).unwrap(),
        run(folder.path(), &line).stdout,
        "a folder holds the same"
    );
}

/// The world that is there without a file: every stream arrives whole, and any number of workers
/// makes the same bytes.
#[test]
fn the_world_of_payments_is_delivered_and_verified() {
    let folder = tempfile::tempdir().unwrap();
    let run = |line: &str| run(folder.path(), line);
    let bytes = |workers: u32| {
        run(&format!(
            "emulate payments:payment --to stdout --count 20000 --seed 7 --workers {workers}"
        ))
        .stdout
    };
    let one = bytes(1);
    assert_eq!(one.iter().filter(|byte| **byte == b'\n').count(), 20_000);
    assert_eq!(Sha256::digest(bytes(3)), Sha256::digest(&one));

    let delivered =
        run("emulate payments --to file:out --count 30000 --seed 7 --manifest payments.json");
    assert_eq!(delivered.status.code(), Some(0), "{}", stderr(&delivered));
    let verified = run("verify payments.json");
    assert_eq!(verified.status.code(), Some(0), "{}", stderr(&verified));
    for (stream, count) in [
        ("payment", "30,000"),
        ("customer", "30,000"),
        ("merchant", "20,000"),
    ] {
        assert!(
            stderr(&delivered).contains(&format!("{count} records")),
            "{stream}"
        );
    }

    for (option, told) in [
        ("--start-time 2027-01-01T00:00:00Z", "invalid --start-time"),
        ("--rate 5", "invalid --rate"),
    ] {
        let refused = run(&format!("emulate payments:payment --to null {option}"));
        assert_eq!(refused.status.code(), Some(2));
        assert!(stderr(&refused).contains(told), "{}", stderr(&refused));
    }
}

#[test]
fn results_that_cannot_be_written_and_manifests_of_nothing_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let emulated = run(
        folder.path(),
        "emulate transaction --to file:out --count 9 --manifest m.json",
    );
    assert_eq!(emulated.status.code(), Some(0), "{}", stderr(&emulated));
    let none = folder.path().join("none.json");
    let emulated = "emulate payments --to null --count 9 --manifest none.json";
    assert_eq!(run(folder.path(), emulated).status.code(), Some(0));
    let manifest = fs::read_to_string(&none).unwrap();
    let mut manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    manifest["emulations"] = serde_json::json!([]);
    fs::write(&none, manifest.to_string()).unwrap();
    let refused = run(folder.path(), "verify none.json");
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        stderr(&refused).contains("lists no emulation"),
        "{}",
        stderr(&refused)
    );
    for line in [
        "verify m.json",
        "verify m.json --json",
        "config show",
        "completions bash",
    ] {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let output = program(folder.path())
            .args(line.split(' '))
            .stdout(full)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{line}");
        assert!(
            stderr(&output).contains("cannot be written"),
            "{}",
            stderr(&output)
        );
    }
}

#[test]
fn a_reader_that_goes_away_ends_the_run_quietly() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = program(folder.path())
        .args([
            "emulate",
            "transaction",
            "--to",
            "stdout",
            "--count",
            "1000000000000",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert!(line.starts_with("{\"emulation_id\""), "{line}");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mut told = String::new();
    child.stderr.unwrap().read_to_string(&mut told).unwrap();
    assert_eq!(told, "");
}

#[test]
fn wrong_use_and_wrong_settings_are_told_with_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.toml"), "kafka.partition = 3").unwrap();
    let cases: [(&str, &str); 10] = [
        (
            "emulate transactions --to null",
            "error: invalid value 'transactions' for '<DOMAIN>': expected transaction, user-profile, device-log, the world of payments, such as payments:payment or a model's file, such as shop.yaml:order; did you mean 'transaction'?\n",
        ),
        (
            "emulate transaction --to null --count 0",
            "error: invalid value '0' for '--count <COUNT>': expected 1 to 9223372036854775807 records\n",
        ),
        (
            "emulate transaction --to null --rate NaN",
            "error: invalid value 'NaN' for '--rate <RATE>': expected a number, 0.000001 to 100000000 records a second, or an object whose shape is constant, steps, ramp, week, bursts, sine or replay\n",
        ),
        (
            "emulate transaction --to null --workers 300",
            "error: invalid value '300' for '--workers <WORKERS>': expected 1 to 256 workers\n",
        ),
        (
            "emulate transaction --to s3",
            "expected kafka, minio, file:DIR, stdout or null",
        ),
        (
            "emulate transaction --to null --start-time yesterday",
            "expected a time in RFC 3339",
        ),
        (
            "emulate transaction --to null --manifest nowhere/a.json",
            "error: --manifest: nowhere/a.json is not a file in a folder that exists\n",
        ),
        (
            "serve --port 99999",
            "error: setting http.port: got \"99999\" from the command line (--port); expected a whole number, 0 to 65535. Set --port to such a value, or leave it out for \"8000\"\n",
        ),
        (
            "serve --log-level LOUD",
            "error: setting log.level: got \"LOUD\" from the command line (--log-level); expected DEBUG, INFO, WARNING, ERROR or CRITICAL.",
        ),
        (
            "serve --config a.toml",
            "error: a.toml: unknown setting kafka.partition. Did you mean kafka.partitions?\n",
        ),
    ];
    for (line, told) in cases {
        let output = run(folder.path(), line);
        assert_eq!(output.status.code(), Some(2), "{line}: {}", stderr(&output));
        assert!(
            stderr(&output).contains(told),
            "{line}: {}",
            stderr(&output)
        );
        assert!(output.stdout.is_empty(), "{line}");
    }
    let wrong = program(folder.path())
        .args(["serve"])
        .env("MINIO_ENDPOINT", "http://me:hunter2@s3")
        .output()
        .unwrap();
    assert_eq!(wrong.status.code(), Some(2));
    assert!(
        stderr(&wrong).contains("setting minio.endpoint: "),
        "{}",
        stderr(&wrong)
    );
    assert!(!stderr(&wrong).contains("hunter2"));
}

#[test]
fn a_destination_that_is_not_there_fails_the_run_with_exit_code_1() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("out"),
        "a file where the folder should be",
    )
    .unwrap();
    let output = run(
        folder.path(),
        "emulate transaction --to file:out --count 10 --manifest m.json",
    );
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(
        stderr(&output).starts_with("failed: 0 records in "),
        "{}",
        stderr(&output)
    );
    assert!(stderr(&output).contains("\nerror: "), "{}", stderr(&output));
    let manifest = fs::read_to_string(folder.path().join("m.json")).unwrap();
    assert!(manifest.contains(r#""status": "failed""#), "{manifest}");
}

#[test]
fn a_destination_that_does_not_answer_fails_the_run_with_exit_code_3() {
    let folder = tempfile::tempdir().unwrap();
    let output = program(folder.path())
        .args(["emulate", "transaction", "--to", "kafka", "--count", "10"])
        .env("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
}

#[tokio::test]
async fn a_healthy_run_with_the_embedded_servers_logs_no_error() {
    tls::install_provider();
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start_logging(folder.path(), &["--embedded"], Vec::new());
    let http = reqwest::Client::new();
    for sink in ["kafka", "minio"] {
        // As the welcome text has it, for a second instead of five.
        let body = crate::sequence::request(sink, "transaction", "json", "grouped", 1);
        let url = format!("{}/emulator", service.url);
        let answer = http.post(url).json(&body).send().await.unwrap();
        let answer: serde_json::Value = answer.json().await.unwrap();
        let id = answer["id"].as_str().unwrap().to_owned();
        let url = format!("{}/emulator/{id}/status", service.url);
        for attempt in 0.. {
            let status = http.get(&url).send().await.unwrap().text().await.unwrap();
            if status.contains("\"completed\"") {
                break;
            }
            assert!(attempt < 300, "{status}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    service.signal("TERM");
    assert_eq!(service.end(), Some(0));
    let log = fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(log.contains("emulation ended"), "{log}");
    let errors: Vec<_> = log.lines().filter(|line| line.contains("ERROR")).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}
