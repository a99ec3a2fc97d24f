//! A log in memory: two partitions per topic, and transactions that are over at once.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use futures::FutureExt;
use pipeline_domain::log::{EventOrigin, Offsets, Partition};
use pipeline_domain::source::Source;
use pipeline_ports::{
    EventBatch, EventConsumer, EventLog, EventReplay, EventSink, Group, Outgoing, PortError,
    PortErrorKind, Receipt, Stored, Topic,
};

const PARTITIONS: usize = 2;

/// Events that are handed out at once.
const BATCH: usize = 1_000;

#[derive(Clone, Default)]
pub(crate) struct MemoryLog(Arc<Mutex<Topics>>);

#[derive(Default)]
pub(crate) struct Topics {
    messages: BTreeMap<Topic, [Vec<Message>; PARTITIONS]>,
    /// The committed offsets of each group.
    pub(crate) committed: [Offsets; 2],
    /// How often each group was opened.
    epochs: [u32; 2],
    /// Commits that fail before the next one succeeds.
    pub(crate) outage: u32,
    /// Whether the first acknowledgement was deleted.
    pub(crate) truncated: bool,
    /// How often the topics were read from their beginnings.
    pub(crate) replays: u32,
}

#[derive(Clone)]
pub(crate) struct Message {
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) payload: Vec<u8>,
    pub(crate) headers: Vec<(&'static str, String)>,
    created: i64,
}

impl MemoryLog {
    pub(crate) fn topics(&self) -> MutexGuard<'_, Topics> {
        self.0.lock().unwrap()
    }

    /// Appends events as any program could.
    pub(crate) fn push(&self, source: Source, payloads: &[&str]) {
        let mut topics = self.topics();
        for payload in payloads {
            topics.append(Topic::Events(source), None, payload.as_bytes(), Vec::new());
        }
    }

    /// Appends an event of each source for each of these ids.
    pub(crate) fn push_complete(&self, ids: impl IntoIterator<Item = i64>) {
        for id in ids {
            for source in Source::ALL {
                self.push(source, &[&format!("{{\"id\": {id}}}")]);
            }
        }
    }

    /// The messages of a topic.
    pub(crate) fn read(&self, topic: Topic) -> Vec<Message> {
        let topics = self.topics();
        let partitions = topics.messages.get(&topic).into_iter().flatten();
        partitions.flatten().cloned().collect()
    }

    /// The ids of acknowledgements, sorted.
    pub(crate) fn acknowledged(&self) -> Vec<i64> {
        let acks = self.read(Topic::Acknowledgements);
        let ids = acks.iter().map(|ack| {
            let payload = std::str::from_utf8(&ack.payload).unwrap();
            let id = payload.strip_prefix("{\"id\": \"").unwrap();
            id.strip_suffix("\"}").unwrap().parse().unwrap()
        });
        let mut ids: Vec<i64> = ids.collect();
        ids.sort_unstable();
        ids
    }

    /// Moves a group behind all events, as kafka-consumer-groups --to-latest does.
    pub(crate) fn reset_to_latest(&self, group: Group) {
        let mut topics = self.topics();
        let ends = topics.ends();
        topics.committed[group as usize] = ends;
    }
}

impl Topics {
    fn append(
        &mut self,
        topic: Topic,
        key: Option<Vec<u8>>,
        payload: &[u8],
        headers: Vec<(&'static str, String)>,
    ) -> (usize, i64) {
        let partitions = self.messages.entry(topic).or_default();
        let count: usize = partitions.iter().map(Vec::len).sum();
        let number = match &key {
            Some(key) => key.iter().map(|byte| *byte as usize).sum::<usize>() % PARTITIONS,
            None => count % PARTITIONS,
        };
        partitions[number].push(Message {
            key,
            payload: payload.to_vec(),
            headers,
            created: 1_000 + count as i64,
        });
        (number, partitions[number].len() as i64 - 1)
    }

    pub(crate) fn ends(&self) -> Offsets {
        let mut ends = Offsets::default();
        for source in Source::ALL {
            let partitions = self.messages.get(&Topic::Events(source));
            for (number, messages) in partitions.into_iter().flatten().enumerate() {
                let number = number as i32;
                ends.advance(Partition { source, number }, messages.len() as i64);
            }
        }
        ends
    }
}

#[async_trait]
impl EventSink for MemoryLog {
    async fn send(&self, source: Source, id: i64, event: String) -> Result<Receipt, PortError> {
        let key = Some(id.to_string().into_bytes());
        let topic = Topic::Events(source);
        let (number, offset) = self
            .topics()
            .append(topic, key, event.as_bytes(), Vec::new());
        let partition = Partition {
            source,
            number: number as i32,
        };
        let origin = EventOrigin {
            partition,
            offset,
            created: 1,
        };
        Ok(async move { Ok(origin) }.boxed())
    }
}

#[async_trait]
impl EventLog for MemoryLog {
    async fn identity(&self) -> Result<String, PortError> {
        Ok("memory".to_owned())
    }

