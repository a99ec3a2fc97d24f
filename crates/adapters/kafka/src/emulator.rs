//! Kafka for the emulator: a destination of runs, and a source to read them back from.

mod delivery;
mod destination;
mod producer;
mod reader;
mod record_sender;
mod transactional;

pub use destination::KafkaDestination;
pub use reader::KafkaSource;

use emulator_ports::{DestinationError, DestinationErrorKind};

use crate::cluster_error::{ClusterError, ClusterErrorKind};

impl From<ClusterError> for DestinationError {
    fn from(ClusterError { kind, message }: ClusterError) -> Self {
        let kind = match kind {
            ClusterErrorKind::NotFound => DestinationErrorKind::NotFound,
            ClusterErrorKind::Forbidden => DestinationErrorKind::Forbidden,
            ClusterErrorKind::Unauthenticated => DestinationErrorKind::Unauthenticated,
            ClusterErrorKind::Refused | ClusterErrorKind::TakenOver => {
                DestinationErrorKind::Refused
            }
            ClusterErrorKind::Unreachable => DestinationErrorKind::Unreachable,
            ClusterErrorKind::Full => DestinationErrorKind::Full,
            ClusterErrorKind::Interrupted => DestinationErrorKind::Interrupted,
        };
        Self::new(kind, message)
    }
}
