//! From a plan to encoded batches.

use std::ops::Range;
use std::sync::Arc;

use emulator_domain::emulation::EmulationId;
use emulator_domain::plan::EmulationPlan;
use emulator_domain::record::{Envelope, IndexError, Schema};

use crate::{Batch, ObjectFraming, RecordVerifier, SchemaId, SchemaLanguage};

/// Fills batches with the records of one emulation. Called on generating threads, any number at
/// once, once a batch: the one dynamic dispatch on the way of a record.
pub trait BatchEncoder: Send + Sync {
    /// Makes the records of `range`, encodes them and leaves them in `batch`, whose former content
    /// is lost. Equal ranges give equal bytes.
    ///
    /// # Errors
    /// If the range ends beyond the domain; the batch then holds nothing of use.
    fn encode(&self, range: Range<u64>, batch: &mut Batch) -> Result<(), IndexError>;
}

/// The schema of messages, as a registry takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageSchema {
    /// The language of the text.
    pub language: SchemaLanguage,
    /// The schema.
    pub text: String,
}

/// Makes encoders, what makes objects of their records, and what reads both back. Implemented by the
/// formats.
pub trait Encoders: Send + Sync {
    /// The encoder for the records of emulation `id`; their messages begin with `schema`, if a
    /// registry has their [`message_schema`](Self::message_schema).
    fn encoder(
        &self,
        id: EmulationId,
        plan: &EmulationPlan,
        schema: Option<SchemaId>,
    ) -> Arc<dyn BatchEncoder>;

    /// How objects are made of the records of that encoder, and records found in them.
    fn framing(&self, id: EmulationId, plan: &EmulationPlan) -> Arc<dyn ObjectFraming>;

    /// The verifier of the records of that encoder.
    fn record_verifier(
        &self,
        id: EmulationId,
        plan: &EmulationPlan,
        schema: Option<SchemaId>,
    ) -> Arc<dyn RecordVerifier>;

    /// The schema that the readers of the run's messages need, if there is one.
    fn message_schema(&self, plan: &EmulationPlan) -> Option<MessageSchema>;

    /// What the fields of the stream `name` and of what stands around its records are, in that
    /// language.
    fn schema(
        &self,
        name: &str,
        envelope: Envelope,
        schema: &Schema,
        language: SchemaLanguage,
    ) -> String;
}
