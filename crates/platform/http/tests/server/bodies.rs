//! Requests whose bodies are not as they should be.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::{server, told};

#[actix_web::test]
async fn a_head_or_body_that_does_not_arrive_is_given_up() {
    let stop = CancellationToken::new();
    let server = server(&stop);
    let address = server.address();
    let running = actix_web::rt::spawn(server.run());
    let begun = Instant::now();
    let (head, body) = tokio::join!(
        told(address, "GET /slow HTTP/1.1\r\nHost: x\r\nX-Half"),
        told(
            address,
            "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\nConnection: close\r\n\r\n{\"a\""
        ),
    );
    assert!(head.starts_with("HTTP/1.1 408 "), "{head:?}");
    assert!(body.starts_with("HTTP/1.1 408 "), "{body:?}");
    assert!(body.ends_with("{\"detail\":\"body: did not arrive within 10 seconds\"}"));
    assert!(begun.elapsed() < Duration::from_secs(20));
    stop.cancel();
    running.await.unwrap().unwrap();
}

#[actix_web::test]
async fn a_compressed_body_is_refused_whatever_takes_it() {
    let stop = CancellationToken::new();
    let server = server(&stop);
    let address = server.address();
    let running = actix_web::rt::spawn(server.run());
    let send = async |path: &str, encoding: &str| {
        let kind = match path {
            "/login" => "application/x-www-form-urlencoded",
            _ => "application/json",
        };
        let text = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {kind}\r\n\
             Content-Encoding: {encoding}\r\nContent-Length: 7\r\n\r\n{{\"a\":1}}"
        );
        told(address, &text).await
    };
    for (path, encoding) in [
        ("/echo", "gzip"),
        ("/echo", "identity, br"),
        ("/login", "GZIP"),
    ] {
        let answer = send(path, encoding).await;
        assert!(answer.starts_with("HTTP/1.1 415 "), "{answer}");
        assert!(
            answer
                .to_lowercase()
                .contains("\r\naccept-encoding: identity\r\n"),
            "{answer}"
        );
        let detail = format!(
            r#"{{"detail":"Content-Encoding: got \"{encoding}\"; expected identity: send the body uncompressed"}}"#
        );
        assert!(answer.ends_with(&detail), "{answer}");
    }
    let answer = send("/echo", "identity").await;
    assert!(answer.ends_with(r#"{"a":1}"#), "{answer}");
    stop.cancel();
    running.await.unwrap().unwrap();
}
