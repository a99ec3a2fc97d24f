//! A connection that breaks when the server has committed and before the client knows it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use adapter_sql::SqlDatabase;
use pipeline_domain::landing::Landing;
use pipeline_domain::source::{Names, Source};
use pipeline_ports::{Database, PortErrorKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::batches;
use crate::place::Place;

/// Passes everything on, and cuts the connection when the server answers to the next `COMMIT`s
/// that it is `to_cut`.
async fn proxy(server: String, to_cut: Arc<AtomicUsize>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(&server).await.unwrap();
            tokio::spawn(pass(client, server, to_cut.clone()));
        }
    });
    port
}

async fn pass(mut client: TcpStream, mut server: TcpStream, to_cut: Arc<AtomicUsize>) {
    let (mut request, mut answer) = (vec![0; 65_536], vec![0; 65_536]);
    let mut cut = false;
    loop {
        tokio::select! {
            Ok(count @ 1..) = client.read(&mut request) => {
                cut = request[..count].windows(6).any(|it| it == b"COMMIT")
                    && to_cut.load(Ordering::Relaxed) > 0;
                server.write_all(&request[..count]).await.unwrap();
            }
            Ok(count @ 1..) = server.read(&mut answer) => {
                if cut {
                    to_cut.fetch_sub(1, Ordering::Relaxed);
                    return;
                }
                client.write_all(&answer[..count]).await.unwrap();
            }
            else => return,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_committed_without_an_answer_has_landed_before_and_is_no_duplicate() {
    let place = Place::make("lost").await;
    let url = place.url();
    let (user, rest) = url.rsplit_once('@').unwrap();
    let (server, database) = rest.split_once('/').unwrap();
    let to_cut = Arc::new(AtomicUsize::new(0));
    let port = proxy(server.to_owned(), to_cut.clone()).await;
    let url = format!("{user}@127.0.0.1:{port}/{database}");
    let database = SqlDatabase::at(&url.into(), Names::default()).unwrap();
    database.prepare().await.unwrap();

    database
        .land(&batches::of(Source::First, 0..5))
        .await
        .unwrap();
    let mut batch = batches::of(Source::First, 5..105);
    // One more event with an id that is there.
    batch[50].row = batches::of(Source::First, 0..1).remove(0).row;
    to_cut.store(2, Ordering::Relaxed);
    for _ in 0..2 {
        let error = database.land(&batch).await.unwrap_err();
        assert_eq!(error.kind, PortErrorKind::Unreachable, "{error}");
    }
    assert_eq!(to_cut.load(Ordering::Relaxed), 0);
    let mut expected = vec![Landing::LandedBefore; 100];
    expected[50] = Landing::Duplicate;
    assert_eq!(database.land(&batch).await.unwrap(), expected);
    assert_eq!(database.rows().await.unwrap(), [104, 0, 0]);
    drop(database);
    place.drop().await;
}
