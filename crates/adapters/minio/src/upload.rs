//! The upload of one object.

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use emulator_ports::{DestinationError, DestinationErrorKind, Finished, ObjectWriter};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};

use crate::client::{Client, Part, PartOf, Target};
use crate::config::MinioConfig;

/// How many parts of one object are uploaded concurrently, while another one is filled.
const PARTS_IN_FLIGHT: usize = 2;
/// After how many parts the part size doubles; S3 allows 10,000 parts.
const PARTS_OF_ONE_SIZE: usize = 1000;
/// How long parts in flight may take to arrive before a dropped upload is aborted.
const ABORT_GRACE_PERIOD: Duration = Duration::from_secs(3);

/// Buffers bytes and sends them once they exceed one part.
pub(crate) struct Upload {
    client: Arc<Client>,
    target: Arc<Target>,
    part_size: usize,
    buffer: BytesMut,
    multipart: Option<Multipart>,
    backlog: watch::Sender<usize>,
}

struct Multipart {
    id: Arc<str>,
    /// Parts whose upload was started.
    started: u32,
    /// Their total size.
    len: u64,
    sending: JoinSet<Result<(Part, Bytes), DestinationError>>,
    sent: Vec<Part>,
    /// The buffer of a sent part, for reuse.
    spare: Option<BytesMut>,
}

impl Upload {
    pub(crate) fn new(
        client: Arc<Client>,
        target: Target,
        part_size: usize,
        backlog: watch::Sender<usize>,
    ) -> Self {
        let target = Arc::new(target);
        Self {
            client,
            target,
            part_size,
            buffer: BytesMut::new(),
            multipart: None,
            backlog,
        }
    }

    /// The size of the part that is being filled.
    fn part_len(&self) -> usize {
        let started = self
            .multipart
            .as_ref()
            .map_or(0, |multipart| multipart.started as usize);
        // If 10,000 parts do not suffice, S3 is the one to refuse.
        let doublings = (started / PARTS_OF_ONE_SIZE).min(10);
        self.part_size
            .saturating_mul(1 << doublings)
            .min(MinioConfig::MAX_PART_SIZE)
    }

    /// Sends the buffer as the next part, once fewer than the limit are in flight.
    async fn send_part(&mut self) -> Result<(), DestinationError> {
        if self.multipart.is_none() {
            let id = self.client.begin(&self.target).await?.into();
            self.multipart = Some(Multipart {
                id,
                started: 0,
                len: 0,
                sending: JoinSet::new(),
                sent: Vec::new(),
                spare: None,
            });
        }
        let multipart = self.multipart.as_mut().expect("was begun above");
        while multipart.sending.len() >= PARTS_IN_FLIGHT {
            multipart.settle_one().await?;
        }
        let next = multipart.spare.take().unwrap_or_default();
        let body = mem::replace(&mut self.buffer, next).freeze();
        multipart.started += 1;
        multipart.len += body.len() as u64;
        let (client, target) = (Arc::clone(&self.client), Arc::clone(&self.target));
        let (upload, number) = (Arc::clone(&multipart.id), multipart.started);
        let sent = async move {
            let part = PartOf {
                upload: &upload,
                number,
            };
            let (etag, digest) = client.put(&target, Some(part), &body).await?;
            let part = Part {
                number,
                etag,
                digest,
            };
            Ok((part, body))
        };
        multipart.sending.spawn_on(sent, &self.client.runtime);
        // Reserve the whole part at once: growing would copy.
        self.buffer.reserve(self.part_len());
        Ok(())
    }

    /// Completes the object.
    async fn store(mut self) -> Result<(), DestinationError> {
        let stored = self.try_store().await;
        // Not left to `drop`: a process that exits now would not wait for the task spawned there.
        if stored.is_err()
            && let Some(mut multipart) = self.multipart.take()
        {
            multipart.sending.shutdown().await;
            self.client.abort(&self.target, &multipart.id).await;
        }
        stored
    }

    async fn try_store(&mut self) -> Result<(), DestinationError> {
        if self.multipart.is_none() {
            let body = mem::take(&mut self.buffer).freeze();
            return self.client.put(&self.target, None, &body).await.map(drop);
        }
        self.send_part().await?;
        let multipart = self.multipart.as_mut().expect("parts were sent");
        while !multipart.sending.is_empty() {
            multipart.settle_one().await?;
        }
        multipart.sent.sort_unstable_by_key(|part| part.number);
        let Multipart { id, sent, len, .. } = multipart;
        self.client.complete(&self.target, id, sent, *len).await?;
        // Nothing is left to abort.
        self.multipart = None;
        Ok(())
    }

    /// Counts the memory that is held until the object is stored.
    fn count_held_bytes(&self) -> usize {
        let parts = self
            .multipart
            .as_ref()
            .map_or(0, |multipart| multipart.sending.len());
        self.buffer.len() + parts * self.part_len()
    }
}

impl Multipart {
    /// Waits until one of the parts in flight is uploaded.
    async fn settle_one(&mut self) -> Result<(), DestinationError> {
        if let Some(settled) = self.sending.join_next().await {
            let (part, body) = settled.unwrap_or_else(|stopped| Err(stopped_early(stopped)))?;
            self.sent.push(part);
            if let Ok(mut buffer) = body.try_into_mut() {
                buffer.clear();
                self.spare = Some(buffer);
            }
        }
        Ok(())
    }
}

#[async_trait]
impl ObjectWriter for Upload {
    async fn write(&mut self, mut bytes: &[u8]) -> Result<(), DestinationError> {
        while !bytes.is_empty() {
            // Only when more follows: an object of one part takes a single request.
            if self.buffer.len() >= self.part_len() {
                self.send_part().await?;
            }
            let room = self.part_len() - self.buffer.len();
            let (fits, rest) = bytes.split_at(room.min(bytes.len()));
            self.buffer.extend_from_slice(fits);
            bytes = rest;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Finished {
        let runtime = self.client.runtime.clone();
        let held = BacklogBytes::new(self.backlog.clone(), self.count_held_bytes());
        let stored = runtime.spawn(async move {
            let _held = held;
            self.store().await
        });
        Box::pin(async move {
            stored
                .await
                .unwrap_or_else(|stopped| Err(stopped_early(stopped)))
        })
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if let Some(mut multipart) = self.multipart.take() {
            let (client, target) = (Arc::clone(&self.client), Arc::clone(&self.target));
            self.client.runtime.spawn(async move {
                // The store may keep a part that arrives during the abort.
                let arrived = async { while multipart.sending.join_next().await.is_some() {} };
                if tokio::time::timeout(ABORT_GRACE_PERIOD, arrived)
                    .await
                    .is_err()
                {
                    multipart.sending.shutdown().await;
                }
                client.abort(&target, &multipart.id).await;
            });
        }
    }
}

/// Counts bytes as backlog during its lifetime.
struct BacklogBytes {
    backlog: watch::Sender<usize>,
    bytes: usize,
}

impl BacklogBytes {
    fn new(backlog: watch::Sender<usize>, bytes: usize) -> Self {
        backlog.send_modify(|backlog| *backlog += bytes);
        Self { backlog, bytes }
    }
}

impl Drop for BacklogBytes {
    fn drop(&mut self) {
        self.backlog.send_modify(|backlog| *backlog -= self.bytes);
    }
}

fn stopped_early(stopped: JoinError) -> DestinationError {
    let message = "the upload was stopped before its end, with the process";
    DestinationError::new(DestinationErrorKind::Interrupted, message).caused_by(stopped)
}
