//! Where complete objects are stored.

use async_trait::async_trait;
use emulator_domain::plan::Format;
use futures::future::BoxFuture;

use crate::DestinationError;

/// The completion of an object: ready when the object is completely stored, or is known not to be.
/// Does not borrow the writer's store, so that several objects can be completed concurrently.
pub type Finished = BoxFuture<'static, Result<(), DestinationError>>;

/// A store of objects in containers: S3 buckets, folders on disk.
///
/// A visible object is complete. Writing an object that exists replaces it.
#[async_trait]
pub trait ObjectStore: Send + Sync {
    /// Creates the container unless it exists.
    ///
    /// # Errors
    /// If the store cannot be reached or refuses.
    async fn prepare(&self, container: &str) -> Result<(), DestinationError>;

    /// Checks whether the store responds now, without changing anything there.
    ///
    /// # Errors
    /// If it does not respond within a few seconds, or refuses.
    async fn probe(&self) -> Result<(), DestinationError>;

    /// Begins an object, which stays invisible until it is finished. `name` may contain slashes but
    /// never leads out of the container.
    ///
    /// # Errors
    /// If the store cannot be reached or refuses.
    async fn create(
        &self,
        container: &str,
        name: &str,
        format: Format,
    ) -> Result<Box<dyn ObjectWriter>, DestinationError>;

    /// Discards invisible remains of these objects that a killed process may have left: multipart
    /// uploads, or temporary files. Called before one of them is begun.
    ///
    /// By default does nothing, for stores that leave no remains.
    ///
    /// # Errors
    /// If the store cannot be reached or refuses.
    async fn reclaim(&self, container: &str, names: &[String]) -> Result<(), DestinationError>;

    /// Removes the objects whose names begin with `prefix` and are `unwanted`; returns their
    /// number. Does nothing where objects cannot be listed.
    ///
    /// # Errors
    /// If the store cannot be reached or refuses.
    async fn remove(
        &self,
        container: &str,
        prefix: &str,
        unwanted: &(dyn for<'n> Fn(&'n str) -> bool + Sync),
    ) -> Result<u64, DestinationError>;

    /// The store, for people to read: the same text in every process that uses the same store, a
    /// different text for a different one, and no secrets.
    fn location(&self) -> String;

    /// How many objects it is useful to complete concurrently, at least 1.
    fn concurrency(&self) -> usize;
}

/// Writes one object. Its futures may block. If dropped without [`finish`](ObjectWriter::finish),
/// it leaves nothing visible.
#[async_trait]
pub trait ObjectWriter: Send {
    /// Appends bytes. Buffers a bounded amount in memory, and waits while the store is slow.
    ///
    /// # Errors
    /// If the store accepts no more; the object is then lost.
    async fn write(&mut self, bytes: &[u8]) -> Result<(), DestinationError>;

    /// Stores the object under its name.
    fn finish(self: Box<Self>) -> Finished;
}
