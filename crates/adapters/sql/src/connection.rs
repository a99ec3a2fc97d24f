//! The one connection to a database.

use sqlx::Connection;
use tokio::sync::{Mutex, MutexGuard};

/// Keeps a connection between calls. One is enough: batches land one after the other.
pub(crate) struct ConnectionSlot<C: Connection> {
    options: C::Options,
    idle: Mutex<Option<C>>,
}

/// A connection at work. Dropped, it is closed and what it has begun is undone: after an error,
/// or in the middle of a call that nobody waits for any more, nothing is known about its state.
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

    /// Waits until nobody else has it, and connects if need be.
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
    /// The work is done and the connection good for more.
    pub(crate) fn release(mut self) {
        *self.slot = Some(self.connection);
    }
}
