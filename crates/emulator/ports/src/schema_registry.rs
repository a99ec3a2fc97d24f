//! Where readers of messages find their schemas.

use async_trait::async_trait;

use crate::{DestinationError, SchemaLanguage};

/// The id that a registry assigns to a schema; messages begin with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SchemaId(pub u32);

impl SchemaId {
    /// The prefix of a message: Confluent's magic byte and the id.
    pub const fn frame(self) -> [u8; 5] {
        let [a, b, c, d] = self.0.to_be_bytes();
        [0, a, b, c, d]
    }
}

/// A schema registry. The schemas of a subject are its versions, and the registry ensures that they
/// are compatible.
#[async_trait]
pub trait SchemaRegistry: Send + Sync {
    /// Returns the id of `schema` under `subject`; registers it if it is not there yet.
    ///
    /// # Errors
    /// If the registry cannot be reached or denies access, or if the schema is incompatible with
    /// the latest of the subject; the message names the fields.
    async fn register(
        &self,
        subject: &str,
        language: SchemaLanguage,
        schema: &str,
    ) -> Result<SchemaId, DestinationError>;

    /// Returns the id of `schema` under `subject`, if it is registered, without changing anything.
    ///
    /// # Errors
    /// If the registry cannot be reached or denies access.
    async fn find(
        &self,
        subject: &str,
        language: SchemaLanguage,
        schema: &str,
    ) -> Result<Option<SchemaId>, DestinationError>;

    /// Whether JSON messages use it too. Those who read JSON without a registry do not expect a
    /// prefix, so this must be enabled explicitly.
    fn is_for_json(&self) -> bool;
}
