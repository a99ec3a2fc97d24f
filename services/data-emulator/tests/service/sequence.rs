//! What the old Airflow operator does: a request of six fields, then the status until `completed`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use data_emulator::settings::{DataDir, ServiceSettings, table};
use data_emulator::{Application, Embedded};
use emulator_domain::Rate;
use platform_http::settings::HttpSettings;
use platform_runtime::settings::{Settings, Sources};
use platform_runtime::tls;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{ClientConfig, Message, Offset, TopicPartitionList};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

/// Records of each run: a second at this rate.
const RECORDS: usize = 50;

pub(crate) fn request(
    sink: &str,
    domain: &str,
    format: &str,
    grouping: &str,
    timeout: u32,
) -> Value {
    json!({
        "emulator_sync": sink,
        "emulation_domain": domain,
        "format_type": format,
        "sync_type": grouping,
        "max_chunk_size": 4000,
        "timeout": timeout,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_old_sequence_works_for_every_domain_destination_format_and_grouping() {
    tls::install_provider();
    let folder = tempfile::tempdir().unwrap();
    let raw = Settings::load(&table(), &Sources::default()).unwrap();
    let mut settings = ServiceSettings::from(&raw).unwrap();
    settings.http = HttpSettings::loopback();
    settings.rate = Rate::per_second(RECORDS as f64).unwrap();
    settings.data_dir = DataDir::At(folder.path().to_owned());
    let embedded = Embedded::start(&mut settings).await.unwrap();
    let stop = CancellationToken::new();
    let application = Application::build(settings, stop.clone()).unwrap();
    let url = format!("http://127.0.0.1:{}/emulator/", application.port());
    let service = tokio::spawn(application.run_until_stopped());

    let client = reqwest::Client::new();
    let mut runs = Vec::new();
    for sink in ["kafka", "minio"] {
        for domain in ["transaction", "user-profile", "DEVICE-LOG"] {
            for format in ["json", "csv"] {
                for grouping in ["single", "grouped", "chunked"] {
                    let body = request(sink, domain, format, grouping, 1);
                    let answer = client.post(&url).json(&body).send().await.unwrap();
                    assert_eq!(answer.status(), 201, "{body}");
                    let answer: Value = answer.json().await.unwrap();
                    for (field, sent) in body.as_object().unwrap() {
                        let same = match (&answer[field], sent) {
                            (Value::String(one), Value::String(other)) => {
                                one.eq_ignore_ascii_case(other)
                            }
                            (one, other) => one == other,
                        };
                        assert!(same, "{field}: {answer}");
                    }
                    runs.push((answer["id"].as_str().unwrap().to_owned(), body));
                }
            }
        }
    }
    for (id, body) in &runs {
        let status = completed(&client, &format!("{url}{id}/status")).await;
        assert_eq!(
            status["records"]["acknowledged"], RECORDS,
            "{body}: {status}"
        );
    }

    let topics = ["transactions", "user-profiles", "device-logs"];
    let servers = embedded.bootstrap_servers().to_owned();
    let wanted = runs.len() / 2 * RECORDS;
    let messages = tokio::task::spawn_blocking(move || read(&servers, &topics, wanted))
        .await
        .unwrap();
    for (id, body) in &runs {
        let (sink, grouping) = (
            body["emulator_sync"].as_str().unwrap(),
            body["sync_type"].as_str().unwrap(),
        );
        let csv = body["format_type"] == "csv";
        let destination = match body["emulation_domain"].as_str().unwrap() {
            "transaction" => "transactions",
            "user-profile" => "user-profiles",
            _ => "device-logs",
        };
        let records: Vec<String> = if sink == "kafka" {
            messages[destination]
                .iter()
                .filter(|message| message.contains(id))
                .cloned()
                .collect()
        } else {
            let bucket = folder.path().join("s3").join(destination);
            let objects = objects(&bucket, id, grouping, csv);
            match grouping {
                "single" => assert_eq!(objects.len(), RECORDS, "{body}"),
                "grouped" => assert_eq!(objects.len(), 1, "{body}"),
                _ => assert!(
                    (2..RECORDS).contains(&objects.len()),
                    "{body}: {}",
                    objects.len()
                ),
            }
            objects
                .iter()
                .flat_map(|object| records(object, csv))
                .collect()
        };
        assert_eq!(records.len(), RECORDS, "{body}");
        for record in &records {
            assert_eq!(emulation_of(record, csv), *id, "{body}: {record}");
        }
    }
    stop.cancel();
    service.await.unwrap().unwrap();
}

async fn completed(client: &reqwest::Client, url: &str) -> Value {
    for _ in 0..600 {
        let status: Value = client.get(url).send().await.unwrap().json().await.unwrap();
        match status["status"]["global_status"].as_str() {
            Some("completed") => return status,
            Some("processing") => tokio::time::sleep(Duration::from_millis(100)).await,
            _ => panic!("{status}"),
        }
    }
    panic!("{url} is not completed");
}

/// All messages of the topics, until there are `wanted`.
fn read(
    servers: &str,
    topics: &[&'static str],
    wanted: usize,
) -> BTreeMap<&'static str, Vec<String>> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", servers)
        .set("group.id", "reader")
        .create()
        .unwrap();
    let mut partitions = TopicPartitionList::new();
    for topic in topics {
        for partition in 0..5 {
            partitions
                .add_partition_offset(topic, partition, Offset::Beginning)
                .unwrap();
        }
    }
    consumer.assign(&partitions).unwrap();
    let mut messages: BTreeMap<_, Vec<String>> =
        topics.iter().map(|topic| (*topic, Vec::new())).collect();
    while messages.values().map(Vec::len).sum::<usize>() < wanted {
        let message = consumer
            .poll(Duration::from_secs(20))
            .expect("there are more messages")
            .unwrap();
        assert!(message.key().is_some_and(|key| !key.is_empty()));
        let text = String::from_utf8(message.payload().unwrap().to_vec()).unwrap();
        messages.get_mut(message.topic()).unwrap().push(text);
    }
    assert!(
        consumer.poll(Duration::from_millis(500)).is_none(),
        "there are too many messages"
    );
    messages
}

/// The objects of run `id`.
fn objects(bucket: &Path, id: &str, grouping: &str, csv: bool) -> Vec<String> {
    let ending = if csv { "csv" } else { "json" };
    let within = |folder: &Path| -> Vec<String> {
        let mut paths: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.retain(|path| path.extension().is_some_and(|other| other == ending));
        paths.sort();
        paths
            .iter()
            .map(|path| fs::read_to_string(path).unwrap())
            .collect()
    };
    match grouping {
        "grouped" => vec![fs::read_to_string(bucket.join(format!("{id}.{ending}"))).unwrap()],
        "chunked" => within(&bucket.join(id)),
        _ => within(bucket)
            .into_iter()
            .filter(|object| object.contains(id) && records(object, csv).len() == 1)
            .collect(),
    }
}

fn records(object: &str, csv: bool) -> Vec<String> {
    if csv {
        let mut lines = object.lines();
        assert!(
            lines
                .next()
                .unwrap()
                .starts_with("emulation_id,event_timestamp,"),
            "{object}"
        );
        return lines.map(str::to_owned).collect();
    }
    let array: Value = serde_json::from_str(object).unwrap();
    array.as_array().map_or_else(
        || vec![object.to_owned()],
        |array| array.iter().map(Value::to_string).collect(),
    )
}

/// The id of the emulation that the record names.
fn emulation_of(record: &str, csv: bool) -> String {
    if csv {
        return record.split(',').next().unwrap().to_owned();
    }
    let envelope: Value = serde_json::from_str(record).unwrap();
    assert!(
        envelope["timestamp"].is_f64() && envelope["data"].is_object(),
        "{record}"
    );
    envelope["emulation_id"].as_str().unwrap().to_owned()
}
