//! Reads objects back.

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use emulator_ports::{DestinationError, DestinationErrorKind, ObjectReader, ObjectSource};

use crate::MinioStore;
use crate::client::{Client, Target};

/// Bytes per request.
const RANGE: u64 = 8 << 20;

#[async_trait]
impl ObjectSource for MinioStore {
    async fn open(
        &self,
        container: &str,
        name: &str,
    ) -> Result<Option<Box<dyn ObjectReader>>, DestinationError> {
        let client = self.client();
        let source = client.target(container, name, "");
        let Some(first) = client.get(&source, 0, RANGE).await? else {
            // Some stores report a missing object even if the bucket does not exist.
            client.list(container, name, "").await?;
            return Ok(None);
        };
        Ok(Some(Box::new(RangeReader {
            client,
            source,
            next: 0,
            ahead: Some(first),
        })))
    }

    async fn len(&self, container: &str, name: &str) -> Result<Option<u64>, DestinationError> {
        let client = self.client();
        let len = client.len(&client.target(container, name, "")).await?;
        if len.is_none() {
            client.list(container, name, "").await?;
        }
        Ok(len)
    }

    async fn read_at(
        &self,
        container: &str,
        name: &str,
        range: Range<u64>,
    ) -> Result<Vec<u8>, DestinationError> {
        let client = self.client();
        let source = client.target(container, name, "");
        let mut bytes = Vec::with_capacity((range.end - range.start) as usize);
        let mut next = range.start;
        while next < range.end {
            let len = RANGE.min(range.end - next);
            let part = client.get(&source, next, len).await?.unwrap_or_default();
            if part.len() as u64 != len {
                return Err(DestinationError::new(
                    DestinationErrorKind::Interrupted,
                    format!("{name} was replaced by a shorter object while it was read"),
                ));
            }
            bytes.extend_from_slice(&part);
            next += len;
        }
        Ok(bytes)
    }

    async fn list(
        &self,
        container: &str,
        prefix: &str,
        found: &mut (dyn for<'n> FnMut(&'n str) + Send),
    ) -> Result<(), DestinationError> {
        let client = self.client();
        let mut after = String::new();
        loop {
            let names = client.list(container, prefix, &after).await?;
            for name in &names {
                found(name);
            }
            match names.last() {
                Some(last) => last.clone_into(&mut after),
                None => return Ok(()),
            }
        }
    }

    fn concurrency(&self) -> usize {
        self.objects_at_once()
    }
}

/// Requests one range after the other, so that each request can be retried as a whole.
struct RangeReader {
    client: Arc<Client>,
    source: Target,
    next: u64,
    /// Data that arrived when the object was opened.
    ahead: Option<Bytes>,
}

#[async_trait]
impl ObjectReader for RangeReader {
    async fn read(&mut self, bytes: &mut Vec<u8>) -> Result<bool, DestinationError> {
        let ended = !self.next.is_multiple_of(RANGE);
        let range = match self.ahead.take() {
            Some(range) => range,
            // The previous range was shorter than requested.
            None if ended => return Ok(false),
            None => {
                let range = self.client.get(&self.source, self.next, RANGE).await?;
                range.unwrap_or_default()
            }
        };
        bytes.extend_from_slice(&range);
        self.next += range.len() as u64;
        Ok(!range.is_empty())
    }
}
