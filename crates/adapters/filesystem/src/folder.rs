//! Objects as files in a folder.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Component, Path, PathBuf};

use async_trait::async_trait;
use emulator_domain::plan::Format;
use emulator_ports::{
    DestinationError, DestinationErrorKind, Finished, ObjectSource, ObjectStore, ObjectWriter,
};

use crate::failure::failure;
use crate::partial::Partial;

/// Stores each object as a file, and each container as a folder below a root.
///
/// A file is written as `.NAME.partial` in its final folder and renamed once it is complete and on
/// disk (`fsync` of the file, then of its folder). What a crash leaves under such a name is
/// overwritten when the same object is written again, and removed when it is reclaimed. Needs a
/// Unix file system with locks.
///
/// Symbolic links that lead out of the root are refused, whether in place of a folder or of a file.
/// The root itself may be one.
#[derive(Clone, Debug)]
pub struct FolderStore {
    root: PathBuf,
}

impl FolderStore {
    /// A store below `root`, which is created along with the first container.
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// The path of an object, whether or not it exists.
    ///
    /// # Errors
    /// If the name, or a symbolic link on the way, leads out of its container or the root.
    pub fn path(&self, container: &str, name: &str) -> Result<PathBuf, DestinationError> {
        let stays_inside = |path: &Path| {
            path.components().next().is_some()
                && path
                    .components()
                    .all(|part| matches!(part, Component::Normal(_)))
        };
        let (folder, file) = (Path::new(container), Path::new(name));
        if !stays_inside(folder) || !stays_inside(file) || name.ends_with('/') {
            let message = format!(
                "cannot keep an object {name:?} of {container:?} below {}: \
                 names are relative paths without . and ..",
                self.root.display()
            );
            return Err(DestinationError::new(
                DestinationErrorKind::Refused,
                message,
            ));
        }
        let path = self.root.join(folder).join(file);
        self.follow(&path)?;
        Ok(path)
    }

    /// Follows the links on the way to `path`. A missing component leads nowhere.
    fn follow(&self, path: &Path) -> Result<(), DestinationError> {
        let real = |path: &Path| match fs::canonicalize(path) {
            Ok(real) => Ok(Some(real)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failure("find", path, error)),
        };
        let Some(root) = real(&self.root)? else {
            return Ok(());
        };
        for path in path.ancestors() {
            let Some(real) = real(path)? else { continue };
            if real.starts_with(&root) {
                break;
            }
            let message = format!(
                "cannot use {}: a symbolic link leads from there to {}, out of the folder {}; put \
                 the files there in its place",
                path.display(),
                real.display(),
                self.root.display()
            );
            return Err(DestinationError::new(
                DestinationErrorKind::Refused,
                message,
            ));
        }
        Ok(())
    }
}

#[async_trait]
impl ObjectStore for FolderStore {
    async fn prepare(&self, container: &str) -> Result<(), DestinationError> {
        let folder = self.path(container, "any")?.with_file_name("");
        fs::create_dir_all(&folder).map_err(|error| failure("create the folder", &folder, error))
    }

    async fn probe(&self) -> Result<(), DestinationError> {
        // The root is created on demand; until then, its nearest existing ancestor counts.
        for folder in self.root.ancestors() {
            let folder = if folder == Path::new("") {
                Path::new(".")
            } else {
                folder
            };
            let found = match fs::metadata(folder) {
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => Err(error),
                Ok(found) if !found.is_dir() => Err(ErrorKind::NotADirectory.into()),
                Ok(found) if found.permissions().readonly() => {
                    Err(ErrorKind::PermissionDenied.into())
                }
                Ok(_) => Ok(()),
            };
            return found.map_err(|error| failure("write to", folder, error));
        }
        Err(failure("write to", &self.root, ErrorKind::NotFound.into()))
    }

    async fn create(
        &self,
        container: &str,
        name: &str,
        _format: Format,
    ) -> Result<Box<dyn ObjectWriter>, DestinationError> {
        let path = self.path(container, name)?;
        let begun = Partial::begin(path.clone()).or_else(|error| match path.parent() {
            // Folders within the container are created on demand.
            Some(folder) if error.kind() == ErrorKind::NotFound && name.contains('/') => {
                fs::create_dir_all(folder)?;
                Partial::begin(path.clone())
            }
            _ => Err(error),
        });
        let partial = begun.map_err(|error| failure("write", &path, error))?;
        Ok(Box::new(FileWriter(partial)))
    }

    /// Removes files that were left under their temporary name.
    async fn reclaim(&self, container: &str, names: &[String]) -> Result<(), DestinationError> {
        for name in names {
            let path = self.path(container, name)?;
            Partial::reclaim(path.clone()).map_err(|error| failure("clear", &path, error))?;
        }
        Ok(())
    }

    /// Removes the objects with that prefix whose names are `unwanted`.
    async fn remove(
        &self,
        container: &str,
        prefix: &str,
        unwanted: &(dyn for<'n> Fn(&'n str) -> bool + Sync),
    ) -> Result<u64, DestinationError> {
        let mut names = Vec::new();
        let mut note = |name: &str| {
            if unwanted(name) {
                names.push(name.to_owned());
            }
        };
        self.list(container, prefix, &mut note).await?;
        for name in &names {
            let path = self.path(container, name)?;
            fs::remove_file(&path).map_err(|error| failure("remove", &path, error))?;
        }
        Ok(names.len() as u64)
    }

    /// The root as an absolute path; links are not followed.
    fn location(&self) -> String {
        let root = std::path::absolute(&self.root).unwrap_or_else(|_| self.root.clone());
        format!("directory {}", root.display())
    }

    /// Finishing is mostly waiting for the disk, which syncs several files at once.
    fn concurrency(&self) -> usize {
        16
    }
}

struct FileWriter(Partial);

#[async_trait]
impl ObjectWriter for FileWriter {
    async fn write(&mut self, bytes: &[u8]) -> Result<(), DestinationError> {
        let written = self.0.file().write_all(bytes);
        written.map_err(|error| failure("write", self.0.path(), error))
    }

    /// Must be called within a Tokio runtime, whose blocking threads wait for the disk.
    fn finish(self: Box<Self>) -> Finished {
        let path = self.0.path().to_owned();
        let finishing = tokio::task::spawn_blocking(move || self.0.finish());
        Box::pin(async move {
            let finished = finishing
                .await
                .unwrap_or_else(|stopped| Err(stopped.into()));
            finished.map_err(|error| failure("finish", &path, error))
        })
    }
}
