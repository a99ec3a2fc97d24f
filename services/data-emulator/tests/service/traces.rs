//! What a collector of OpenTelemetry is sent.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::client::Client;
use crate::process::{Service, program};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// Takes what is posted, and answers that it has.
fn collector() -> (String, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (url, taken) = (
        format!("http://{}", listener.local_addr().unwrap()),
        Arc::<Mutex<Vec<u8>>>::default(),
    );
    let all = Arc::clone(&taken);
    thread::spawn(move || {
        for connection in listener.incoming() {
            let (mut connection, all) = (connection.unwrap(), Arc::clone(&all));
            connection
                .set_read_timeout(Some(Duration::from_millis(300)))
                .unwrap();
            thread::spawn(move || {
                let mut part = [0; 4096];
                loop {
                    match connection.read(&mut part) {
                        Ok(0) => return,
                        Ok(len) => all.lock().unwrap().extend_from_slice(&part[..len]),
                        Err(_) => {
                            let answer =
                                "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                            let _ = connection.write_all(answer.as_bytes());
                            return;
                        }
                    }
                }
            });
        }
    });
    (url, taken)
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_is_sent_requests_in_the_traces_of_their_callers_and_the_runs_they_start() {
    let folder = tempfile::tempdir().unwrap();
    let (url, taken) = collector();
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(), url);
    let service = Service::start_logging(
        folder.path(),
        &["--data-dir", "memory"],
        Vec::from([endpoint]),
    );
    let client = Client::of(&service);
    let request = client.http.post(format!("{}/emulator", client.url));
    let request = request.header("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01"));
    let answer = request.json(&json!({
        "emulator_sync": "null", "emulation_domain": "transaction", "format_type": "ndjson",
        "sync_type": "grouped", "max_chunk_size": 1, "timeout": 60, "count": 10, "pace": "unlimited",
    }));
    let answer: serde_json::Value = answer.send().await.unwrap().json().await.unwrap();
    let id = answer["id"].as_str().unwrap();
    client.ended(id, Duration::from_secs(10)).await;
    service.signal("TERM");
    assert_eq!(service.end(), Some(0));
    let taken = taken.lock().unwrap();
    let trace = u128::from_str_radix(TRACE, 16).unwrap().to_be_bytes();
    for part in [
        &b"POST /v1/traces "[..],
        b"application/x-protobuf",
        b"data-emulator",
        &trace,
        b"POST /emulator",
        b"emulation.run",
        id.as_bytes(),
        b"emulation ended",
    ] {
        assert!(holds(&taken, part), "{}", String::from_utf8_lossy(part));
    }
}

#[test]
fn a_collector_that_is_away_is_told_and_costs_nothing_and_a_wrong_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let emulate = |endpoint: &str| {
        let mut command = program(folder.path());
        command
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
            .args("emulate transaction --to null --count 10".split(' '));
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), said)
    };
    for wrong in ["collector:4318", "http://user:secret@collector:4318"] {
        let (code, said) = emulate(wrong);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("expected http://HOST:PORT"), "{said}");
        assert!(!said.contains("secret"), "{said}");
    }
    let (code, said) = emulate("http://127.0.0.1:1");
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("ExportError"), "{said}");
}
