//! The model of a run, kept with it: what is needed to make its records again.

use emulator_domain::Dataset;
use emulator_domain::record::ModelText;
use emulator_model::{Model, ModelErrors, Node};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A model by content.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RecordedModel {
    /// SHA-256 of the text, in hexadecimal.
    digest: String,
    /// The model, in the order in which it was written.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    text: Box<RawValue>,
}

/// What was kept is no longer the model that it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordedModelError {
    /// It cannot be read.
    #[error("invalid model: {0}")]
    Unreadable(String),
    /// It is none, or none for this release.
    #[error("invalid model: {0}")]
    Invalid(#[from] ModelErrors),
    /// It was changed, or the release that wrote it made other records of it.
    #[error(
        "invalid digest {stated} of the model; its text has {own}: it was changed, or another release wrote it"
    )]
    Changed {
        /// As was kept with it.
        stated: String,
        /// As it is.
        own: String,
    },
}

impl RecordedModel {
    /// The model, ready to make records.
    ///
    /// # Errors
    /// If it is not what it was when it was kept.
    pub fn compile(&self) -> Result<Model, RecordedModelError> {
        let node: Node = serde_json::from_str(self.text.get())
            .map_err(|error| RecordedModelError::Unreadable(error.to_string()))?;
        let model = Model::compile(&node)?;
        if model.text().digest != self.digest {
            return Err(RecordedModelError::Changed {
                stated: self.digest.clone(),
                own: model.text().digest.clone(),
            });
        }
        Ok(model)
    }
}

impl From<&ModelText> for RecordedModel {
    fn from(model: &ModelText) -> Self {
        let text = RawValue::from_string(model.json.to_string());
        Self {
            digest: model.digest.clone(),
            text: text.expect("the text of a model is JSON"),
        }
    }
}

/// The model of a dataset, if it has one.
pub fn recorded_model(dataset: &Dataset) -> Option<RecordedModel> {
    let stream = dataset.stream()?;
    Some(stream.model().into())
}

impl PartialEq for RecordedModel {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest && self.text.get() == other.text.get()
    }
}
