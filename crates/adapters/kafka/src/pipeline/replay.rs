//! Reads events again.

use std::collections::VecDeque;
use std::time::Duration;

use async_trait::async_trait;
use pipeline_ports::{EventBatch, EventReplay, PortError, Stored, Topic};
use rdkafka::Message;

use super::consumer::{BYTES, EVENTS};
use super::sink::created;
use crate::cluster_error::ClusterErrors;
use crate::scan::{Poll, Scan};

/// Topic by topic: their order does not matter, as each partition keeps its own.
pub(super) struct KafkaReplay {
    pub(super) scans: VecDeque<(Topic, Scan)>,
    /// Whether requested events had been deleted.
    pub(super) truncated: bool,
    pub(super) failures: ClusterErrors,
}

impl KafkaReplay {
    fn fill(&mut self, batch: &mut EventBatch) -> Result<(), PortError> {
        while let Some((topic, scan)) = self.scans.front_mut() {
            while batch.len() < EVENTS && batch.byte_len() < BYTES {
                // Events already collected should not wait for more.
                let wait = Duration::from_millis(if batch.is_empty() { 500 } else { 0 });
                let look = scan.look(wait, |message| {
                    batch.push(&Stored {
                        topic: *topic,
                        partition: message.partition(),
                        offset: message.offset(),
                        created: created(message.timestamp()),
                        key: message.key(),
                        payload: message.payload().unwrap_or_default(),
                    });
                })?;
                match look {
                    Poll::Message => {}
                    Poll::Nothing if batch.is_empty() => {}
                    Poll::Nothing => break,
                    Poll::End => {
                        self.scans.pop_front();
                        break;
                    }
                }
            }
            if !batch.is_empty() {
                if let Some((_, scan)) = self.scans.front_mut() {
                    scan.is_heard();
                }
                break;
            }
        }
        Ok(())
    }
}

#[async_trait]
impl EventReplay for KafkaReplay {
    fn is_truncated(&self) -> bool {
        self.truncated
    }

    async fn next(&mut self, batch: &mut EventBatch) -> Result<(), PortError> {
        batch.clear();
        // Reading blocks; the thread returns the scans along with what it read.
        let mut this = Self {
            scans: std::mem::take(&mut self.scans),
            truncated: self.truncated,
            failures: self.failures.clone(),
        };
        let mut filled = std::mem::take(batch);
        let read = tokio::task::spawn_blocking(move || {
            let done = this.fill(&mut filled);
            (this, filled, done)
        })
        .await;
        match read {
            Ok((this, filled, done)) => {
                self.scans = this.scans;
                *batch = filled;
                done
            }
            Err(error) => Err(self
                .failures
                .interrupted("reading was given up", error)
                .into()),
        }
    }
}
