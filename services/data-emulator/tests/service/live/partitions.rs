//! Tables in Hive partitions, written by a service that does not survive it, and read by pyarrow.

use std::time::Duration;

use serde_json::{Value, json};

use super::readers::{env, fresh, open_uploads, script, servers};
use crate::client::Client;
use crate::process::{Service, program};

/// Records a second of event time, from noon on.
const RATE: u64 = 5;
const DAY: u64 = 86_400 * RATE;
/// Half a day, three days, half a day.
const RECORDS: u64 = 4 * DAY;

#[tokio::test(flavor = "multi_thread")]
async fn a_table_has_a_partition_a_day_and_each_record_once_through_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let bucket = fresh("lake");
    let options = ["--data-dir", "data"];
    let folders = vec![("FILE_ROOT".to_owned(), "lake".to_owned())];
    let settings = || [servers(), folders.clone()].concat();
    let service = Service::start_with(folder.path(), &options, settings());
    let client = Client::of(&service);
    let mut ids = Vec::new();
    for (sink, format, chunk) in [("minio", "parquet", 6_000_000), ("file", "csv", 20_000_000)] {
        let body = json!({
            "emulator_sync": sink, "emulation_domain": "transaction", "format_type": format,
            "sync_type": "chunked", "max_chunk_size": chunk, "partition_by": "date", "timeout": 600,
            "destination": bucket, "pace": "unlimited", "rate": RATE, "count": RECORDS, "seed": 7,
            "start_time": "2026-01-30T12:00:00Z",
        });
        ids.push(client.post(&body).await);
    }
    for id in &ids {
        let begun = |status: &Value| status["records"]["acknowledged"].as_u64() > Some(0);
        let status = client.until(id, Duration::from_secs(120), begun).await;
        assert_eq!(status["status"]["global_status"], "processing", "{status}");
    }
    service.signal("KILL");
    service.end();
    let service = Service::start_with(folder.path(), &options, settings());
    let client = Client::of(&service);
    for id in &ids {
        let status = client.ended(id, Duration::from_secs(300)).await;
        assert_eq!(status["status"]["global_status"], "completed", "{status}");
        assert_eq!(status["records"]["acknowledged"], RECORDS);
    }
    let expected = [
        ("2026-01-30", DAY / 2),
        ("2026-01-31", DAY),
        ("2026-02-01", DAY),
        ("2026-02-02", DAY),
        ("2026-02-03", DAY / 2),
    ];
    let expected = expected.map(|(date, rows)| {
        json!({"date": date, "rows": rows, "ids": rows, "first": date, "last": date})
    });
    let endpoint = env("MINIO_ENDPOINT");
    let place = folder.path().join("lake").join(&bucket);
    let read = |arguments: &[&str]| script("read_lake.py", arguments);
    let id = ["--id", "transaction_id"];
    let objects = [
        &[&*bucket, "--endpoint", &endpoint, "--format", "parquet"],
        &id[..],
    ]
    .concat();
    assert_eq!(read(&objects), expected);
    let files = [&[place.to_str().unwrap(), "--format", "csv"], &id[..]].concat();
    assert_eq!(read(&files), expected);
    assert_eq!(open_uploads(&bucket, "date="), 0);
    for id in &ids {
        client
            .save_manifest(id, &folder.path().join("m.json"))
            .await;
        let verified = |code| {
            let mut program = program(folder.path());
            program
                .args(["verify", "m.json", "--json"])
                .envs(settings());
            let output = program.output().unwrap();
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(code), "{told}");
            serde_json::from_slice::<Value>(&output.stdout).unwrap()
        };
        verified(0);
        if *id == ids[1] {
            let part = place.join(format!("date=2026-02-01/{id}-part-00002.csv"));
            let parts = std::fs::read_dir(part.parent().unwrap()).unwrap();
            let part = parts.map(|part| part.unwrap().path()).max().unwrap();
            // That of another run is none of ours; one of ours that should not be there is named.
            let other = part.with_file_name("0-part-00000.csv");
            std::fs::copy(&part, &other).unwrap();
            verified(0);
            let more = part.with_file_name(format!("{id}-part-00999.csv"));
            std::fs::rename(&part, &more).unwrap();
            let report = verified(1);
            assert!(
                report["totals"]["missing"].as_u64() > Some(1_000),
                "{report}"
            );
            assert!(report.to_string().contains("part-00999"), "{report}");
        }
    }
}
