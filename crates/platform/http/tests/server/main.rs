//! The server against clients that do not behave or may not ask.

// A test that cannot go on fails.
#![allow(clippy::unwrap_used)]

mod access;
mod bodies;
mod tls;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use actix_web::{HttpRequest, HttpResponse, web};
use futures::stream;
use jiff::Timestamp;
use platform_access::{Audit, Folder, Role, Tokens};
use platform_http::operations::Operations;
use platform_http::permission::{ADMIN, OPEN, OPERATOR};
use platform_http::settings::HttpSettings;
use platform_http::{ApiError, Json, Limits, Routes, Server, Streams};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

async fn echo(body: Json<Value>) -> String {
    body.0.to_string()
}

/// How often something was counted, which one test does.
static COUNTED: AtomicUsize = AtomicUsize::new(0);

async fn count() -> &'static str {
    COUNTED.fetch_add(1, Ordering::SeqCst);
    "counted"
}

async fn slow() -> &'static str {
    tokio::time::sleep(Duration::from_millis(500)).await;
    "done"
}

/// More than the system takes for a client that reads nothing.
const LARGE: usize = 2 << 20;

async fn large() -> String {
    "x".repeat(LARGE)
}

async fn events(
    streams: web::Data<Streams>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let permit = streams.open(&request)?;
    Ok(HttpResponse::Ok().streaming(stream::once(async move {
        std::future::pending::<()>().await;
        drop(permit);
        Ok::<_, std::convert::Infallible>(web::Bytes::new())
    })))
}

async fn never() -> &'static str {
    std::future::pending().await
}

fn settings(port: u16) -> HttpSettings {
    HttpSettings {
        port,
        limits: Limits {
            head_time: Duration::from_secs(1),
            grace: Duration::from_secs(1),
            ..Limits::default()
        },
        ..HttpSettings::loopback()
    }
}

/// A service whose Kafka is away.
struct Down;

#[async_trait::async_trait]
impl Operations for Down {
    async fn readiness(&self) -> Vec<(String, Result<(), String>)> {
        let why = "kafka.example:9092 does not answer".to_owned();
        vec![("kafka".to_owned(), Err(why))]
    }

    async fn metrics(&self) -> Result<String, ApiError> {
        Ok(String::new())
    }
}

fn routes() -> Routes {
    let operations: Arc<dyn Operations> = Arc::new(Down);
    Routes::new()
        .with(move |config| {
            config.app_data(web::Data::from(Arc::clone(&operations)));
        })
        .operations()
        .get(OPEN, "/slow", || web::to(slow))
        .get(OPEN, "/large", || web::to(large))
        .get(OPEN, "/events", || web::to(events))
        .get(OPEN, "/docs", || web::to(slow))
        .post(OPERATOR, "/echo", || web::to(echo))
        .post(OPERATOR, "/count", || web::to(count))
        .get(ADMIN, "/never", || web::to(never))
        .login()
}

fn server(stop: &CancellationToken) -> Server {
    Server::bind(&settings(0), routes(), None, stop.clone()).unwrap()
}

const NEEDED: &str = r#"{"detail":"a token is needed: send it as Authorization: Bearer TOKEN, or log in at /login"}"#;
const UNKNOWN: &str = r#"{"detail":"the token or session is unknown, was revoked or has ended"}"#;

/// A server that asks for tokens, and those of a viewer and an operator.
fn asking(data: &Path, stop: &CancellationToken) -> (Server, [String; 2]) {
    let folder = Folder::create(&data.join("access"), Audit::begin).unwrap();
    let tokens = Tokens::new(folder);
    let token = |role: Role| tokens.create(role.name(), role, Timestamp::now());
    let made = [Role::Viewer, Role::Operator].map(|role| token(role).unwrap());
    let mut settings = settings(0);
    settings.access.required = true;
    let server = Server::bind(&settings, routes(), Some(data), stop.clone());
    (server.unwrap(), made)
}

/// Sends the text and reads until the server closes.
async fn told(server: SocketAddr, text: &str) -> String {
    let mut stream = TcpStream::connect(server).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A reset is as good an end as a close.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
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
    let second = Server::bind(&settings(port), routes(), None, stop);
    let error = second.err().unwrap().to_string();
    assert!(
        error.starts_with(&format!("cannot listen on 127.0.0.1:{port}; ")),
        "{error}"
    );
}

#[actix_web::test]
async fn routes_answer_whom_their_permission_lets_pass_and_open_ones_everybody() {
    let stop = CancellationToken::new();
    let data = tempfile::tempdir().unwrap();
    let (server, [viewer, operator]) = asking(data.path(), &stop);
    let address = server.address();
    let running = actix_web::rt::spawn(server.run());
    for (request, word, status, body) in [
        ("GET /slow", None, 200, "done"),
        ("POST /echo", None, 401, NEEDED),
        ("POST /echo", Some("sesame"), 401, UNKNOWN),
        (
            "POST /echo",
            Some(&*viewer),
            403,
            r#"{"detail":"this needs the role operator, and viewer is viewer"}"#,
        ),
        ("POST /echo", Some(&*operator), 200, r#"{"a":1}"#),
        // Nobody learns without leave which paths and methods there are.
        ("GET /echo", None, 401, NEEDED),
        ("GET /nowhere", None, 401, NEEDED),
        (
            "GET /nowhere",
            Some(&*viewer),
            404,
            r#"{"detail":"/nowhere: no such endpoint; see /docs"}"#,
        ),
    ] {
        let word = word.map_or(String::new(), |word| {
            format!("Authorization: Bearer {word}\r\n")
        });
        let sent = format!(
            "{request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 7\r\n{word}\r\n{{\"a\":1}}"
        );
        let answer = told(address, &sent).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")) && answer.ends_with(body),
            "{request} {word}: {answer}"
        );
        let head = answer.to_lowercase();
        for header in [
            "x-request-id: ",
            "x-content-type-options: nosniff",
            "x-frame-options: deny",
            "referrer-policy: no-referrer",
            "content-security-policy: default-src 'none'; script-src 'self'; ",
        ] {
            assert!(head.contains(header), "{header}: {answer}");
        }
    }
    stop.cancel();
    running.await.unwrap().unwrap();
}

