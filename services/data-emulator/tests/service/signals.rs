//! What signals do to a command and to the service.

use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::process::Stdio;
use std::time::{Duration, Instant};

use platform_runtime::tls;

use crate::process::{Service, program, stderr};

#[test]
fn an_interrupted_run_ends_with_130_and_whole_objects() {
    let folder = tempfile::tempdir().unwrap();
    let child = program(folder.path())
        .args([
            "emulate",
            "transaction",
            "--to",
            "file:out",
            "--rate",
            "1000",
            "--timeout",
            "60",
        ])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_secs(1));
    let killed = std::process::Command::new("kill")
        .args(["-s", "INT", &child.id().to_string()])
        .status();
    assert!(killed.unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("cancelled: "),
        "{}",
        stderr(&output)
    );
    let object = fs::read_dir(folder.path().join("out/transactions"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    let text = fs::read_to_string(object.path()).unwrap();
    assert!(
        text.ends_with("}\n") && text.lines().count() > 100,
        "{}",
        text.len()
    );
}

#[tokio::test]
async fn a_signal_winds_up_what_runs_and_a_second_one_ends_at_once() {
    tls::install_provider();
    let folder = tempfile::tempdir().unwrap();
    let post = async |service: &Service| {
        let answer = reqwest::Client::new()
            .post(format!("{}/emulator/", service.url))
            .json(&crate::sequence::request(
                "kafka",
                "transaction",
                "json",
                "grouped",
                600,
            ))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 201);
    };
    for (signal, second, code) in [
        ("TERM", None, 0),
        ("INT", None, 0),
        ("HUP", None, 0),
        ("TERM", Some("TERM"), 143),
        ("TERM", Some("INT"), 130),
    ] {
        let service = Service::start(folder.path());
        post(&service).await;
        // A request that never comes to its end keeps the service from ending for some seconds.
        let stalled = second.map(|_| stall(&service.url));
        tokio::time::sleep(Duration::from_millis(500)).await;
        let begun = Instant::now();
        service.signal(signal);
        if let Some(second) = second {
            // Within a second it would be the same one, sent twice.
            tokio::time::sleep(Duration::from_millis(1100)).await;
            service.signal(second);
        }
        assert_eq!(service.end(), Some(code), "{signal} {second:?}");
        let bound = if second.is_some() { 3 } else { 30 };
        assert!(
            begun.elapsed() < Duration::from_secs(bound),
            "{signal} {second:?}"
        );
        drop(stalled);
    }
}

fn stall(url: &str) -> TcpStream {
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
    let head = "POST /emulator HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    stream
}
