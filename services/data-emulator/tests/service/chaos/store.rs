//! An S3 store that answers 503, cuts connections, loses answers and stalls: MinIO behind a proxy.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy, sink};
use tokio::net::{TcpListener, TcpStream};

use super::crashes::assert_same_objects;
use super::{Plan, RECORDS, tell};
use crate::live::readers::{env, fresh, servers};

#[derive(Clone, Copy, Debug)]
enum Fault {
    /// 503, and the request is not done.
    Unavailable,
    /// The connection is reset in the middle of the request.
    Reset,
    /// The request is done, and the connection ends before the answer.
    AnswerLost,
    /// No answer for longer than anybody waits.
    Stall,
}

const SLOW_DOWN: &str = "HTTP/1.1 503 Slow Down\r\nConnection: close\r\nContent-Length: 64\r\n\r\n\
    <Error><Code>SlowDown</Code><Message>Slow down</Message></Error>";

/// Gives its address and how many requests it has disturbed: every `every`-th.
async fn proxy(fault: Fault, every: usize) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let disturbed = Arc::new(AtomicUsize::new(0));
    let (count, mut requests) = (disturbed.clone(), 0);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            requests += 1;
            let fault = (requests % every == 0).then_some(fault);
            count.fetch_add(usize::from(fault.is_some()), Ordering::Relaxed);
            tokio::spawn(one_request(client, fault));
        }
    });
    (address, disturbed)
}

/// Passes one request on, and ends the connection after it: so requests are counted by connections.
async fn one_request(mut client: TcpStream, fault: Option<Fault>) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut passed = String::new();
    let mut length = 0;
    for line in head.trim_end().split("\r\n") {
        let lower = line.to_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if !lower.starts_with("connection:") {
            passed += line;
            passed += "\r\n";
        }
    }
    passed += "Connection: close\r\n\r\n";
    match fault {
        Some(Fault::Unavailable) => {
            copy(&mut (&mut client).take(length), &mut sink()).await?;
            client.write_all(SLOW_DOWN.as_bytes()).await?;
            return client.shutdown().await;
        }
        Some(Fault::Reset) => {
            copy(&mut (&mut client).take(length / 2), &mut sink()).await?;
            return client.set_zero_linger();
        }
        Some(Fault::Stall) => {
            tokio::time::sleep(Duration::from_secs(300)).await;
            return Ok(());
        }
        Some(Fault::AnswerLost) | None => {}
    }
    let mut store = TcpStream::connect(env("MINIO_ENDPOINT")).await?;
    store.write_all(passed.as_bytes()).await?;
    copy(&mut (&mut client).take(length), &mut store).await?;
    if fault.is_some() {
        copy(&mut store, &mut sink()).await?;
        return client.set_zero_linger();
    }
    copy(&mut store, &mut client).await?;
    client.shutdown().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_fails_every_fifth_time_gets_the_objects_of_an_undisturbed_run() {
    for (fault, every) in [
        (Fault::Unavailable, 5),
        (Fault::Reset, 5),
        (Fault::AnswerLost, 5),
        // Each costs the time that an answer is waited for.
        (Fault::Stall, 40),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let plan = Plan::unlimited(RECORDS);
        let name = fresh("store");
        let (address, disturbed) = proxy(fault, every).await;
        let output = plan
            .command(folder.path(), "minio")
            .args(["--destination", &name])
            .envs(servers())
            .env("MINIO_ENDPOINT", address)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{fault:?}: {told}");
        let disturbed = disturbed.load(Ordering::Relaxed);
        assert!(disturbed >= 3, "{fault:?}: {disturbed} requests");
        let left = assert_same_objects(&plan, &name, folder.path());
        tell(&format!("{fault:?}, {disturbed} requests; {left}"));
    }
}