    async fn prepare(&self) -> Result<(), PortError> {
        Ok(())
    }

    async fn open(&self, group: Group) -> Result<Box<dyn EventConsumer>, PortError> {
        let mut topics = self.topics();
        topics.epochs[group as usize] += 1;
        let committed = topics.committed[group as usize].clone();
        Ok(Box::new(MemoryConsumer {
            log: self.clone(),
            group,
            epoch: topics.epochs[group as usize],
            next: committed.clone(),
            committed,
        }))
    }

    async fn replay(
        &self,
        topics: &[Topic],
        from: &Offsets,
        to: Option<&Offsets>,
    ) -> Result<Box<dyn EventReplay>, PortError> {
        let mut log = self.topics();
        log.replays += 1;
        let mut events = VecDeque::new();
        for topic in topics {
            let partitions = log.messages.get(topic).into_iter().flatten();
            for (number, messages) in partitions.enumerate() {
                let (mut start, mut end) = (0, messages.len() as i64);
                if let Topic::Events(source) = *topic {
                    let number = number as i32;
                    let partition = Partition { source, number };
                    start = from.next(partition).unwrap_or(0);
                    end = to.map_or(end, |to| to.next(partition).unwrap_or(0).min(end));
                }
                for (offset, message) in (start..).zip(messages.iter().skip(start as usize)) {
                    if offset < end {
                        events.push_back((*topic, number as i32, offset, message.clone()));
                    }
                }
            }
        }
        let truncated = log.truncated && topics.contains(&Topic::Acknowledgements);
        Ok(Box::new(MemoryReplay { events, truncated }))
    }
}

struct MemoryConsumer {
    log: MemoryLog,
    group: Group,
    epoch: u32,
    committed: Offsets,
    next: Offsets,
}

impl MemoryConsumer {
    fn fill(&mut self, batch: &mut EventBatch) {
        let topics = self.log.topics();
        for source in Source::ALL {
            let topic = Topic::Events(source);
            let partitions = topics.messages.get(&topic).into_iter().flatten();
            for (number, messages) in partitions.enumerate() {
                let number = number as i32;
                let partition = Partition { source, number };
                let start = self.next.next(partition).unwrap_or(0);
                let messages = messages.iter().skip(start as usize);
                for (offset, message) in (start..).zip(messages) {
                    if batch.len() == BATCH {
                        return;
                    }
                    batch.push(&stored(topic, number, offset, message));
                    self.next.advance(partition, offset + 1);
                }
            }
        }
    }
}

#[async_trait]
impl EventConsumer for MemoryConsumer {
    fn committed(&self) -> &Offsets {
        &self.committed
    }

    async fn next(&mut self, batch: &mut EventBatch) -> Result<(), PortError> {
        batch.clear();
        for _ in 0..100 {
            self.fill(batch);
            if !batch.is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    async fn commit(&mut self, messages: &[Outgoing]) -> Result<(), PortError> {
        let mut topics = self.log.topics();
        if topics.epochs[self.group as usize] != self.epoch {
            return Err(PortError {
                kind: PortErrorKind::TakenOver,
                message: "another consumer was opened".to_owned(),
            });
        }
        if topics.outage > 0 {
            topics.outage -= 1;
            return Err(PortError::unreachable("the log is away"));
        }
        for message in messages {
            let (key, headers) = (message.key.clone(), message.headers.clone());
            topics.append(message.topic, key, &message.payload, headers);
        }
        topics.committed[self.group as usize].advance_all(&self.next);
        Ok(())
    }
}

struct MemoryReplay {
    events: VecDeque<(Topic, i32, i64, Message)>,
    truncated: bool,
}

#[async_trait]
impl EventReplay for MemoryReplay {
    fn is_truncated(&self) -> bool {
        self.truncated
    }

    async fn next(&mut self, batch: &mut EventBatch) -> Result<(), PortError> {
        batch.clear();
        let count = self.events.len().min(BATCH);
        for (topic, number, offset, message) in self.events.drain(..count) {
            batch.push(&stored(topic, number, offset, &message));
        }
        Ok(())
    }
}

fn stored(topic: Topic, partition: i32, offset: i64, message: &Message) -> Stored<'_> {
    Stored {
        topic,
        partition,
        offset,
        created: message.created,
        key: message.key.as_deref(),
        payload: &message.payload,
    }
}
