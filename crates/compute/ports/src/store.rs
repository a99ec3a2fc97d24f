//! The object stores that tasks name.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;
use compute_domain::{MediaType, ObjectKey};
use secrecy::SecretString;

/// The store of a task's objects, and the keys for it. `Debug` shows no key.
#[derive(Clone)]
pub struct StoreAccess {
    /// `http://host:port` or `https://host:port`.
    pub endpoint: String,
    /// Part of every signature.
    pub region: String,
    /// The bucket.
    pub bucket: String,
    /// The access key id.
    pub access_key_id: SecretString,
    /// The secret key that signs requests.
    pub secret_access_key: SecretString,
}

impl fmt::Debug for StoreAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreAccess")
            .field("endpoint", &self.endpoint)
            .field("region", &self.region)
            .field("bucket", &self.bucket)
            .finish_non_exhaustive()
    }
}

/// Reads and writes objects of any store with the keys passed along with the call. Requests are
/// retried for a bounded time while their failure may be transient.
#[async_trait]
pub trait ObjectStores: Send + Sync {
    /// Whether the store may be contacted at all; contacts nobody.
    ///
    /// # Errors
    /// A sentence for people: what is wrong with it and what is allowed.
    fn check(&self, access: &StoreAccess) -> Result<(), String>;

    /// Opens an object for reading from its beginning.
    ///
    /// # Errors
    /// [`StoreErrorKind::NotFound`] if there is no such object or bucket; otherwise as the kinds
    /// say.
    async fn open(
        &self,
        access: &StoreAccess,
        key: &ObjectKey,
    ) -> Result<Box<dyn ObjectReader>, StoreError>;

    /// Starts writing an object. It appears atomically when [`ObjectWriter::finish`] succeeds, and
    /// then replaces one of the same name. Before that, and if the writer is dropped, nothing of it
    /// exists.
    ///
    /// # Errors
    /// As the kinds say; a store may refuse only when it is written to.
    async fn create(
        &self,
        access: &StoreAccess,
        key: &ObjectKey,
        media_type: MediaType,
    ) -> Result<Box<dyn ObjectWriter>, StoreError>;
}

/// An object that is read piece by piece.
#[async_trait]
pub trait ObjectReader: Send {
    /// The length of the whole object, in bytes.
    fn size(&self) -> u64;

    /// The next bytes, at least one; `None` at the end.
    ///
    /// # Errors
    /// If the object cannot be read to its end.
    async fn next(&mut self) -> Result<Option<Bytes>, StoreError>;
}

/// An object that is being written.
#[async_trait]
pub trait ObjectWriter: Send {
    /// Writes the next bytes.
    ///
    /// # Errors
    /// If they cannot be stored; the object then never appears.
    async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError>;

    /// Completes the object.
    ///
    /// # Errors
    /// If it is not stored.
    async fn finish(self: Box<Self>) -> Result<(), StoreError>;
}

/// Why an object was not read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// There is no such object or bucket.
    NotFound,
    /// The keys do not allow it.
    Forbidden,
    /// No answer, broken connections or failures of the store, for too long.
    Unreachable,
    /// The store refuses for another reason.
    Refused,
}

/// The failure to read or write an object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct StoreError {
    /// What can be done about it.
    pub kind: StoreErrorKind,
    /// For people: what was requested, what came back, what to check. Contains no key.
    pub message: String,
}
