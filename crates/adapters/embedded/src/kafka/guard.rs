//! Stands before librdkafka's mock broker, which trusts its clients: a request of 16 bytes can end
//! its process. Every request is read and held against what it must be made of and what the broker
//! bears now; what could end it is refused by ending the connection, all else passes as it came.

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

/// Connections at once: each takes two descriptors of the process, and two of the broker's.
const CONNECTIONS: usize = 256;

/// Passes requests on to the broker and tells clients that it is where this listens, for ever.
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
                    // Too many open files, most likely: some will be closed.
                    tracing::warn!(%error, "a connection to the embedded Kafka was not accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}
