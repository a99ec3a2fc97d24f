//! From a plan to encoded batches.

use std::ops::Range;
use std::sync::Arc;

use emulator_domain::emulation::EmulationId;
use emulator_domain::plan::{EmulationPlan, Format};
use emulator_domain::record::{Envelope, IndexError, Schema};

use crate::{Batch, ObjectFraming, RecordVerifier, SchemaId, SchemaLanguage, TableFormat};

/// Fills batches with the records of one emulation. Called on generating threads, from any number
/// of them concurrently. One call per batch, so this is the only dynamic dispatch on the path of a
/// record.
pub trait BatchEncoder: Send + Sync {
    /// Generates the records of `range` and encodes them into `batch`, replacing its content. Equal
    /// ranges give equal bytes.
    ///
    /// # Errors
    /// If the range ends beyond the domain; the content of the batch is then unspecified.
    fn encode(&self, range: Range<u64>, batch: &mut Batch) -> Result<(), IndexError>;
}

/// The parts of a message that have a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessagePart {
    /// The key.
    Key,
    /// The value.
    Value,
}

impl MessagePart {
    /// Both parts.
    pub const ALL: [Self; 2] = [Self::Key, Self::Value];

    /// The name used in subjects.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Value => "value",
        }
    }
}

/// The schema of one part of messages, in the form that a registry takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageSchema {
    /// The language of the schema.
    pub language: SchemaLanguage,
    /// The schema.
    pub text: String,
    /// The full name of the record that it describes, including its namespace.
    pub record: String,
}

/// The ids that a registry has assigned to the schemas of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SchemaIds {
    /// The id at the beginning of keys, if there is one.
    pub key: Option<SchemaId>,
    /// The id at the beginning of values, if there is one.
    pub value: Option<SchemaId>,
}

impl SchemaIds {
    /// Sets the id of a part.
    #[must_use]
    pub const fn with(mut self, part: MessagePart, id: SchemaId) -> Self {
        match part {
            MessagePart::Key => self.key = Some(id),
            MessagePart::Value => self.value = Some(id),
        }
        self
    }
}

/// Creates encoders, the framing of their records into objects, and the verifiers that read both
/// back. Implemented by the formats.
pub trait Encoders: Send + Sync {
    /// The encoder for the records of emulation `id`. Parts of their messages begin with the ids
    /// that a registry has assigned to their [`message_schema`](Self::message_schema).
    fn encoder(
        &self,
        id: EmulationId,
        plan: &EmulationPlan,
        schemas: SchemaIds,
    ) -> Arc<dyn BatchEncoder>;

    /// The framing that makes objects of the records of that encoder, and finds records in them.
    fn framing(&self, id: EmulationId, plan: &EmulationPlan) -> Arc<dyn ObjectFraming>;

    /// The verifier for the records of that encoder, unless the format has a
    /// [`table_format`](Self::table_format).
    fn record_verifier(
        &self,
        id: EmulationId,
        plan: &EmulationPlan,
        schemas: SchemaIds,
    ) -> Arc<dyn RecordVerifier>;

    /// Reads objects back for a format whose objects are tables; `None` if
    /// [`record_verifier`](Self::record_verifier) handles its records.
    fn table_format(&self, format: Format) -> Option<Arc<dyn TableFormat>>;

    /// The schema that readers of that part of the run's messages need, if there is one.
    fn message_schema(&self, plan: &EmulationPlan, part: MessagePart) -> Option<MessageSchema>;

    /// The schema of the stream `name`, including the envelope of its records, in that language.
    fn schema(
        &self,
        name: &str,
        envelope: Envelope,
        schema: &Schema,
        language: SchemaLanguage,
    ) -> String;
}
