//! Stands before librdkafka's mock broker, which trusts its clients: a request of 16 bytes can end
//! its process. What could is refused by ending the connection; all else passes as it came.

mod connection;
mod request;

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinSet;

use self::connection::Connection;

/// How long the broker may take to notice that a connection has ended.
const ENDING: Duration = Duration::from_millis(200);
/// Connections at once: each takes two descriptors of the process, and two of the broker's.
const CONNECTIONS: usize = 256;

/// The members of groups that wait for an answer. The broker does not bear a second question of
/// one of them. Clones are the same set.
#[derive(Clone, Debug, Default)]
struct Waiting(Arc<Mutex<HashSet<request::Member>>>);

impl Waiting {
    fn enter(&self, member: &request::Member) -> bool {
        self.lock().insert(member.clone())
    }

    fn leave(&self, member: &request::Member) {
        self.lock().remove(member);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashSet<request::Member>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Passes requests on to the broker and tells clients that it is where this listens, for ever.
pub(super) async fn serve(listener: TcpListener, address: SocketAddr, broker: SocketAddr) {
    let waiting = Waiting::default();
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if connections.len() < CONNECTIONS => match accepted {
                Ok((client, _)) => {
                    let connection = Connection::new(address, broker, waiting.clone());
                    connections.spawn(async move {
                        if let Err(error) = connection.serve(client).await {
                            tracing::debug!(%error, "a connection to the embedded Kafka ended");
                        }
                    });
                }
                Err(error) => {
                    // Too many open files, most likely: some will be closed.
                    tracing::warn!(%error, "a connection to the embedded Kafka was not accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}
