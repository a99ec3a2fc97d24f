//! Consumes events in order, and writes what follows from them.

use async_trait::async_trait;
use pipeline_domain::log::{EventOrigin, Offsets, Partition};
use pipeline_domain::source::Source;

use crate::PortError;

/// A topic of the pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// The events of a source.
    Events(Source),
    /// One event per id that has arrived on all topics.
    Acknowledgements,
    /// Events that could not be landed.
    DeadLetters,
}

/// A consumer group; each has its own offsets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Puts rows into tables.
    Lander,
    /// Acknowledges ids.
    Acknowledger,
}

/// The log of the pipeline's events. One implementation is Apache Kafka.
///
/// Calls wait a bounded time for a cluster that is not available yet, and then fail with
/// [`Unreachable`](crate::PortErrorKind::Unreachable).
#[async_trait]
pub trait EventLog: Send + Sync {
    /// The name that distinguishes this log from every other, including others in the same cluster.
    async fn identity(&self) -> Result<String, PortError>;

    /// Creates missing topics: those of the sources, of acknowledgements and of dead letters.
    async fn prepare(&self) -> Result<(), PortError>;

    /// Consumes all sources' events as `group`, from the group's committed offsets, or from the
    /// oldest event where there are none. From then on, no earlier consumer of the group can
    /// commit, in whatever process: its calls fail with
    /// [`TakenOver`](crate::PortErrorKind::TakenOver). What it had not committed is rolled back.
    async fn open(&self, group: Group) -> Result<Box<dyn EventConsumer>, PortError>;

    /// Reads the committed events of `topic` again: from `from` if given, otherwise from the
    /// oldest; up to `to` if given, otherwise up to the current end. Positions exist for sources
    /// only, so other topics are read completely.
    async fn replay(
        &self,
        topics: &[Topic],
        from: &Offsets,
        to: Option<&Offsets>,
    ) -> Result<Box<dyn EventReplay>, PortError>;
}

/// Live events of one group. A dropped consumer commits nothing more.
#[async_trait]
pub trait EventConsumer: Send {
    /// The group's committed offsets when the consumer was opened. Partitions of which no event was
    /// read are absent.
    fn committed(&self) -> &Offsets;

    /// Waits for events and puts them into `batch`, which is cleared first; those of a partition
    /// are in order. Returns as soon as there are some, or with an empty batch after about a
    /// second.
    ///
    /// It is cancellation-safe: dropped while it waits, it has taken no event.
    ///
    /// # Errors
    /// If events were deleted before the group has read them:
    /// [`Refused`](crate::PortErrorKind::Refused).
    async fn next(&mut self, batch: &mut EventBatch) -> Result<(), PortError>;

    /// Writes `messages` and the offsets after all events handed out so far, atomically. After an
    /// error, drop the consumer and open a new one, which continues from the committed offsets.
    async fn commit(&mut self, messages: &[Outgoing]) -> Result<(), PortError>;
}

/// Past committed events, in order within each partition.
#[async_trait]
pub trait EventReplay: Send {
    /// Whether requested events had been deleted: the topics, or the requested range, began earlier
    /// than what is read.
    fn is_truncated(&self) -> bool;

    /// Reads the next events into `batch`, which is cleared first; it stays empty at the end.
    async fn next(&mut self, batch: &mut EventBatch) -> Result<(), PortError>;
}

/// A message to write along with the offsets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The topic to write it to.
    pub topic: Topic,
    /// Its key, if it has one.
    pub key: Option<Vec<u8>>,
    /// Its content.
    pub payload: Vec<u8>,
    /// Names and values of its headers.
    pub headers: Vec<(&'static str, String)>,
}

/// An event as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored<'a> {
    /// Its topic.
    pub topic: Topic,
    /// Its partition.
    pub partition: i32,
    /// Its offset there.
    pub offset: i64,
    /// When it was created, in milliseconds since 1970; -1 if unknown.
    pub created: i64,
    /// Its key, if it has one.
    pub key: Option<&'a [u8]>,
    /// Its content.
    pub payload: &'a [u8],
}

impl Stored<'_> {
    /// Its partition and offset, if it is an event of a source.
    pub fn origin(&self) -> Option<EventOrigin> {
        let Topic::Events(source) = self.topic else {
            return None;
        };
        Some(EventOrigin {
            partition: Partition {
                source,
                number: self.partition,
            },
            offset: self.offset,
            created: self.created,
        })
    }
}

/// Events in one reused buffer.
#[derive(Clone, Debug, Default)]
pub struct EventBatch {
    bytes: Vec<u8>,
    events: Vec<Spans>,
}

#[derive(Clone, Copy, Debug)]
struct Spans {
    topic: Topic,
    partition: i32,
    offset: i64,
    created: i64,
    /// Where the key ends and the payload begins; `None` if there is no key.
    key: Option<usize>,
    start: usize,
    end: usize,
}

impl EventBatch {
    /// Removes all events.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.events.clear();
    }

    /// Appends an event.
    pub fn push(&mut self, event: &Stored<'_>) {
        let start = self.bytes.len();
        let key = event.key.map(|key| {
            self.bytes.extend_from_slice(key);
            self.bytes.len()
        });
        self.bytes.extend_from_slice(event.payload);
        self.events.push(Spans {
            topic: event.topic,
            partition: event.partition,
            offset: event.offset,
            created: event.created,
            key,
            start,
            end: self.bytes.len(),
        });
    }

    /// The events, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = Stored<'_>> {
        self.events.iter().map(|event| Stored {
            topic: event.topic,
            partition: event.partition,
            offset: event.offset,
            created: event.created,
            key: event.key.map(|end| &self.bytes[event.start..end]),
            payload: &self.bytes[event.key.unwrap_or(event.start)..event.end],
        })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Bytes of keys and payloads.
    pub fn byte_len(&self) -> usize {
        self.bytes.len()
    }
}
