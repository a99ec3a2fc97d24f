//! Uploaded models, one file per model in a folder.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use emulator_domain::record::ModelText;
use emulator_ports::{ModelStore, RepositoryError};
use tempfile::NamedTempFile;

/// Models as `NAME.json` in a folder, each either complete or absent.
#[derive(Clone, Debug)]
pub struct FolderModels {
    folder: PathBuf,
}

impl FolderModels {
    /// In `folder`, which is created with the first model.
    pub const fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.json"))
    }

    async fn change(
        &self,
        change: impl FnOnce(&Self) -> io::Result<()> + Send + 'static,
    ) -> Result<(), RepositoryError> {
        let this = self.clone();
        let changed = tokio::task::spawn_blocking(move || change(&this)).await;
        let changed = changed
            .map_err(io::Error::other)
            .and_then(|changed| changed);
        changed.map_err(|error| RepositoryError {
            action: "kept",
            why: format!("{}: {error}", self.folder.display()),
        })
    }
}

/// Syncs the folder, so that a power failure does not undo what was reported as done.
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[async_trait]
impl ModelStore for FolderModels {
    async fn put(&self, model: &ModelText) -> Result<(), RepositoryError> {
        let (name, json) = (model.name.clone(), model.json.clone());
        self.change(move |this| {
            fs::create_dir_all(&this.folder)?;
            let mut file = NamedTempFile::new_in(&this.folder)?;
            file.write_all(json.as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(this.path(&name))?;
            sync(&this.folder)
        })
        .await
    }

    async fn remove(&self, name: &str) -> Result<(), RepositoryError> {
        let name = name.to_owned();
        self.change(move |this| match fs::remove_file(this.path(&name)) {
            Ok(()) => sync(&this.folder),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(json: &str) -> ModelText {
        ModelText {
            name: "shop".to_owned(),
            json: json.into(),
            digest: String::new(),
        }
    }

    #[tokio::test]
    async fn a_model_is_there_until_it_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let models = FolderModels::new(folder.path().join("models"));
        models.remove("shop").await.unwrap();
        for json in ["{}", "{\"model\":1}"] {
            models.put(&model(json)).await.unwrap();
            assert_eq!(fs::read_to_string(models.path("shop")).unwrap(), json);
        }
        models.remove("shop").await.unwrap();
        assert_eq!(fs::read_dir(&models.folder).unwrap().count(), 0);
        let file = FolderModels::new(folder.path().join("file"));
        fs::write(&file.folder, "").unwrap();
        let told = file.put(&model("{}")).await.unwrap_err().to_string();
        assert!(
            told.contains("cannot be kept") && told.contains("file"),
            "{told}"
        );
    }
}
