//! Answers of the broker that never arrive: what it has stored is sent again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};

use super::brokers::Run;
use super::{Plan, RECORDS, tell};
use crate::live::readers::env;

/// Every so many pieces of answers, one is thrown away and its connection ended.
const EVERY: usize = 50;

/// Listens where the broker sends its clients. Gives how many answers it has thrown away.
async fn proxy() -> (Arc<AtomicUsize>, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind(env("KAFKA_TEST_PROXY")).await.unwrap();
    let (thrown, acknowledged_units) =
        (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let count = thrown.clone();
    let task = tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (count, acknowledged_units) = (count.clone(), acknowledged_units.clone());
            tokio::spawn(async move {
                let broker = TcpStream::connect(env("KAFKA_TEST_PROXIED")).await?;
                let (mut from_client, mut to_client) = client.into_split();
                let (mut from_broker, mut to_broker) = broker.into_split();
                let asking =
                    tokio::spawn(async move { copy(&mut from_client, &mut to_broker).await });
                let mut piece = vec![0; 65_536];
                loop {
                    let read = from_broker.read(&mut piece).await?;
                    if read == 0 {
                        break;
                    }
                    if acknowledged_units.fetch_add(1, Ordering::Relaxed) % EVERY == EVERY - 1 {
                        count.fetch_add(1, Ordering::Relaxed);
                        break;
                    }
                    to_client.write_all(&piece[..read]).await?;
                }
                // Without this, the other half would keep the connection open.
                asking.abort();
                std::io::Result::Ok(())
            });
        }
    });
    (thrown, task)
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_acknowledgements_double_records_only_without_idempotence() {
    let (thrown, proxy) = proxy().await;
    for idempotence in [true, false] {
        let before = thrown.load(Ordering::Relaxed);
        let plan = Plan::unlimited(RECORDS);
        let run = Run::start(&plan, env("KAFKA_TEST_PROXY"), "at-least-once", idempotence).await;
        let brokers = env("KAFKA_BOOTSTRAP_SERVERS");
        let found = if idempotence {
            run.assert_whole(&brokers).await
        } else {
            run.found(&brokers).await
        };
        let thrown = thrown.load(Ordering::Relaxed) - before;
        assert!(thrown >= 10, "{thrown} answers were lost");
        if !idempotence {
            assert!(found.twice > 0, "this test cannot fail: {found}");
            assert_eq!((found.lost, found.changed), (0, 0), "{found}");
        }
        tell(&format!(
            "idempotence {idempotence}, {thrown} answers thrown away; {found}"
        ));
    }
    proxy.abort();
}
