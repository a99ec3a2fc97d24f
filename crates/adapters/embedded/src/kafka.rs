//! A Kafka broker inside the process.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rdkafka::error::KafkaError;
use rdkafka::mocking::MockCluster;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

use crate::EmbeddedError;

/// A broker on 127.0.0.1 that any Kafka client can use. It ends when this is dropped.
#[derive(Debug)]
pub struct EmbeddedKafka {
    bootstrap_servers: String,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
    /// At the port that was asked for.
    _entrance: Option<Entrance>,
}

impl EmbeddedKafka {
    /// What the broker keeps and what it does not, for people.
    pub const LIMITS: &str = "The embedded Kafka keeps the newest 5 MiB or 100,000 messages of each partition, in memory, and forgets everything at the end. It creates topics when a client asks for them (no CreateTopics), shows events of open transactions, keeps no progress that was committed in one, has no TLS and no passwords.";

    /// Starts it with these topics and their partitions, so that clients find it on `port` (0: a
    /// free one). The broker itself is on a free port in any case, which clients are told when they
    /// ask who leads a partition.
    ///
    /// # Errors
    /// If the port is taken, or a topic cannot be made.
    ///
    /// # Panics
    /// Outside a tokio runtime if a port is given.
    pub fn start(topics: &[(&str, i32)], port: u16) -> Result<Self, EmbeddedError> {
        let topics: Vec<_> = topics
            .iter()
            .map(|&(name, partitions)| (name.to_owned(), partitions))
            .collect();
        let (started, bootstrap_servers) = channel();
        let (stop, stopped) = channel();
        // The cluster cannot leave the thread that made it.
        let thread = std::thread::Builder::new()
            .name("embedded-kafka".to_owned())
            .spawn(move || run(&topics, &started, &stopped))
            .map_err(|error| failed(error.to_string()))?;
        let bootstrap_servers = bootstrap_servers
            .recv()
            .map_err(|_| failed("its thread ended".to_owned()))?
            .map_err(|error| failed(error.to_string()))?;
        let entrance = match port {
            0 => None,
            port => Some(Entrance::open(port, bootstrap_servers.clone()).map_err(failed)?),
        };
        Ok(Self {
            bootstrap_servers: match &entrance {
                Some(_) => format!("127.0.0.1:{port}"),
                None => bootstrap_servers,
            },
            stop: Some(stop),
            thread: Some(thread),
            _entrance: entrance,
        })
    }

    /// `127.0.0.1:port`.
    pub fn bootstrap_servers(&self) -> &str {
        &self.bootstrap_servers
    }
}

impl Drop for EmbeddedKafka {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was told on standard error already.
            let _ = thread.join();
        }
    }
}

/// Hands the connections of one port on to the broker, which takes whatever port is free.
#[derive(Debug)]
struct Entrance(AbortHandle);

impl Entrance {
    fn open(port: u16, broker: String) -> Result<Self, String> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let listening = std::net::TcpListener::bind(address).and_then(|listener| {
            listener.set_nonblocking(true)?;
            TcpListener::from_std(listener)
        });
        let listener = listening.map_err(|error| format!("{address}: {error}"))?;
        let serving = tokio::spawn(async move {
            // Aborts the connections when it is dropped.
            let mut connections = JoinSet::new();
            loop {
                match listener.accept().await {
                    Ok((mut client, _)) => {
                        let broker = broker.clone();
                        connections.spawn(async move {
                            let mut broker = TcpStream::connect(broker).await?;
                            copy_bidirectional(&mut client, &mut broker).await
                        });
                    }
                    Err(error) => {
                        // Too many open files, most likely: some will be closed.
                        tracing::warn!(%error, "a Kafka connection was not accepted");
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                }
                while connections.try_join_next().is_some() {}
            }
        });
        Ok(Self(serving.abort_handle()))
    }
}

impl Drop for Entrance {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn run(
    topics: &[(String, i32)],
    started: &Sender<Result<String, KafkaError>>,
    stopped: &Receiver<()>,
) {
    let cluster = MockCluster::new(1).and_then(|cluster| {
        for (name, partitions) in topics {
            cluster.create_topic(name, *partitions, 1)?;
        }
        Ok(cluster)
    });
    // Whoever does not wait for the start any more has dropped `stop` too.
    let _ = match &cluster {
        Ok(cluster) => started.send(Ok(cluster.bootstrap_servers())),
        Err(error) => started.send(Err(error.clone())),
    };
    if cluster.is_ok() {
        let _ = stopped.recv();
    }
}

fn failed(why: String) -> EmbeddedError {
    EmbeddedError {
        server: "Kafka",
        why,
    }
}
