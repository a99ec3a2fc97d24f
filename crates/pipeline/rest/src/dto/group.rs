//! `GET /api/groups`.

use pipeline_ports::{GroupPartition, GroupView};
use serde::Serialize;

/// All consumer groups, by name.
#[derive(Debug, Serialize)]
pub(crate) struct GroupsAnswer {
    groups: Vec<Group>,
}

#[derive(Debug, Serialize)]
struct Group {
    name: String,
    /// Whether it belongs to the monitored pipeline.
    own: bool,
    state: String,
    members: usize,
    /// Number of unread messages in all partitions.
    lag: i64,
    partitions: Vec<Partition>,
}

#[derive(Debug, Serialize)]
struct Partition {
    topic: String,
    number: i32,
    /// The next offset to read.
    committed: i64,
    log_end_offset: i64,
    lag: i64,
}

impl GroupsAnswer {
    /// Groups named in `own` belong to the monitored pipeline.
    pub(crate) fn new(groups: Vec<GroupView>, own: &[String]) -> Self {
        let groups = groups.into_iter().map(|group| Group::new(group, own));
        Self {
            groups: groups.collect(),
        }
    }
}

impl Group {
    fn new(group: GroupView, own: &[String]) -> Self {
        Self {
            own: own.contains(&group.name),
            name: group.name,
            state: group.state,
            members: group.members,
            lag: group.partitions.iter().map(GroupPartition::lag).sum(),
            partitions: group.partitions.into_iter().map(Partition::from).collect(),
        }
    }
}

impl From<GroupPartition> for Partition {
    fn from(partition: GroupPartition) -> Self {
        Self {
            lag: partition.lag(),
            topic: partition.topic,
            number: partition.number,
            committed: partition.committed,
            log_end_offset: partition.log_end_offset,
        }
    }
}
