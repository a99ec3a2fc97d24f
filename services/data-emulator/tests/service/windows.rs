//! Parts of one timeline, run one by one.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::process::{program, run, stderr};

/// Two to three thousand records a day.
const PLAN: &str = r#"transaction --seed 7 --population-seed 3 --start-time 2026-01-01T00:00:00Z --pace unlimited --rate {"shape":"week","rate":0.03,"hours":[1,1,1,1,1,2,4,6,8,9,9,9,9,9,9,9,8,7,6,5,4,3,2,1],"noise":"poisson"}"#;

/// Some 1,500 payments a day, and some chargebacks.
pub(crate) const WORLD: &str = "world: payments\ncustomers: 1000\nmerchants: 2000\ndays: 31\n";

pub(crate) fn options(plan: &str, to: &str, from: u32, until: u32) -> String {
    let (from, until) = (day(from), day(until));
    format!("emulate {plan} --to {to} --from-time {from} --to-time {until}")
}

/// Midnight before the day of January with that number; that of February after the 31st.
fn day(number: u32) -> String {
    match number {
        32 => "2026-02-01T00:00:00Z".to_owned(),
        number => format!("2026-01-{number:02}T00:00:00Z"),
    }
}

/// The lines without the name of the emulation, which differs from run to run, as others cut it out.
fn records(bytes: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(bytes).unwrap();
    let lines = text.lines().map(|line| {
        let record = line.split_once("\"timestamp\":");
        record.map_or(line, |(_, record)| record).to_owned()
    });
    lines.collect()
}

/// The one object of a run, or nothing of one without records.
fn object(folder: &Path) -> Vec<u8> {
    let mut files = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let file = files.next();
    assert!(files.next().is_none(), "one object a run");
    file.map_or_else(Vec::new, |file| fs::read(file).unwrap())
}

/// The days of January one by one, each into a folder, have the digest of the month; days whose run
/// is killed are run again.
#[test]
fn days_one_by_one_have_the_digest_of_the_month_through_kill_9() {
    for (plan, destination, least) in [
        (PLAN, "transactions", 60_000),
        ("small.yaml:payment --seed 7", "payments-payment", 40_000),
        ("small.yaml:login --seed 7", "payments-login", 10_000),
        (
            "small.yaml:payment_truth --seed 7",
            "payments-payment-truth",
            40_000,
        ),
        // On many of the days there is none.
        ("small.yaml:chargeback --seed 7", "payments-chargeback", 30),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("small.yaml"), WORLD).unwrap();
        days_have_the_digest_of_the_month(folder.path(), plan, destination, least);
    }
}

fn days_have_the_digest_of_the_month(folder: &Path, plan: &str, destination: &str, least: usize) {
    let month = run(folder, &options(plan, "stdout", 1, 32));
    let told = String::from_utf8_lossy(&month.stderr);
    assert_eq!(month.status.code(), Some(0), "{told}");
    let month = records(&month.stdout);
    assert!(month.len() > least, "{}", month.len());
    let mut days = Vec::new();
    let mut empty = 0;
    for number in 1..32 {
        let to = format!("file:day-{number}");
        let line = format!(
            "{} --delivery exactly-once --manifest {number}.json",
            options(plan, &to, number, number + 1)
        );
        if number % 5 == 0 {
            let mut child = program(folder)
                .args(line.split(' '))
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            sleep(Duration::from_millis(u64::from(number)));
            child.kill().unwrap();
            child.wait().unwrap();
        }
        let day = run(folder, &line);
        assert_eq!(
            day.status.code(),
            Some(0),
            "{}",
            String::from_utf8_lossy(&day.stderr)
        );
        let verified = run(folder, &format!("verify {number}.json"));
        assert_eq!(verified.status.code(), Some(0), "day {number}");
        let to = folder.join(format!("day-{number}")).join(destination);
        let before = days.len();
        days.extend(records(&object(&to)));
        let told = String::from_utf8_lossy(&day.stderr);
        let is_empty = days.len() == before;
        assert_eq!(told.contains("nothing happens"), is_empty, "{told}");
        empty += usize::from(is_empty);
    }
    assert_eq!(empty > 0, destination == "payments-chargeback", "{empty}");
    assert_eq!(
        Sha256::digest(days.join("\n")),
        Sha256::digest(month.join("\n"))
    );
}

