//! Kafka for the emulator: a destination of runs, and an archive to read them back from.

mod delivery;
mod destination;
mod outbox;
mod producer;
mod reader;
mod transactional;

pub use destination::KafkaDestination;
pub use reader::KafkaArchive;

use emulator_ports::{DestinationError, DestinationErrorKind};

use crate::failure::{Failure, Kind};

impl From<Failure> for DestinationError {
    fn from(Failure { kind, message }: Failure) -> Self {
        let kind = match kind {
            Kind::Refused => DestinationErrorKind::Refused,
            Kind::Unreachable => DestinationErrorKind::Unreachable,
            Kind::Full => DestinationErrorKind::Full,
            Kind::Interrupted => DestinationErrorKind::Interrupted,
        };
        Self::new(kind, message)
    }
}
