//! Where whole objects are kept.

use async_trait::async_trait;
use emulator_domain::plan::Format;
use futures::future::BoxFuture;

use crate::DestinationError;

/// The end of an object's writing: ready when the object is stored whole, or is known not to be.
/// Does not borrow the writer's store, so that several objects can be finished at once.
pub type Finished = BoxFuture<'static, Result<(), DestinationError>>;

/// A store of objects in containers: buckets of S3, folders of a disk.
///
/// An object that can be seen is whole. Writing an object that exists replaces it.
#[async_trait]
pub trait ObjectStore: Send + Sync {
    /// Makes the container, if it is not there.
    ///
    /// # Errors
    /// If the store cannot be reached or refuses.
    async fn prepare(&self, container: &str) -> Result<(), DestinationError>;

    /// Asks whether the store would answer now, and changes nothing there.
    ///
    /// # Errors
    /// If it does not answer in a few seconds, or refuses.
    async fn probe(&self) -> Result<(), DestinationError>;

    /// Begins an object; nothing of it can be seen until it is finished. `name` may have slashes
    /// and never leaves the container.
    ///
    /// # Errors
    /// If the store cannot be reached or refuses.
    async fn create(
        &self,
        container: &str,
        name: &str,
        format: Format,
    ) -> Result<Box<dyn ObjectWriter>, DestinationError>;

    /// Gives up what a process that was killed may have left of these objects without anybody
    /// seeing it: parts, or files under another name. Called before one of them is begun.
    ///
    /// Does nothing, for stores in which nothing is left.
    ///
    /// # Errors
    /// If the store cannot be reached or refuses.
    async fn reclaim(&self, container: &str, names: &[String]) -> Result<(), DestinationError>;

    /// Removes the objects that begin with `prefix` and are `unwanted` by their names; gives how
    /// many those were. Does nothing where objects cannot be listed.
    ///
    /// # Errors
    /// If the store cannot be reached or refuses.
    async fn remove(
        &self,
        container: &str,
        prefix: &str,
        unwanted: &(dyn for<'n> Fn(&'n str) -> bool + Sync),
    ) -> Result<u64, DestinationError>;

    /// The store, for people: the same text in every process that uses the same store, another text
    /// for another one, no secret in it.
    fn location(&self) -> String;

    /// How many objects may usefully be finished at the same time, at least 1.
    fn concurrency(&self) -> usize;
}

/// Writes one object. Its futures may block. Dropped without [`finish`](ObjectWriter::finish), it
/// leaves nothing that can be seen.
#[async_trait]
pub trait ObjectWriter: Send {
    /// Appends bytes. Holds a bounded part of them in memory, and waits while the store is slow.
    ///
    /// # Errors
    /// If the store takes no more; the object is then lost.
    async fn write(&mut self, bytes: &[u8]) -> Result<(), DestinationError>;

    /// Stores the object under its name.
    fn finish(self: Box<Self>) -> Finished;
}
