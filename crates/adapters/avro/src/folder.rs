//! A folder with backups.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use platform_avro::Codec;
use warehouse_domain::dictionary::Table;
use warehouse_ports::{Backup, BackupError};

use crate::name;

/// Prefix of files that are still being written.
pub(crate) const UNFINISHED: &str = ".unfinished-";

/// Backups as files in a folder, which is created along with the first one. A file is written under
/// a temporary name, synced to disk and renamed; its name contains time, row count and digest.
#[derive(Clone, Debug)]
pub struct BackupFolder {
    folder: PathBuf,
    codec: Codec,
    keep: usize,
}

impl BackupFolder {
    /// Backups in `folder`. New ones are compressed with `codec`; the newest `keep` of each table
    /// remain.
    ///
    /// # Panics
    /// If `keep` is 0.
    pub fn new(folder: PathBuf, codec: Codec, keep: usize) -> Self {
        assert!(keep > 0, "at least one backup is kept");
        Self {
            folder,
            codec,
            keep,
        }
    }

    /// Removes files that a dead process left unfinished. Call it only while no other process
    /// writes.
    ///
    /// # Errors
    /// If the folder cannot be read or a file cannot be removed.
    pub fn remove_unfinished(&self) -> Result<(), BackupError> {
        let removed = self.files().and_then(|files| {
            let mut unfinished = files
                .into_iter()
                .filter(|(name, _)| name.starts_with(UNFINISHED));
            unfinished.try_for_each(|(name, _)| fs::remove_file(self.folder.join(name)))
        });
        removed.map_err(|error: io::Error| self.failure("cannot be tidied", &error))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn codec(&self) -> Codec {
        self.codec
    }

    pub(crate) fn failure(&self, what: &str, error: &io::Error) -> BackupError {
        BackupError::Failed(format!(
            "a backup in {} {what}: {error}; check the folder, its permissions and its disk; \
             earlier backups are as they were",
            self.folder.display()
        ))
    }

    pub(crate) fn remove_old(&self, table: &Table) -> io::Result<()> {
        let own = self
            .backups(table)?
            .into_iter()
            .filter(|it| it.digest.is_some());
        for old in own.skip(self.keep) {
            fs::remove_file(self.folder.join(old.name))?;
        }
        Ok(())
    }

    pub(crate) fn backups(&self, table: &Table) -> io::Result<Vec<Backup>> {
        let table = table.name().as_str();
        let mut backups: Vec<Backup> = self
            .files()?
            .into_iter()
            .filter_map(|(name, bytes)| name::read(table, &name, bytes))
            .collect();
        backups.sort_by(|a, b| {
            b.taken_at
                .cmp(&a.taken_at)
                .then_with(|| a.name.cmp(&b.name))
        });
        Ok(backups)
    }

    /// Names and sizes of the files.
    fn files(&self) -> io::Result<Vec<(String, u64)>> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut files = Vec::new();
        for entry in entries {
            let entry = entry?;
            let metadata = match entry.metadata() {
                Ok(metadata) => metadata,
                // Another process removed it in the meantime.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            if let (true, Ok(name)) = (metadata.is_file(), entry.file_name().into_string()) {
                files.push((name, metadata.len()));
            }
        }
        Ok(files)
    }
}
