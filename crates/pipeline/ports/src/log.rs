//! Events, read in order, and what follows from them.

use async_trait::async_trait;
use pipeline_domain::log::{EventOrigin, Offsets, Partition};
use pipeline_domain::source::Source;

use crate::PortError;

/// A topic of the pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// The events of a source.
    Events(Source),
    /// One event an id that has arrived everywhere.
    Acknowledgements,
    /// Events that could not be landed.
    DeadLetters,
}

/// Who reads: each group has its own progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Puts rows into tables.
    Lander,
    /// Acknowledges ids.
    Acknowledger,
}

/// The log of the pipeline's events. One implementation is Apache Kafka.
///
/// Calls wait for a cluster that is not there yet, for a bounded time, and then fail as
/// [`Unreachable`](crate::PortErrorKind::Unreachable).
#[async_trait]
pub trait EventLog: Send + Sync {
    /// The name that tells this log from every other, also from others in the same cluster.
    async fn identity(&self) -> Result<String, PortError>;

    /// Creates missing topics: those of the sources, of acknowledgements and of dead
    /// letters.
    async fn prepare(&self) -> Result<(), PortError>;

    /// Reads all sources' events as `group`, on from the group's progress, and from the oldest
    /// event where there is none. From then on no earlier consumer of the group, in whatever process,
    /// can commit: its calls fail as [`TakenOver`](crate::PortErrorKind::TakenOver). What an
    /// earlier one had not committed is undone.
    async fn open(&self, group: Group) -> Result<Box<dyn EventConsumer>, PortError>;

    /// Reads the committed events of `topic` again: from `from`, where it says so, else from the
    /// oldest; up to `to`, where it says so, else up to what is there now. Positions are of
    /// sources only, so a history of other topics is read whole.
    async fn replay(
        &self,
        topics: &[Topic],
        from: &Offsets,
        to: Option<&Offsets>,
    ) -> Result<Box<dyn EventReplay>, PortError>;
}

/// Events of one group, as they come. Dropped, it commits nothing more.
#[async_trait]
pub trait EventConsumer: Send {
    /// The group's committed offsets when the consumer was opened. Partitions without an event read are absent.
    fn committed(&self) -> &Offsets;

    /// Waits for events and puts them into `batch`, which is emptied first; those of a partition in
    /// their order. Returns with what there is as soon as there is something, or with an empty
    /// batch after about a second.
    ///
    /// Dropped while it waits, it has taken no event.
    ///
    /// # Errors
    /// If events were deleted before the group has read them:
    /// [`Refused`](crate::PortErrorKind::Refused).
    async fn next(&mut self, batch: &mut EventBatch) -> Result<(), PortError>;

    /// Writes `messages` and the offsets after all events handed out so far, all or nothing.
    /// After an error the consumer is to be dropped; a new one goes on from what was committed.
    async fn commit(&mut self, messages: &[Outgoing]) -> Result<(), PortError>;
}

/// Committed events of the past, each partition in its order.
#[async_trait]
pub trait EventReplay: Send {
    /// Whether events that were asked for had been deleted: the topics, or what was asked for of
    /// them, began earlier than what is read.
    fn is_truncated(&self) -> bool;

    /// Reads the next events into `batch`, which is emptied first; none at the end.
    async fn next(&mut self, batch: &mut EventBatch) -> Result<(), PortError>;
}

/// A message to be written with the progress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Where to.
    pub topic: Topic,
    /// Its key, if it has one.
    pub key: Option<Vec<u8>>,
    /// Its content.
    pub payload: Vec<u8>,
    /// Names and texts beside it.
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

/// Events in one buffer, which is used again.
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
    /// Where the key ends and the payload begins; none: there is no key.
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

    /// The events, in the order in which they were put in.
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
