//! A proxy in front of librdkafka's mock broker, which trusts its clients: a request of 16 bytes
//! can crash the process. Every request is parsed and checked against its schema and against the
//! broker's current state. A dangerous one is refused by closing the connection; all others pass
//! unchanged.

mod connection;
mod groups;
mod request;
mod shape;

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinSet;

use self::connection::Connection;
use self::groups::Groups;

/// Maximum number of connections: each takes two descriptors here, and two in the broker.
const CONNECTIONS: usize = 256;

/// Forwards requests to the broker and tells clients that the broker is at this listener's address;
/// never returns.
pub(super) async fn serve(listener: TcpListener, address: SocketAddr, broker: SocketAddr) {
    let groups = Groups::default();
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if connections.len() < CONNECTIONS => match accepted {
                Ok((stream, client)) => {
                    let connection = Connection::new(address, broker, groups.clone());
                    connections.spawn(async move {
                        match connection.serve(stream).await {
                            Err(why) if why.kind() == ErrorKind::InvalidData => {
                                tracing::warn!(%client, %why, "the embedded Kafka ended a connection");
                            }
                            Err(why) => tracing::debug!(%client, %why, "a connection to the embedded Kafka ended"),
                            Ok(()) => {}
                        }
                    });
                }
                Err(error) => {
                    // Probably too many open files; some will be closed.
                    tracing::warn!(%error, "a connection to the embedded Kafka was not accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}
