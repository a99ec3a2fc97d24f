//! From a plan to encoded batches.

use std::ops::Range;
use std::sync::Arc;

use emulator_domain::emulation::EmulationId;
use emulator_domain::plan::{EmulationPlan, Format};
use emulator_domain::record::{Envelope, IndexError, Schema};

use crate::{Batch, ObjectFraming, RecordVerifier, SchemaId, SchemaLanguage, TableFormat};

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

/// What of a message has a schema of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessagePart {
    /// Its key.
    Key,
    /// Its value.
    Value,
}

impl MessagePart {
    /// Both parts.
    pub const ALL: [Self; 2] = [Self::Key, Self::Value];

    /// As subjects name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Value => "value",
        }
    }
}

/// The schema of a part of messages, as a registry takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageSchema {
    /// The language of the text.
    pub language: SchemaLanguage,
    /// The schema.
    pub text: String,
    /// The name of what it describes, with where the name lives.
    pub record: String,
}

/// What a registry calls the schemas of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SchemaIds {
    /// That of keys, if they begin with one.
    pub key: Option<SchemaId>,
    /// That of values, if they begin with one.
    pub value: Option<SchemaId>,
}

impl SchemaIds {
    /// With the id of a part.
    #[must_use]
    pub const fn with(mut self, part: MessagePart, id: SchemaId) -> Self {
        match part {
            MessagePart::Key => self.key = Some(id),
            MessagePart::Value => self.value = Some(id),
        }
        self
    }
}

/// Makes encoders, what makes objects of their records, and what reads both back. Implemented by the
/// formats.
pub trait Encoders: Send + Sync {
    /// The encoder for the records of emulation `id`; parts of their messages begin with the ids that
    /// a registry has for their [`message_schema`](Self::message_schema).
    fn encoder(
        &self,
        id: EmulationId,
        plan: &EmulationPlan,
        schemas: SchemaIds,
    ) -> Arc<dyn BatchEncoder>;

    /// How objects are made of the records of that encoder, and records found in them.
    fn framing(&self, id: EmulationId, plan: &EmulationPlan) -> Arc<dyn ObjectFraming>;

    /// The verifier of the records of that encoder, unless they have a
    /// [`table_format`](Self::table_format).
    fn record_verifier(
        &self,
        id: EmulationId,
        plan: &EmulationPlan,
        schemas: SchemaIds,
    ) -> Arc<dyn RecordVerifier>;

    /// How objects of a format are read back that hold tables; `None` for those whose records
    /// [`record_verifier`](Self::record_verifier) knows.
    fn table_format(&self, format: Format) -> Option<Arc<dyn TableFormat>>;

    /// The schema that the readers of that part of the run's messages need, if there is one.
    fn message_schema(&self, plan: &EmulationPlan, part: MessagePart) -> Option<MessageSchema>;

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
