//! `GET /api/topics`.

use pipeline_ports::{PartitionView, TopicView};
use serde::Serialize;

/// All topics, by name.
#[derive(Debug, Serialize)]
pub(crate) struct TopicsAnswer {
    topics: Vec<Topic>,
}

#[derive(Debug, Serialize)]
struct Topic {
    name: String,
    /// Of all partitions, from the oldest to the end. Deleted ones between count, too.
    messages: i64,
    partitions: Vec<Partition>,
}

#[derive(Debug, Serialize)]
struct Partition {
    number: i32,
    /// The broker that leads it; null if none does.
    leader: Option<i32>,
    replicas: usize,
    in_sync: usize,
    earliest: i64,
    log_end_offset: i64,
}

impl From<Vec<TopicView>> for TopicsAnswer {
    fn from(topics: Vec<TopicView>) -> Self {
        Self {
            topics: topics.into_iter().map(Topic::from).collect(),
        }
    }
}

impl From<TopicView> for Topic {
    fn from(topic: TopicView) -> Self {
        let partitions = topic.partitions;
        Self {
            name: topic.name,
            messages: partitions
                .iter()
                .map(|p| (p.log_end_offset - p.earliest).max(0))
                .sum(),
            partitions: partitions.into_iter().map(Partition::from).collect(),
        }
    }
}

impl From<PartitionView> for Partition {
    fn from(partition: PartitionView) -> Self {
        Self {
            number: partition.number,
            leader: (partition.leader >= 0).then_some(partition.leader),
            replicas: partition.replicas,
            in_sync: partition.in_sync,
            earliest: partition.earliest,
            log_end_offset: partition.log_end_offset,
        }
    }
}
