//! What the emulator needs from outside, each need a small trait with its contract in its docs.
//!
//! - [`Encoders`] and [`BatchEncoder`]: from a plan to batches of encoded records.
//! - [`ObjectFraming`]: from batches to objects of a format, and back to records.
//! - [`Destination`] and [`Producer`]: where batches go, and who answers for them
//!   ([`Acknowledgements`]).
//! - [`ObjectStore`] and [`ObjectWriter`]: where whole objects are kept; the application cuts
//!   batches into objects for any of them.
//! - [`RecordVerifier`], [`TopicSource`] and [`ObjectSource`]: what destinations hold, read back and
//!   led back to indices.
//! - [`TableFormat`], [`TableSource`] and [`TableReader`]: tables, ours and those of others, read back.
//! - [`EmulationRepository`]: where runs are remembered.
//! - [`Callbacks`]: others are told how runs ended.
//! - [`Clock`]: what time it is.
//!
//! With the feature `contract`, the module `contract` has a suite for each port that stores
//! something, which every adapter runs.

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