/// The memory of this process, in bytes.
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

#[actix_web::test]
async fn clients_that_read_nothing_are_bounded_in_bytes_and_time() {
    let stop = CancellationToken::new();
    let mut settings = settings(0);
    settings.limits.write_time = Duration::from_secs(3);
    settings.limits.unread_bytes = 32 << 20;
    let server = Server::bind(&settings, routes(), None, stop.clone()).unwrap();
    let address = server.address();
    let running = actix_web::rt::spawn(server.run());
    let before = resident();
    let mut clients = Vec::new();
    for _ in 0..200 {
        let mut client = TcpStream::connect(address).await.unwrap();
        let request = b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n";
        client.write_all(request).await.unwrap();
        clients.push(client);
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    // 200 answers have 400 MiB; 32 MiB may wait, and each connection has some kilobytes.
    let grown = resident().saturating_sub(before);
    assert!(grown < 128 << 20, "{} MiB", grown >> 20);
    let close = "Connection: close\r\n\r\n";
    let other = told(
        address,
        &format!("GET /large HTTP/1.1\r\nHost: x\r\n{close}"),
    )
    .await;
    assert!(
        other.starts_with("HTTP/1.1 503 ") && other.contains("retry-after: 5"),
        "{other}"
    );
    let small = told(
        address,
        &format!("GET /slow HTTP/1.1\r\nHost: x\r\n{close}"),
    )
    .await;
    assert!(small.ends_with("done"), "{small}");
    // When the clients have taken nothing for so long, their room is free again.
    let begun = Instant::now();
    loop {
        let answer = told(
            address,
            &format!("GET /large HTTP/1.1\r\nHost: x\r\n{close}"),
        )
        .await;
        if answer.starts_with("HTTP/1.1 200 ") && answer.len() > LARGE {
            break;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "their room is not free"
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    drop(clients);
    stop.cancel();
    running.await.unwrap().unwrap();
}

#[actix_web::test]
async fn streams_are_bounded_and_the_connections_of_those_refused_are_closed() {
    let stop = CancellationToken::new();
    let mut settings = settings(0);
    settings.limits.connections = 40;
    settings.limits.streams_of_a_client = 5;
    let server = Server::bind(&settings, routes(), None, stop.clone()).unwrap();
    let address = server.address();
    let running = actix_web::rt::spawn(server.run());
    let mut clients = Vec::new();
    for _ in 0..100 {
        let mut client = TcpStream::connect(address).await.unwrap();
        client
            .write_all(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
            .await
            .unwrap();
        clients.push(client);
    }
    let begun = Instant::now();
    let answer = told(
        address,
        "GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    )
    .await;
    assert!(answer.ends_with("done"), "{answer}");
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
    let mut refused = 0;
    for mut client in clients {
        let mut answer = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(1), client.read_to_end(&mut answer));
        if read.await.is_ok() {
            refused += 1;
            assert!(
                answer.starts_with(b"HTTP/1.1 429 "),
                "{}",
                String::from_utf8_lossy(&answer)
            );
        }
    }
    assert_eq!(refused, 95);
    stop.cancel();
    running.await.unwrap().unwrap();
}

#[actix_web::test]
async fn a_page_of_another_origin_changes_nothing_and_a_body_says_that_it_is_json() {
    let stop = CancellationToken::new();
    let server = server(&stop);
    let address = server.address();
    let running = actix_web::rt::spawn(server.run());
    for (lines, status) in [
        ("Host: service\r\nContent-Type: application/json\r\n", 200),
        ("Host: service\r\n", 415),
        ("Host: service\r\nContent-Type: text/plain\r\n", 415),
        (
            "Host: localhost\r\nContent-Type: application/json\r\nOrigin: http://evil\r\n",
            403,
        ),
        (
            "Host: evil\r\nContent-Type: application/json\r\nOrigin: http://evil\r\n",
            403,
        ),
        (
            "Host: localhost\r\nContent-Type: application/json\r\nOrigin: http://localhost\r\n",
            200,
        ),
    ] {
        let sent = format!(
            "POST /echo HTTP/1.1\r\nConnection: close\r\nContent-Length: 2\r\n{lines}\r\n{{}}"
        );
        let answer = told(address, &sent).await;
        let begin = format!("HTTP/1.1 {status} ");
        assert!(answer.starts_with(&begin), "{lines}: {answer}");
        assert!(answer.contains("x-frame-options"), "{answer}");
    }
    stop.cancel();
    running.await.unwrap().unwrap();
}
