//! An in-memory store.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use compute_domain::{MediaType, ObjectKey};
use compute_ports::{
    ObjectReader, ObjectStores, ObjectWriter, StoreAccess, StoreError, StoreErrorKind,
};
use secrecy::ExposeSecret;

/// Bytes per read.
const PIECE: usize = 64 * 1024;

/// A store with one bucket and one pair of keys, which tests fill and inspect. Clones share their
/// state.
#[derive(Clone, Debug)]
pub struct MemoryStores {
    access: StoreAccess,
    objects: Arc<Mutex<HashMap<String, (MediaType, Bytes)>>>,
    is_full: Arc<AtomicBool>,
}

impl MemoryStores {
    /// A store reached with this access.
    pub fn new(access: StoreAccess) -> Self {
        Self {
            access,
            objects: Arc::default(),
            is_full: Arc::default(),
        }
    }

    /// The access to it.
    pub fn access(&self) -> StoreAccess {
        self.access.clone()
    }

    /// Stores an object.
    pub fn put(&self, key: &str, media_type: MediaType, content: impl Into<Bytes>) {
        self.lock()
            .insert(key.to_owned(), (media_type, content.into()));
    }

    /// The type and content of an object.
    pub fn get(&self, key: &str) -> Option<(MediaType, Bytes)> {
        self.lock().get(key).cloned()
    }

    /// From now on, writes fail because the store is full.
    pub fn fill(&self) {
        self.is_full.store(true, Relaxed);
    }

    /// How many objects there are.
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, (MediaType, Bytes)>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn admit(&self, access: &StoreAccess) -> Result<(), StoreError> {
        let keys = |of: &StoreAccess| {
            let keys = [&of.access_key_id, &of.secret_access_key];
            keys.map(|key| key.expose_secret().to_owned())
        };
        if keys(access) != keys(&self.access) {
            return Err(failed(
                StoreErrorKind::Forbidden,
                "the keys are not those of the store",
            ));
        }
        if access.bucket != self.access.bucket {
            return Err(failed(StoreErrorKind::NotFound, "there is no such bucket"));
        }
        Ok(())
    }
}

#[async_trait]
impl ObjectStores for MemoryStores {
    fn check(&self, access: &StoreAccess) -> Result<(), String> {
        let allowed = &self.access.endpoint;
        if access.endpoint == *allowed {
            return Ok(());
        }
        Err(format!("the only store is {allowed}"))
    }

    async fn open(
        &self,
        access: &StoreAccess,
        key: &ObjectKey,
    ) -> Result<Box<dyn ObjectReader>, StoreError> {
        self.admit(access)?;
        let content = match self.get(key.as_str()) {
            Some((_, content)) => content,
            None => return Err(failed(StoreErrorKind::NotFound, "there is no such object")),
        };
        Ok(Box::new(Reader {
            size: content.len() as u64,
            content,
        }))
    }

    async fn create(
        &self,
        access: &StoreAccess,
        key: &ObjectKey,
        media_type: MediaType,
    ) -> Result<Box<dyn ObjectWriter>, StoreError> {
        self.admit(access)?;
        Ok(Box::new(Writer {
            store: self.clone(),
            key: key.as_str().to_owned(),
            media_type,
            content: BytesMut::new(),
        }))
    }
}

struct Reader {
    size: u64,
    content: Bytes,
}

#[async_trait]
impl ObjectReader for Reader {
    fn size(&self) -> u64 {
        self.size
    }

    async fn next(&mut self) -> Result<Option<Bytes>, StoreError> {
        let piece = self.content.split_to(PIECE.min(self.content.len()));
        Ok(Some(piece).filter(|piece| !piece.is_empty()))
    }
}

struct Writer {
    store: MemoryStores,
    key: String,
    media_type: MediaType,
    content: BytesMut,
}

#[async_trait]
impl ObjectWriter for Writer {
    async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        if self.store.is_full.load(Relaxed) {
            return Err(failed(StoreErrorKind::Refused, "the store is full"));
        }
        self.content.extend_from_slice(&bytes);
        Ok(())
    }

    async fn finish(self: Box<Self>) -> Result<(), StoreError> {
        self.store.put(&self.key, self.media_type, self.content);
        Ok(())
    }
}

fn failed(kind: StoreErrorKind, message: &str) -> StoreError {
    StoreError {
        kind,
        message: message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use compute_ports::contract::repository::access;
    use compute_ports::contract::stores::keep_their_contract;

    use super::*;

    #[tokio::test]
    async fn a_store_in_memory_keeps_the_contract() {
        let stores = MemoryStores::new(access());
        let elsewhere = StoreAccess {
            secret_access_key: "wrong".into(),
            ..access()
        };
        keep_their_contract(&stores, &access(), &elsewhere).await;
    }
}
