//! `/models`.

use emulator_application::models::OfferedModel;
use emulator_domain::Dataset;
use serde::Serialize;
use utoipa::ToSchema;

/// The models by name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ModelList {
    models: Vec<ModelAnswer>,
}

/// A model that runs may be of.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Model)]
pub(crate) struct ModelAnswer {
    /// Its name.
    name: String,
    /// SHA-256 of its text: equal models have equal digests.
    digest: String,
    /// Its streams, as `emulation_domain` names them; parents first.
    streams: Vec<String>,
    /// Whether it is a file of `models.dir`, which no request changes.
    fixed: bool,
}

impl From<&OfferedModel> for ModelAnswer {
    fn from(offered: &OfferedModel) -> Self {
        let streams = offered.model.streams().iter().cloned();
        Self {
            name: offered.model.name().to_owned(),
            digest: offered.model.text().digest.clone(),
            streams: streams
                .map(|stream| Dataset::from(stream).to_string())
                .collect(),
            fixed: offered.is_fixed,
        }
    }
}

impl ModelList {
    /// A list of these models.
    pub(crate) fn new(models: &[OfferedModel]) -> Self {
        Self {
            models: models.iter().map(ModelAnswer::from).collect(),
        }
    }
}
