//! The ports: what the emulator needs from outside. Each is a small trait whose documentation is
//! its contract.
//!
//! - [`Encoders`] and [`BatchEncoder`]: from a plan to batches of encoded records.
//! - [`ObjectFraming`]: from batches to objects of a format, and back to records.
//! - [`Destination`] and [`Producer`]: where batches go, and how delivery is reported
//!   ([`Acknowledgements`]).
//! - [`ObjectStore`] and [`ObjectWriter`]: where complete objects are stored; the application cuts
//!   batches into objects for any of them.
//! - [`RecordVerifier`], [`TopicSource`] and [`ObjectSource`]: read destinations back and map what
//!   they hold to indices.
//! - [`TableFormat`], [`TableSource`] and [`TableReader`]: read tables back, our own and those of
//!   others.
//! - [`EmulationRepository`]: where runs are stored.
//! - [`Callbacks`]: notifies other systems of the end of runs.
//! - [`Clock`]: the time.
//!
//! With the feature `contract`, the module `contract` has a suite for each port that stores
//! something; every adapter runs it.

mod batch;
mod callbacks;
mod clock;
mod destination;
mod encoder;
mod framing;
mod model_store;
mod object_store;
mod record_verifier;
mod repository;
mod schema_language;
mod schema_registry;
mod source;
mod table;

#[cfg(feature = "contract")]
pub mod contract;

pub use batch::{Batch, EncodedRecord, RecordSpans, Span};
pub use callbacks::Callbacks;
pub use clock::Clock;
pub use destination::{
    Acknowledgements, Destination, DestinationError, DestinationErrorKind, Producer, Run,
};
pub use encoder::{BatchEncoder, Encoders, MessagePart, MessageSchema, SchemaIds};
pub use framing::{ObjectFramer, ObjectFraming, ObjectSplitter};
pub use model_store::ModelStore;
pub use object_store::{Finished, ObjectStore, ObjectWriter};
pub use record_verifier::{MessageEnvelope, Payloads, RecordVerifier};
pub use repository::{EmulationRepository, Page, RepositoryError};
pub use schema_language::SchemaLanguage;
pub use schema_registry::{SchemaId, SchemaRegistry};
pub use source::{MessageReader, ObjectReader, ObjectSource, TopicSource};
pub use table::{TableColumn, TableError, TableFormat, TableReader, TableSource};
