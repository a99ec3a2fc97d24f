//! Kafka for the pipeline: its log, and a look at the whole cluster.

mod cluster;
mod consumer;
mod log;
mod messages;
mod replay;
mod sink;

pub use cluster::KafkaCluster;
pub use log::KafkaLog;
pub use sink::KafkaSink;

use pipeline_ports::{PortError, PortErrorKind};

use crate::failure::{Failure, Kind};

impl From<Failure> for PortError {
    fn from(Failure { kind, message }: Failure) -> Self {
        let kind = match kind {
            Kind::NotFound | Kind::Forbidden | Kind::Unauthenticated | Kind::Refused => {
                PortErrorKind::Refused
            }
            Kind::TakenOver => PortErrorKind::TakenOver,
            Kind::Unreachable | Kind::Full | Kind::Interrupted => PortErrorKind::Unreachable,
        };
        Self { kind, message }
    }
}
