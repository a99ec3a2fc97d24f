//! The models that the service offers at its start.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use adapter_filesystem::FolderModels;
use adapter_models::Syntax;
use anyhow::Context;
use emulator_application::models::{Models, OfferedModel};
use emulator_model::{Model, ModelErrors};
use emulator_ports::ModelStore;

use crate::settings::ServiceSettings;

/// The models in the folder of the settings, those stored in the data folder, and the built-in
/// world.
///
/// # Errors
/// If a file contains no valid model, or two contain models of the same name.
pub(crate) fn offered(
    settings: &ServiceSettings,
    data_dir: Option<&Path>,
) -> anyhow::Result<Models> {
    let kept = data_dir.map(|folder| folder.join("models"));
    let mut models: Vec<OfferedModel> = Vec::new();
    for (folder, is_fixed) in [(&settings.models_dir, true), (&kept, false)] {
        let Some(folder) = folder else { continue };
        for file in files(folder, is_fixed)? {
            let model = adapter_models::read(&file)?;
            let same = models
                .iter()
                .find(|other| other.model.name() == model.name());
            match same {
                // The folder of the settings takes precedence.
                Some(other) if other.is_fixed && !is_fixed => continue,
                Some(_) => anyhow::bail!(
                    "models.dir: {} has a model of the name '{}', which another file has, too",
                    file.display(),
                    model.name()
                ),
                None => models.push(OfferedModel { model, is_fixed }),
            }
        }
    }
    let store = kept.map(|folder| Arc::new(FolderModels::new(folder)) as Arc<dyn ModelStore>);
    Ok(Models::new(models, store).with_builtin(adapter_models::builtin()))
}

/// The model files of a folder, by name. A default folder need not exist.
fn files(folder: &Path, must_exist: bool) -> anyhow::Result<Vec<PathBuf>> {
    if !must_exist && !folder.exists() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(folder);
    let entries = entries.with_context(|| format!("models.dir: {}", folder.display()))?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    let mut paths: Vec<_> = paths.collect::<Result<_, _>>()?;
    paths.retain(|path| path.is_file() && Syntax::of_path(path).is_some());
    paths.sort();
    Ok(paths)
}

/// Parses a submitted model.
///
/// # Errors
/// The errors of the model.
pub(crate) fn read(text: &str) -> Result<Model, ModelErrors> {
    adapter_models::read_text(text, Syntax::of_text(text))
}
