//! Where the readers of messages find their schemas.

use async_trait::async_trait;

use crate::{DestinationError, SchemaLanguage};

/// What a registry calls a schema; messages begin with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SchemaId(pub u32);

impl SchemaId {
    /// What a message begins with: Confluent's mark, and the id.
    pub const fn frame(self) -> [u8; 5] {
        let [a, b, c, d] = self.0.to_be_bytes();
        [0, a, b, c, d]
    }
}

/// A registry of schemas. Schemas of one subject follow one another, and the registry sees to it
/// that they go together.
#[async_trait]
pub trait SchemaRegistry: Send + Sync {
    /// Gives the id of `schema` under `subject`, where it is registered if it is not there yet.
    ///
    /// # Errors
    /// If the registry cannot be reached, does not let us in, or the schema does not go with the
    /// one that the subject has: the text names the fields.
    async fn register(
        &self,
        subject: &str,
        language: SchemaLanguage,
        schema: &str,
    ) -> Result<SchemaId, DestinationError>;

    /// Gives the id of `schema` under `subject`, if it is there, and changes nothing.
    ///
    /// # Errors
    /// If the registry cannot be reached or does not let us in.
    async fn find(
        &self,
        subject: &str,
        language: SchemaLanguage,
        schema: &str,
    ) -> Result<Option<SchemaId>, DestinationError>;

    /// Whether it is one for messages of JSON, too. Those who read these without a registry do not
    /// expect them to begin with an id, so it must be one that was asked for.
    fn is_for_json(&self) -> bool;
}
