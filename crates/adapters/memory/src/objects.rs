//! Objects that tests can inspect.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use emulator_domain::plan::Format;
use emulator_ports::{DestinationError, DestinationErrorKind, Finished, ObjectStore, ObjectWriter};

type Containers = BTreeMap<String, BTreeMap<String, Vec<u8>>>;

/// Keeps complete objects in memory, without a limit. Clones share their state.
#[derive(Clone, Debug, Default)]
pub struct MemoryObjects {
    containers: Arc<Mutex<Containers>>,
}

impl MemoryObjects {
    /// The object, if it is complete.
    pub fn get(&self, container: &str, name: &str) -> Option<Vec<u8>> {
        self.containers().get(container)?.get(name).cloned()
    }

    /// Stores an object, as another writer would.
    ///
    /// # Errors
    /// If there is no such container.
    pub fn insert(
        &self,
        container: &str,
        name: &str,
        bytes: Vec<u8>,
    ) -> Result<(), DestinationError> {
        self.put(container, name.to_owned(), bytes)
    }

    /// Removes and returns an object, if it exists.
    pub fn take(&self, container: &str, name: &str) -> Option<Vec<u8>> {
        self.containers().get_mut(container)?.remove(name)
    }

    /// All objects of a container by name; empty if there is no such container.
    pub fn all(&self, container: &str) -> BTreeMap<String, Vec<u8>> {
        self.containers()
            .get(container)
            .cloned()
            .unwrap_or_default()
    }

    /// Whether the container was created.
    pub fn has(&self, container: &str) -> bool {
        self.containers().contains_key(container)
    }

    /// Every change of the map is a single call, so a panic elsewhere leaves it consistent.
    fn containers(&self) -> MutexGuard<'_, Containers> {
        self.containers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Applies `read` to the objects of a container.
    pub(crate) fn read<T>(
        &self,
        container: &str,
        read: impl FnOnce(&BTreeMap<String, Vec<u8>>) -> T,
    ) -> Result<T, DestinationError> {
        let containers = self.containers();
        let objects = containers.get(container);
        Ok(read(objects.ok_or_else(|| missing(container))?))
    }

    fn put(&self, container: &str, name: String, bytes: Vec<u8>) -> Result<(), DestinationError> {
        match self.containers().get_mut(container) {
            Some(objects) => {
                objects.insert(name, bytes);
                Ok(())
            }
            None => Err(missing(container)),
        }
    }
}

fn missing(container: &str) -> DestinationError {
    let message = format!("there is no container {container:?} in memory: prepare it first");
    DestinationError::new(DestinationErrorKind::NotFound, message)
}

#[async_trait]
impl ObjectStore for MemoryObjects {
    async fn prepare(&self, container: &str) -> Result<(), DestinationError> {
        self.containers().entry(container.to_owned()).or_default();
        Ok(())
    }

    async fn probe(&self) -> Result<(), DestinationError> {
        Ok(())
    }

    async fn create(
        &self,
        container: &str,
        name: &str,
        _format: Format,
    ) -> Result<Box<dyn ObjectWriter>, DestinationError> {
        if !self.has(container) {
            return Err(missing(container));
        }
        Ok(Box::new(MemoryWriter {
            store: self.clone(),
            container: container.to_owned(),
            name: name.to_owned(),
            bytes: Vec::new(),
        }))
    }

    /// Unfinished objects exist only in their writers.
    async fn reclaim(&self, _container: &str, _names: &[String]) -> Result<(), DestinationError> {
        Ok(())
    }

    async fn remove(
        &self,
        container: &str,
        prefix: &str,
        unwanted: &(dyn for<'n> Fn(&'n str) -> bool + Sync),
    ) -> Result<u64, DestinationError> {
        let mut containers = self.containers();
        let objects = containers
            .get_mut(container)
            .ok_or_else(|| missing(container))?;
        let before = objects.len();
        objects.retain(|name, _| !(name.starts_with(prefix) && unwanted(name)));
        Ok((before - objects.len()) as u64)
    }

    fn location(&self) -> String {
        "memory".to_owned()
    }

    fn concurrency(&self) -> usize {
        4
    }
}

struct MemoryWriter {
    store: MemoryObjects,
    container: String,
    name: String,
    bytes: Vec<u8>,
}

#[async_trait]
impl ObjectWriter for MemoryWriter {
    async fn write(&mut self, bytes: &[u8]) -> Result<(), DestinationError> {
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn finish(self: Box<Self>) -> Finished {
        Box::pin(async move { self.store.put(&self.container, self.name, self.bytes) })
    }
}

#[cfg(test)]
mod tests {
    use emulator_ports::contract::object_store::{keeps_its_contract, write};

    use super::*;

    #[tokio::test]
    async fn the_contract_is_kept() {
        let store = MemoryObjects::default();
        keeps_its_contract(&store, "transactions", async |name: &str| {
            store.get("transactions", name)
        })
        .await;
        assert!(
            store
                .all("transactions")
                .contains_key("run/part-00000.ndjson")
        );
    }

    #[tokio::test]
    async fn a_container_must_be_made_first() {
        let store = MemoryObjects::default();
        let error = write(&store, "nowhere", "a.json", b"[]").await.unwrap_err();
        assert_eq!(error.kind, DestinationErrorKind::NotFound);
        assert!(!store.has("nowhere"));
    }
}
