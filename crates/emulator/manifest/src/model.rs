//! The model of a run, stored with it, so that its records can be generated again.

use emulator_domain::Dataset;
use emulator_domain::record::ModelText;
use emulator_model::{Model, ModelErrors, Node, WORDS};
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
    /// Where the words of its `fake` fields come from, if it has any: another version has others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    words: Option<String>,
}

/// The stored model is not what it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordedModelError {
    /// It cannot be read.
    #[error("invalid model: {0}")]
    Unreadable(String),
    /// It is no valid model, or not one for this release.
    #[error("invalid model: {0}")]
    Invalid(#[from] ModelErrors),
    /// It was changed, or the release that wrote it generated other records from it.
    #[error(
        "invalid digest {stated} of the model; its text has {own}: it was changed, or another release wrote it"
    )]
    Changed {
        /// The stored digest.
        stated: String,
        /// The actual digest.
        own: String,
    },
    /// Its words are those of another version of the word lists.
    #[error("invalid words '{}'; expected {WORDS}: use the release that wrote this", .0.escape_debug())]
    OtherWords(String),
}

impl RecordedModel {
    /// The stored SHA-256 of its text.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The compiled model.
    ///
    /// # Errors
    /// If it is not what it was when it was stored.
    pub fn compile(&self) -> Result<Model, RecordedModelError> {
        let node: Node = serde_json::from_str(self.text.get())
            .map_err(|error| RecordedModelError::Unreadable(error.to_string()))?;
        if let Some(words) = self.words.as_ref().filter(|words| *words != WORDS) {
            return Err(RecordedModelError::OtherWords(words.clone()));
        }
        let model = emulator_world::compile(&node)?;
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
        // The key of a `fake` field. A false match would only require the same version of the
        // words.
        let has_words = model.json.contains("\"fake\":");
        Self {
            words: has_words.then(|| WORDS.to_owned()),
            digest: model.digest.clone(),
            text: text.expect("the text of a model is JSON"),
        }
    }
}

/// The model of a dataset, in the form to be stored.
pub fn recorded_model(dataset: &Dataset) -> Option<RecordedModel> {
    let stream = dataset.stream()?;
    Some(stream.model().into())
}

impl PartialEq for RecordedModel {
    fn eq(&self, other: &Self) -> bool {
        (&self.digest, &self.words, self.text.get())
            == (&other.digest, &other.words, other.text.get())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

    use super::*;

    fn recorded(field: &str) -> String {
        let model = format!(r#"{{"model":"m","streams":{{"s":{{"fields":{{"x":{field}}}}}}}}}"#);
        let model = Model::compile(&serde_json::from_str(&model).unwrap()).unwrap();
        serde_json::to_string(&RecordedModel::from(model.text())).unwrap()
    }

    fn compiled(json: &str) -> Result<Model, RecordedModelError> {
        serde_json::from_str::<RecordedModel>(json)
            .unwrap()
            .compile()
    }

    #[test]
    fn a_model_with_the_words_of_another_version_is_refused() {
        let own = recorded(r#"{"fake":"name.full"}"#);
        assert!(compiled(&own).is_ok());
        let other = own.replace(WORDS, "fake 4.0.0");
        assert_ne!(other, own);
        let told = compiled(&other).unwrap_err().to_string();
        assert!(
            told.contains("invalid words 'fake 4.0.0'; expected fake "),
            "{told}"
        );
        let without = own.replace(&format!(",\"words\":\"{WORDS}\""), "");
        assert_ne!(without, own);
        assert!(compiled(&without).is_ok(), "as earlier releases wrote it");
        assert!(!recorded(r#"{"uuid":{}}"#).contains("words"));
    }
}
