//! Kafka for the pipeline: its log, and inspection of the whole cluster.

mod cluster;
mod consumer;
mod log;
mod messages;
mod replay;
mod sink;
mod topics;

pub use cluster::KafkaCluster;
pub use log::KafkaLog;
pub use sink::KafkaSink;

use pipeline_ports::{PortError, PortErrorKind};

use crate::cluster_error::{ClusterError, ClusterErrorKind};

impl From<ClusterError> for PortError {
    fn from(ClusterError { kind, message }: ClusterError) -> Self {
        let kind = match kind {
            ClusterErrorKind::NotFound
            | ClusterErrorKind::Forbidden
            | ClusterErrorKind::Unauthenticated
            | ClusterErrorKind::Refused => PortErrorKind::Refused,
            ClusterErrorKind::TakenOver => PortErrorKind::TakenOver,
            ClusterErrorKind::Unreachable
            | ClusterErrorKind::Full
            | ClusterErrorKind::Interrupted => PortErrorKind::Unreachable,
        };
        Self { kind, message }
    }
}
