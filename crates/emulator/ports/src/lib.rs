//! What the emulator needs from outside, each need a small trait with its contract in its docs.
//!
//! - [`Encoders`] and [`BatchEncoder`]: from a plan to batches of encoded records.
//! - [`Destination`] and [`Producer`]: where batches go, and who answers for them
//!   ([`Acknowledgements`]).
//! - [`ObjectStore`] and [`ObjectWriter`]: where whole objects are kept; the application cuts
//!   batches into objects for any of them.
//! - [`Inspector`], [`MessageArchive`] and [`ObjectArchive`]: what destinations hold, read back and
//!   led back to indices.
//! - [`EmulationRepository`]: where runs are remembered.
//! - [`Clock`]: what time it is.
//!
//! With the feature `contract`, the module `contract` has a suite for each port that stores
//! something, which every adapter runs.

mod archive;
mod batch;
mod clock;
mod destination;
mod encoder;
mod inspector;
mod object_store;
mod repository;

#[cfg(feature = "contract")]
pub mod contract;

pub use archive::{MessageArchive, MessageReader, ObjectArchive, ObjectReader};
pub use batch::{Batch, Framing, Span};
pub use clock::Clock;
pub use destination::{
    Acknowledgements, Destination, DestinationError, DestinationErrorKind, Producer, Run,
};
pub use encoder::{BatchEncoder, Encoders};
pub use inspector::{Inspector, Payloads};
pub use object_store::{Finished, ObjectStore, ObjectWriter};
pub use repository::{EmulationRepository, Page, RepositoryError};
