//! A single connection to a database.

use sqlx::Connection;
use tokio::sync::{Mutex, MutexGuard};

/// Keeps a connection between calls. One suffices, because batches land one after the other.
pub(crate) struct ConnectionSlot<C: Connection> {
    options: C::Options,
    idle: Mutex<Option<C>>,
}

/// A connection in use. Dropping it closes the connection and rolls back what was begun, because
/// its state is unknown after an error or when a call is cancelled half-way.
pub(crate) struct ConnectionGuard<'a, C> {
    slot: MutexGuard<'a, Option<C>>,
    pub(crate) connection: C,
}

impl<C: Connection> ConnectionSlot<C> {
    pub(crate) fn new(options: C::Options) -> Self {
        Self {
            options,
            idle: Mutex::new(None),
        }
    }

    /// Waits until the connection is free; connects if necessary.
    pub(crate) async fn acquire(&self) -> Result<ConnectionGuard<'_, C>, sqlx::Error> {
        let mut slot = self.idle.lock().await;
        let connection = match slot.take() {
            Some(connection) => connection,
            None => C::connect_with(&self.options).await?,
        };
        Ok(ConnectionGuard { slot, connection })
    }
}

impl<C> ConnectionGuard<'_, C> {
    /// Returns the connection for reuse after the work succeeded.
    pub(crate) fn release(mut self) {
        *self.slot = Some(self.connection);
    }
}
