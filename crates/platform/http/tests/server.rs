//! The server against clients that do not behave.

// A test that cannot go on fails.
#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use actix_web::http::Method;
use actix_web::web;
use platform_http::{Json, Limits, Server, resource};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

async fn echo(body: Json<Value>) -> String {
    body.0.to_string()
}

async fn slow() -> &'static str {
    tokio::time::sleep(Duration::from_millis(500)).await;
    "done"
}

async fn never() -> &'static str {
    std::future::pending().await
}

fn limits() -> Limits {
    Limits {
        head_time: Duration::from_secs(1),
        grace: Duration::from_secs(1),
        ..Limits::default()
    }
}

fn server(stop: &CancellationToken) -> Server {
    Server::bind("127.0.0.1", 0, limits(), stop.clone(), |config| {
        config
            .service(resource("/echo", [(Method::POST, web::to(echo))]))
            .service(resource("/slow", [(Method::GET, web::to(slow))]))
            .service(resource("/never", [(Method::GET, web::to(never))]));
    })
    .unwrap()
}

/// Sends the text and reads until the server closes.
async fn told(server: std::net::SocketAddr, text: &str) -> String {
    let mut stream = TcpStream::connect(server).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A reset is as good an end as a close.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

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
            "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nConnection: close\r\n\r\n{\"a\""
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
async fn a_stopping_server_lets_open_requests_end_but_does_not_wait_for_ever() {
    let stop = CancellationToken::new();
    let server = server(&stop);
    let address = server.address();
    let running = actix_web::rt::spawn(server.run());
    let request =
        |path: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let (slow, never) = (request("/slow"), request("/never"));
    let clients = async { tokio::join!(told(address, &slow), told(address, &never)) };
    let stopping = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        stop.cancel();
        let begun = Instant::now();
        running.await.unwrap().unwrap();
        begun.elapsed()
    };
    let ((slow, never), took) = tokio::join!(clients, stopping);
    assert!(slow.ends_with("done"), "{slow:?}");
    assert_eq!(never, "");
    assert!(took < Duration::from_secs(4), "{took:?}");
    assert!(TcpStream::connect(address).await.is_err());
}

#[actix_web::test]
async fn an_address_that_is_taken_is_named() {
    let stop = CancellationToken::new();
    let first = server(&stop);
    let port = first.address().port();
    let second = Server::bind("127.0.0.1", port, limits(), stop, |_| {});
    let error = second.err().unwrap().to_string();
    assert!(
        error.starts_with(&format!("cannot listen on 127.0.0.1:{port}; ")),
        "{error}"
    );
}
