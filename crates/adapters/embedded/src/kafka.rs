//! An embedded Kafka broker.

mod guard;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use rdkafka::mocking::MockCluster;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::EmbeddedError;

/// A broker on 127.0.0.1 for any Kafka client. It stops when this is dropped.
#[derive(Debug)]
pub struct EmbeddedKafka {
    bootstrap_servers: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl EmbeddedKafka {
    /// What the broker stores and what it does not, for users.
    pub const LIMITS: &str = "The embedded Kafka keeps the newest 5 MiB or 100,000 messages of each partition, in memory, and forgets everything at the end. It creates topics when a client asks for them (no CreateTopics), shows events of open transactions, keeps no progress that was committed in one, has no TLS and no passwords.";

    /// Starts a broker with these topics and their partitions on `port` (0: any free one).
    ///
    /// # Errors
    /// If the port is taken, or a topic cannot be created.
    pub fn start(topics: &[(&str, i32)], port: u16) -> Result<Self, EmbeddedError> {
        let topics: Vec<_> = topics
            .iter()
            .map(|&(name, partitions)| (name.to_owned(), partitions))
            .collect();
        let (started, bootstrap_servers) = channel();
        let (stop, stopped) = oneshot::channel();
        // The cluster cannot leave the thread that created it.
        let thread = std::thread::Builder::new()
            .name("embedded-kafka".to_owned())
            .spawn(move || run(&topics, port, &started, stopped))
            .map_err(|error| failed(error.to_string()))?;
        let bootstrap_servers = bootstrap_servers
            .recv()
            .map_err(|_| failed("its thread ended".to_owned()))?
            .map_err(failed)?;
        Ok(Self {
            bootstrap_servers,
            stop: Some(stop),
            thread: Some(thread),
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
            // If the thread panicked, standard error already has the message.
            let _ = thread.join();
        }
    }
}

fn run(
    topics: &[(String, i32)],
    port: u16,
    started: &Sender<Result<String, String>>,
    stopped: oneshot::Receiver<()>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let served = runtime
        .map_err(|error| error.to_string())
        .and_then(|runtime| runtime.block_on(serve(topics, port, started, stopped)));
    if let Err(error) = served {
        // If the caller no longer waits for the start, it has dropped `stop` too.
        let _ = started.send(Err(error));
    }
}

async fn serve(
    topics: &[(String, i32)],
    port: u16,
    started: &Sender<Result<String, String>>,
    stopped: oneshot::Receiver<()>,
) -> Result<(), String> {
    let cluster = MockCluster::new(1).map_err(|error| error.to_string())?;
    for (name, partitions) in topics {
        let created = cluster.create_topic(name, *partitions, 1);
        created.map_err(|error| error.to_string())?;
    }
    let broker: SocketAddr = cluster
        .bootstrap_servers()
        .parse()
        .map_err(|_| "its broker has no address".to_owned())?;
    let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listening = async {
        let listener = TcpListener::bind(wanted).await?;
        let address = listener.local_addr()?;
        Ok::<_, std::io::Error>((listener, address))
    };
    let (listener, address) = listening
        .await
        .map_err(|error| format!("{wanted}: {error}"))?;
    let _ = started.send(Ok(address.to_string()));
    tokio::select! {
        () = guard::serve(listener, address, broker) => {}
        _ = stopped => {}
    }
    Ok(())
}

fn failed(why: String) -> EmbeddedError {
    EmbeddedError {
        server: "Kafka",
        why,
    }
}
