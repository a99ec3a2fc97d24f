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

use crate::failure::{Failure, Kind};

impl From<Failure> for DestinationError {
    fn from(Failure { kind, message }: Failure) -> Self {
        let kind = match kind {
            Kind::NotFound => DestinationErrorKind::NotFound,
            Kind::Forbidden => DestinationErrorKind::Forbidden,
            Kind::Unauthenticated => DestinationErrorKind::Unauthenticated,
            Kind::Refused | Kind::TakenOver => DestinationErrorKind::Refused,
            Kind::Unreachable => DestinationErrorKind::Unreachable,
            Kind::Full => DestinationErrorKind::Full,
            Kind::Interrupted => DestinationErrorKind::Interrupted,
        };
        Self::new(kind, message)
    }
}