/// Records without an envelope do not name their run.
#[test]
fn each_day_of_a_table_that_days_share_is_verified_by_itself() {
    let faults = r#"{"late":{"share":0.05,"bound":3600},"duplicate":{"share":0.05,"id":"new"},"missing":0.01,"corrupt":{"share":0.05,"fields":["payment_id"]}}"#;
    for imperfections in ["{}", faults] {
        each_day_is_verified_by_itself(&format!("--imperfections {imperfections}"));
    }
}

fn each_day_is_verified_by_itself(imperfections: &str) {
    let folder = tempfile::tempdir().unwrap();
    let run = |line: &str| {
        let output = run(folder.path(), line);
        let told = String::from_utf8(output.stderr).unwrap();
        let report = serde_json::from_slice(&output.stdout).unwrap_or_default();
        (output.status.code(), told, report)
    };
    fs::write(folder.path().join("small.yaml"), WORLD).unwrap();
    for day in 1..4 {
        let line = options("small.yaml:payment --seed 7", "file:lake", day, day + 1);
        let (code, told, _): (_, _, serde_json::Value) = run(&format!(
            "{line} {imperfections} --format parquet --manifest {day}.json"
        ));
        assert_eq!(code, Some(0), "{told}");
    }
    let table = "parquet:lake/payments-payment";
    let verified = |day: u32| run(&format!("verify {day}.json --json --from {table}"));
    let mut read = Vec::new();
    for day in 1..4 {
        let (code, told, report) = verified(day);
        assert_eq!(code, Some(0), "{told}");
        let totals = &report["totals"];
        assert_eq!(totals["intact"], report["generated"]);
        assert!(totals["other_emulations"].as_u64() > totals["intact"].as_u64());
        read.push(report["totals"]["read"].as_u64());
    }
    assert_eq!(read, [read[0]; 3]);
    let first = fs::read_to_string(folder.path().join("1.json")).unwrap();
    let first: serde_json::Value = serde_json::from_str(&first).unwrap();
    let name = format!("{}.parquet", first["emulation_id"].as_str().unwrap());
    fs::remove_file(folder.path().join("lake/payments-payment").join(name)).unwrap();
    let (code, _, report) = verified(1);
    assert_eq!(code, Some(1));
    assert_eq!(report["totals"]["missing"], report["generated"]);
    assert_eq!(report["totals"]["foreign"], 0);
    assert_eq!(verified(2).0, Some(0));
}

#[test]
fn a_window_that_ends_before_it_begins_is_refused_with_the_option() {
    let folder = tempfile::tempdir().unwrap();
    for plan in [PLAN, "payments:payment"] {
        let refused = run(folder.path(), &options(plan, "null", 9, 8));
        let told = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{told}");
        assert!(
            told.contains("error: invalid --to-time 2026-01-08T00:00:00.000Z; expected later than from_time, 2026-01-09T00:00:00.000Z\n"),
            "{told}"
        );
    }
}

/// Customers dispute payments for weeks: chargebacks come after the last payment, too.
#[test]
fn a_whole_world_has_all_its_chargebacks_and_so_have_its_parts() {
    let folder = tempfile::tempdir().unwrap();
    let world = "world: payments\nmodel: w\ncustomers: 1000\nmerchants: 2000\ndays: 40\n";
    fs::write(folder.path().join("w.yaml"), world).unwrap();
    let lines = |options: &str, stream: &str| {
        let to = format!("out{}", options.replace([':', ' '], ""));
        let run = run(
            folder.path(),
            &format!("emulate w.yaml{options} --to file:{to} --seed 7"),
        );
        assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
        assert!(!stderr(&run).contains("note:"), "{}", stderr(&run));
        let files = fs::read_dir(folder.path().join(to).join(stream)).unwrap();
        let texts = files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
        texts.map(|text| text.lines().count()).sum::<usize>()
    };
    let alone = lines(":chargeback", "w-chargeback");
    assert!(alone > 50, "{alone}");
    assert_eq!(lines("", "w-chargeback"), alone);
    let parts = [
        "--to-time 2026-02-10T00:00:00Z",
        "--from-time 2026-02-10T00:00:00Z --to-time 2026-06-01T00:00:00Z",
    ];
    let parts = parts.map(|part| lines(&format!(" {part}"), "w-chargeback"));
    assert!(parts[1] > 0 && parts[0] + parts[1] == alone, "{parts:?}");
    let after = "emulate w.yaml --to null --from-time 2027-01-01T00:00:00Z";
    let refused = run(folder.path(), after);
    assert_eq!(refused.status.code(), Some(2), "{}", stderr(&refused));
}
