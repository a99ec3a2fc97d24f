//! Reads back what is in memory.

use std::sync::Arc;

use std::ops::Range;

use async_trait::async_trait;
use emulator_ports::{
    DestinationError, DestinationErrorKind, MessageReader, ObjectReader, ObjectSource, Payloads,
    TopicSource,
};

use crate::MemoryObjects;

/// Batch limits, in messages and in bytes of an object; small, so that readers meet batch
/// boundaries.
const MESSAGES: usize = 100;
const BYTES: usize = 1000;

/// The payloads of one topic by partition, as a test prepares them.
#[derive(Clone, Debug, Default)]
pub struct MemoryTopic {
    name: String,
    partitions: Arc<Vec<Vec<Vec<u8>>>>,
}

impl MemoryTopic {
    /// A topic whose partitions are numbered from 0.
    pub fn new(name: impl Into<String>, partitions: Vec<Vec<Vec<u8>>>) -> Self {
        Self {
            name: name.into(),
            partitions: Arc::new(partitions),
        }
    }
}

#[async_trait]
impl TopicSource for MemoryTopic {
    async fn open(&self, topic: &str) -> Result<Box<dyn MessageReader>, DestinationError> {
        if topic != self.name {
            let message = format!("there is no topic {topic:?} in memory");
            return Err(DestinationError::new(
                DestinationErrorKind::NotFound,
                message,
            ));
        }
        Ok(Box::new(TopicReader {
            partitions: Arc::clone(&self.partitions),
            next: vec![0; self.partitions.len()],
            turn: 0,
        }))
    }
}

/// Reads the partitions in turn, as brokers deliver them.
struct TopicReader {
    partitions: Arc<Vec<Vec<Vec<u8>>>>,
    next: Vec<usize>,
    turn: usize,
}

#[async_trait]
impl MessageReader for TopicReader {
    fn partitions(&self) -> Vec<i32> {
        (0..self.partitions.len() as i32).collect()
    }

    fn size(&self) -> u64 {
        self.partitions.iter().map(|all| all.len() as u64).sum()
    }

    async fn next(&mut self, payloads: &mut Payloads) -> Result<Option<i32>, DestinationError> {
        payloads.clear();
        for _ in 0..self.partitions.len() {
            let partition = self.turn;
            self.turn = (self.turn + 1) % self.partitions.len();
            let from = self.next[partition];
            let all = &self.partitions[partition];
            if from < all.len() {
                let to = all.len().min(from + MESSAGES);
                for (offset, payload) in (from..to).zip(&all[from..to]) {
                    payloads.push(offset as u64, payload);
                }
                self.next[partition] = to;
                return Ok(Some(partition as i32));
            }
        }
        Ok(None)
    }
}

#[async_trait]
impl ObjectSource for MemoryObjects {
    async fn open(
        &self,
        container: &str,
        name: &str,
    ) -> Result<Option<Box<dyn ObjectReader>>, DestinationError> {
        let bytes = self.read(container, |objects| objects.get(name).cloned())?;
        Ok(bytes.map(|bytes| {
            let reader = BytesReader { bytes, next: 0 };
            Box::new(reader) as Box<dyn ObjectReader>
        }))
    }

    async fn len(&self, container: &str, name: &str) -> Result<Option<u64>, DestinationError> {
        self.read(container, |objects| {
            objects.get(name).map(|bytes| bytes.len() as u64)
        })
    }

    async fn read_at(
        &self,
        container: &str,
        name: &str,
        range: Range<u64>,
    ) -> Result<Vec<u8>, DestinationError> {
        let range = range.start as usize..range.end as usize;
        let bytes = self.read(container, |objects| {
            Some(objects.get(name)?.get(range)?.to_vec())
        })?;
        bytes.ok_or_else(|| {
            DestinationError::new(
                DestinationErrorKind::Interrupted,
                format!("{name} is shorter"),
            )
        })
    }

    async fn list(
        &self,
        container: &str,
        prefix: &str,
        found: &mut (dyn for<'n> FnMut(&'n str) + Send),
    ) -> Result<(), DestinationError> {
        let names: Vec<_> = self.read(container, |objects| objects.keys().cloned().collect())?;
        let names = names.iter().filter(|name| name.starts_with(prefix));
        names.for_each(|name| found(name));
        Ok(())
    }

    fn concurrency(&self) -> usize {
        4
    }
}

struct BytesReader {
    bytes: Vec<u8>,
    next: usize,
}

#[async_trait]
impl ObjectReader for BytesReader {
    async fn read(&mut self, bytes: &mut Vec<u8>) -> Result<bool, DestinationError> {
        let end = self.bytes.len().min(self.next + BYTES);
        bytes.extend_from_slice(&self.bytes[self.next..end]);
        let some = end > self.next;
        self.next = end;
        Ok(some)
    }
}

#[cfg(test)]
mod tests {
    use emulator_ports::contract::{object_source, topic_source};

    use super::*;

    #[tokio::test]
    async fn the_contract_of_an_archive_of_messages_is_kept() {
        let topic = MemoryTopic::new("topic", topic_source::layout());
        topic_source::keeps_its_contract(&topic, "topic", "other").await;
    }

    #[tokio::test]
    async fn the_contract_of_an_archive_of_objects_is_kept() {
        let store = MemoryObjects::default();
        object_source::keeps_its_contract(&store, "container", "other").await;
    }
}
