//! A cluster, as the monitor shows it.

use async_trait::async_trait;

use crate::PortError;

/// Reads the state of a cluster and changes nothing. Answers are snapshots.
#[async_trait]
pub trait Cluster: Send + Sync {
    /// All topics except internal ones, by name.
    async fn topics(&self) -> Result<Vec<TopicView>, PortError>;

    /// Messages of a topic, newest first: by creation time, then by offset. Messages of open and
    /// aborted transactions are left out.
    ///
    /// # Errors
    /// If there is no such topic: [`Refused`](crate::PortErrorKind::Refused).
    async fn messages(&self, query: &MessageQuery) -> Result<MessagePage, PortError>;

    /// All consumer groups, by name.
    async fn groups(&self) -> Result<Vec<GroupView>, PortError>;
}

/// A topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicView {
    /// Its name.
    pub name: String,
    /// Its partitions, by number.
    pub partitions: Vec<PartitionView>,
}

/// A partition of a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionView {
    /// From 0.
    pub number: i32,
    /// The broker that leads it; -1 if none does.
    pub leader: i32,
    /// Brokers that hold it.
    pub replicas: usize,
    /// Those of them that are in sync.
    pub in_sync: usize,
    /// Earliest offset: that of the oldest message still kept.
    pub earliest: i64,
    /// Log end offset: the offset that the next message will have.
    pub log_end_offset: i64,
}

/// Selects messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageQuery {
    /// The topic.
    pub topic: String,
    /// Only this partition; `None` for all.
    pub partition: Option<i32>,
    /// Only this exact key; `None` for any key or none.
    pub key: Option<String>,
    /// Maximum number of messages.
    pub limit: usize,
    /// Maximum number of messages examined while searching for a key.
    pub search: u64,
    /// Maximum number of bytes returned per message: key, content and headers together.
    pub shown: usize,
}

/// Some messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessagePage {
    /// Newest first.
    pub messages: Vec<MessageView>,
    /// How many messages were examined.
    pub searched: u64,
    /// Whether there are older messages that were not examined.
    pub more: bool,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageView {
    /// Its partition.
    pub partition: i32,
    /// Its offset there.
    pub offset: i64,
    /// When it was created, in milliseconds since 1970; -1 if unknown.
    pub created: i64,
    /// Its key, if it has one.
    pub key: Option<Excerpt>,
    /// Its content.
    pub payload: Excerpt,
    /// Names and values of its headers, as far as there is room for their names.
    pub headers: Vec<(String, Excerpt)>,
    /// Headers that there was no room for.
    pub headers_left_out: usize,
}

/// The beginning of some bytes, or all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The beginning.
    pub bytes: Vec<u8>,
    /// The total number of bytes.
    pub len: usize,
}

impl Excerpt {
    /// As much of `bytes` as fits into `room`, which is reduced accordingly.
    pub fn of(bytes: &[u8], room: &mut usize) -> Self {
        let shown = bytes.len().min(*room);
        *room -= shown;
        Self {
            bytes: bytes[..shown].to_vec(),
            len: bytes.len(),
        }
    }
}

impl From<&str> for Excerpt {
    /// All of it.
    fn from(text: &str) -> Self {
        text.as_bytes().to_vec().into()
    }
}

impl From<Vec<u8>> for Excerpt {
    /// All of them.
    fn from(bytes: Vec<u8>) -> Self {
        let len = bytes.len();
        Self { bytes, len }
    }
}

/// A consumer group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupView {
    /// Its name.
    pub name: String,
    /// Kafka's name of its state: `Stable`, `Empty`, ...
    pub state: String,
    /// Members that have joined the group.
    pub members: usize,
    /// Its committed offsets, by topic and partition.
    pub partitions: Vec<GroupPartition>,
}

/// A group's committed offset in a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupPartition {
    /// The topic.
    pub topic: String,
    /// Of the topic.
    pub number: i32,
    /// The next offset that the group will read.
    pub committed: i64,
    /// Log end offset: the offset that the next message will have.
    pub log_end_offset: i64,
}

impl GroupPartition {
    /// Messages that the group has not read. Like Kafka, this counts transaction markers as
    /// messages.
    pub fn lag(&self) -> i64 {
        (self.log_end_offset - self.committed).max(0)
    }
}
