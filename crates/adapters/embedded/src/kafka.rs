//! A Kafka broker inside the process.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use rdkafka::error::KafkaError;
use rdkafka::mocking::MockCluster;

use crate::EmbeddedError;

/// A broker on 127.0.0.1 that any Kafka client can use. It ends when this is dropped.
#[derive(Debug)]
pub struct EmbeddedKafka {
    bootstrap_servers: String,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl EmbeddedKafka {
    /// What the broker keeps and what it does not, for people.
    pub const LIMITS: &str = "The embedded Kafka keeps the newest 5 MiB or 100,000 messages of each partition, in memory, and forgets everything at the end. It makes topics when a client asks for them (no CreateTopics), shows events of open transactions, keeps no progress that was committed in one, has no TLS and no passwords.";

    /// Starts it on a free port with these topics and their partitions.
    ///
    /// # Errors
    /// If there is no free port, or a topic cannot be made.
    pub fn start(topics: &[(&str, i32)]) -> Result<Self, EmbeddedError> {
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
            // A panic of the thread was told on standard error already.
            let _ = thread.join();
        }
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
