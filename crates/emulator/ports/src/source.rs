//! Reads back what destinations hold.

use std::ops::Range;

use async_trait::async_trait;

use crate::{DestinationError, Payloads};

/// Topics that can be read from their beginning.
#[async_trait]
pub trait TopicSource: Send + Sync {
    /// Begins to read what the topic holds now, committed transactions only.
    ///
    /// # Errors
    /// If there is no such topic, or the brokers cannot be reached or refuse.
    async fn open(&self, topic: &str) -> Result<Box<dyn MessageReader>, DestinationError>;
}

/// Reads one topic, each partition in order. Its futures may block.
#[async_trait]
pub trait MessageReader: Send {
    /// The partitions, in order.
    fn partitions(&self) -> Vec<i32>;

    /// An upper bound on the number of messages, to show progress.
    fn size(&self) -> u64;

    /// Replaces the content of `payloads` by the next messages, a few thousand at most and all from
    /// the partition that is returned; their positions are their offsets. `None` at the end.
    ///
    /// # Errors
    /// If the brokers stop responding.
    async fn next(&mut self, payloads: &mut Payloads) -> Result<Option<i32>, DestinationError>;
}

/// Stores whose objects can be read.
#[async_trait]
pub trait ObjectSource: Send + Sync {
    /// Begins to read an object; `None` if there is none of that name.
    ///
    /// # Errors
    /// If there is no such container, or the store cannot be reached or refuses.
    async fn open(
        &self,
        container: &str,
        name: &str,
    ) -> Result<Option<Box<dyn ObjectReader>>, DestinationError>;

    /// The length of an object in bytes; `None` if there is none of that name.
    ///
    /// # Errors
    /// If there is no such container, or the store cannot be reached or refuses.
    async fn len(&self, container: &str, name: &str) -> Result<Option<u64>, DestinationError>;

    /// The bytes of `range`, which lies within an object.
    ///
    /// # Errors
    /// If the store cannot be reached or refuses, or the object has become shorter.
    async fn read_at(
        &self,
        container: &str,
        name: &str,
        range: Range<u64>,
    ) -> Result<Vec<u8>, DestinationError>;

    /// Passes the name of every object that begins with `prefix` to `found`, in any order.
    ///
    /// # Errors
    /// If there is no such container, or the store cannot be reached or refuses.
    async fn list(
        &self,
        container: &str,
        prefix: &str,
        found: &mut (dyn for<'n> FnMut(&'n str) + Send),
    ) -> Result<(), DestinationError>;

    /// How many objects it is useful to read concurrently, at least 1.
    fn concurrency(&self) -> usize;
}

/// Reads one object from its beginning to its end. Its futures may block.
#[async_trait]
pub trait ObjectReader: Send {
    /// Appends the next bytes, a few MiB at most, to `bytes`, and returns whether there were any.
    /// The first call after the end returns `false`.
    ///
    /// # Errors
    /// If the store stops responding.
    async fn read(&mut self, bytes: &mut Vec<u8>) -> Result<bool, DestinationError>;
}
