//! `serve` against the real servers: the old client's sequence, and what it takes and survives.

use std::time::Duration;

use serde_json::{Value, json};

use super::readers::{bucket, fresh, object, servers, topic};
use crate::client::Client;
use crate::process::Service;

#[tokio::test(flavor = "multi_thread")]
async fn the_old_sequence_works_for_every_domain_destination_format_and_grouping() {
    const RECORDS: usize = 300;
    let folder = tempfile::tempdir().unwrap();
    let mut settings = servers();
    settings.push(("EMULATION_RATE".into(), RECORDS.to_string()));
    let service = Service::start_with(folder.path(), &[], settings);
    let client = Client::of(&service);
    let mut runs = Vec::new();
    for (sink, domain, place) in [
        ("kafka", "transaction", "transactions"),
        ("kafka", "user-profile", "user-profiles"),
        ("kafka", "device-log", "device-logs"),
        ("minio", "transaction", "transactions"),
        ("minio", "user-profile", "user-profiles"),
        ("minio", "device-log", "device-logs"),
    ] {
        for format in ["json", "csv"] {
            for sync in ["single", "grouped", "chunked"] {
                let mut body = json!({
                    "emulator_sync": sink, "emulation_domain": domain, "format_type": format,
                    "sync_type": sync, "max_chunk_size": 16384, "timeout": 1,
                });
                let mut place = place.to_owned();
                if (sink, sync) == ("minio", "single") {
                    // The names of single objects do not say whose they are.
                    place = fresh("single");
                    body["destination"] = place.clone().into();
                }
                runs.push((client.post(&body).await, sink, place, format, sync));
            }
        }
    }
    for (id, ..) in &runs {
        let status = client.ended(id, Duration::from_secs(150)).await;
        assert_eq!(status["status"]["global_status"], "completed", "{status}");
        assert_eq!(status["records"]["acknowledged"], RECORDS, "{status}");
    }
    for place in ["transactions", "user-profiles", "device-logs"] {
        let messages = topic(place, 6 * RECORDS, &[]);
        for (id, ..) in runs.iter().filter(|run| run.1 == "kafka" && run.2 == place) {
            let ours = messages
                .iter()
                .filter(|message| message.value.contains(id))
                .count();
            assert_eq!(ours, RECORDS, "{place} {id}");
        }
    }
    for (id, _, place, format, sync) in runs.iter().filter(|run| run.1 == "minio") {
        let rows = |text: &str| match *format {
            "csv" => text.lines().count() - 1,
            _ => serde_json::from_str::<Vec<Value>>(text).unwrap().len(),
        };
        match *sync {
            "single" => {
                let objects = bucket(place, "");
                assert_eq!(objects.len(), RECORDS, "{id}");
                for at in [0, RECORDS / 2, RECORDS - 1] {
                    let text = object(place, &objects[at].0);
                    assert!(rows(&text) == 1 && text.contains(id), "{text}");
                }
            }
            "grouped" => {
                let text = object(place, &format!("{id}.{format}"));
                assert_eq!(rows(&text), RECORDS);
            }
            _ => {
                let parts = bucket(place, &format!("{id}/"));
                assert!(parts.len() > 1, "{parts:?}");
                let all: usize = parts.iter().map(|(key, _)| rows(&object(place, key))).sum();
                assert_eq!(all, RECORDS, "{id}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_destination_fails_the_run_with_the_reason_and_the_service_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = [
        ("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1"),
        ("MINIO_ENDPOINT", "127.0.0.1:2"),
    ];
    let nowhere = nowhere.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let service = Service::start_with(folder.path(), &[], nowhere.to_vec());
    let client = Client::of(&service);
    let ready = client
        .http
        .get(format!("{}/health/ready", client.url))
        .send()
        .await
        .unwrap();
    assert_eq!(ready.status(), 503);
    let ready = ready.text().await.unwrap();
    assert!(
        ready.contains("kafka") && ready.contains("minio"),
        "{ready}"
    );
    for (sink, host) in [
        ("kafka", "127.0.0.1:1"),
        ("minio", "127.0.0.1:2"),
        ("null", ""),
    ] {
        let body = json!({
            "emulator_sync": sink, "emulation_domain": "transaction", "format_type": "json",
            "sync_type": "grouped", "max_chunk_size": 1, "timeout": 1,
        });
        let id = client.post(&body).await;
        let status = client.ended(&id, Duration::from_secs(60)).await;
        if sink == "null" {
            assert_eq!(status["status"]["global_status"], "completed", "{status}");
        } else {
            assert_eq!(status["status"]["global_status"], "failed", "{status}");
            assert!(status["error"].as_str().unwrap().contains(host), "{status}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_stays_bounded_while_ten_million_records_and_a_gibibyte_pass() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start_with(folder.path(), &[], servers());
    let client = Client::of(&service);
    for (sink, count) in [("null", 10_000_000), ("minio", 3_660_000)] {
        let body = json!({
            "emulator_sync": sink, "emulation_domain": "transaction", "format_type": "ndjson",
            "sync_type": "grouped", "max_chunk_size": 1, "timeout": 3600, "count": count,
            "pace": "unlimited", "destination": fresh("memory"),
        });
        let id = client.post(&body).await;
        let status = client.ended(&id, Duration::from_secs(300)).await;
        assert_eq!(status["status"]["global_status"], "completed", "{status}");
        assert_eq!(status["records"]["acknowledged"], count);
        let peak = service.peak_memory_mib();
        assert!((1..128).contains(&peak), "{sink}: {peak} MiB");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_says_for_which_run_a_topic_was_created() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start_logging(folder.path(), &[], servers());
    let client = Client::of(&service);
    let body = json!({
        "emulator_sync": "kafka", "emulation_domain": "transaction", "format_type": "json",
        "sync_type": "grouped", "max_chunk_size": 1, "timeout": 1, "destination": fresh("logged"),
    });
    let id = client.post(&body).await;
    client.ended(&id, Duration::from_secs(60)).await;
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    let line = log.lines().find(|line| line.contains("created the topic"));
    assert!(line.is_some_and(|line| line.contains(&id)), "{log}");
}
