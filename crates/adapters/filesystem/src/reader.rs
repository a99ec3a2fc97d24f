//! Reads files back.

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use emulator_ports::{DestinationError, ObjectReader, ObjectSource};

use crate::failure::failure;
use crate::folder::FolderStore;
use crate::partial::is_partial;

/// Bytes per read.
const PIECE: u64 = 1 << 20;

#[async_trait]
impl ObjectSource for FolderStore {
    async fn open(
        &self,
        container: &str,
        name: &str,
    ) -> Result<Option<Box<dyn ObjectReader>>, DestinationError> {
        let path = self.path(container, name)?;
        // Opening a pipe would block, and a device may never end.
        let opened = match fs::metadata(&path) {
            Ok(found) if !found.is_file() => Err(ErrorKind::AlreadyExists.into()),
            Ok(_) => File::open(&path),
            Err(error) => Err(error),
        };
        match opened {
            Ok(file) => Ok(Some(Box::new(FileReader {
                file,
                path: path.into(),
            }))),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.container(container)?;
                Ok(None)
            }
            Err(error) => Err(failure("read", &path, error)),
        }
    }

    async fn len(&self, container: &str, name: &str) -> Result<Option<u64>, DestinationError> {
        let path = self.path(container, name)?;
        match fs::metadata(&path) {
            Ok(found) if found.is_file() => Ok(Some(found.len())),
            Ok(_) => Err(failure("read", &path, ErrorKind::AlreadyExists.into())),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.container(container)?;
                Ok(None)
            }
            Err(error) => Err(failure("read", &path, error)),
        }
    }

    async fn read_at(
        &self,
        container: &str,
        name: &str,
        range: Range<u64>,
    ) -> Result<Vec<u8>, DestinationError> {
        let path = self.path(container, name)?;
        let read = || {
            let mut file = File::open(&path)?;
            file.seek(SeekFrom::Start(range.start))?;
            let len = range.end - range.start;
            let mut bytes = Vec::with_capacity(len as usize);
            file.take(len).read_to_end(&mut bytes)?;
            match bytes.len() as u64 == len {
                true => Ok(bytes),
                false => Err(ErrorKind::UnexpectedEof.into()),
            }
        };
        read().map_err(|error| failure("read", &path, error))
    }

    async fn list(
        &self,
        container: &str,
        prefix: &str,
        found: &mut (dyn for<'n> FnMut(&'n str) + Send),
    ) -> Result<(), DestinationError> {
        let container = self.container(container)?;
        let folder = prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            let path = container.join(&folder);
            let told = |error| failure("list", &path, error);
            let entries = match fs::read_dir(&path) {
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                entries => entries.map_err(told)?,
            };
            for entry in entries {
                let entry = entry.map_err(told)?;
                let file = entry.file_name().to_string_lossy().into_owned();
                let name = if folder.is_empty() {
                    file.clone()
                } else {
                    format!("{folder}/{file}")
                };
                if entry.file_type().map_err(told)?.is_dir() {
                    folders.push(name);
                } else if name.starts_with(prefix) && !is_partial(&file) {
                    found(&name);
                }
            }
        }
        Ok(())
    }

    /// A single reader reads the files one after the other.
    fn concurrency(&self) -> usize {
        1
    }
}

impl FolderStore {
    /// The folder of a container, which must exist.
    fn container(&self, container: &str) -> Result<PathBuf, DestinationError> {
        let folder = self.path(container, "any")?.with_file_name("");
        match fs::metadata(&folder) {
            Ok(_) => Ok(folder),
            Err(error) => Err(failure("read", &folder, error)),
        }
    }
}

struct FileReader {
    file: File,
    path: Box<Path>,
}

#[async_trait]
impl ObjectReader for FileReader {
    async fn read(&mut self, bytes: &mut Vec<u8>) -> Result<bool, DestinationError> {
        let read = (&mut self.file).take(PIECE).read_to_end(bytes);
        match read {
            Ok(read) => Ok(read > 0),
            Err(error) => Err(failure("read", &self.path, error)),
        }
    }
}
