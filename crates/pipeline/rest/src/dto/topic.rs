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
    /// Whether it belongs to the monitored pipeline.
    own: bool,
    /// From the oldest offset to the end, over all partitions; includes deleted messages in
    /// between.
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

impl TopicsAnswer {
    /// Topics named in `own` belong to the monitored pipeline.
    pub(crate) fn new(topics: Vec<TopicView>, own: &[String]) -> Self {
        let topics = topics.into_iter().map(|topic| Topic::new(topic, own));
        Self {
            topics: topics.collect(),
        }
    }
}

impl Topic {
    fn new(topic: TopicView, own: &[String]) -> Self {
        let partitions = topic.partitions;
        Self {
            own: own.contains(&topic.name),
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
