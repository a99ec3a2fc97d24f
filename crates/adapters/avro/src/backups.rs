//! Writes, lists and reads backups.

use std::fs::File;
use std::io::{self, Seek};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use warehouse_domain::dictionary::Table;
use warehouse_ports::{Backup, BackupError, BackupReader, BackupWriter, Backups};

use crate::BackupFolder;
use crate::reader::AvroReader;
use crate::writer::AvroWriter;

impl Backups for BackupFolder {
    fn create(&self, table: Arc<Table>) -> Result<Box<dyn BackupWriter>, BackupError> {
        match AvroWriter::create(self.clone(), table) {
            Ok(writer) => Ok(Box::new(writer)),
            Err(error) => Err(self.failure("cannot be created", &error)),
        }
    }

    fn list(&self, table: &Table) -> Result<Vec<Backup>, BackupError> {
        self.backups(table)
            .map_err(|error| self.failure("cannot be listed", &error))
    }

    fn open(
        &self,
        table: Arc<Table>,
        name: Option<&str>,
    ) -> Result<Box<dyn BackupReader>, BackupError> {
        let mut backups = self.list(&table)?.into_iter();
        // Only listed names are accepted: others may lead out of the folder.
        let found = backups.find(|backup| name.is_none_or(|name| backup.name == name));
        let Some(backup) = found else {
            return Err(BackupError::NotFound(match name {
                None => format!("there is no backup of {} yet; make one first", table.name()),
                Some(_) => format!(
                    "there is no backup of that name of {}; the list of its backups has the names",
                    table.name()
                ),
            }));
        };
        let mut file = File::open(self.path().join(&backup.name))
            .map_err(|error| self.failure("cannot be opened", &error))?;
        // Avro's uncompressed and deflated blocks have no checksum of their own.
        if let Some(digest) = &backup.digest {
            let found =
                digest_of(&mut file).map_err(|error| self.failure("cannot be read", &error))?;
            if found != *digest {
                return Err(BackupError::Invalid(format!(
                    "the backup {} cannot be restored: its bytes are not those that were written \
                     (SHA-256); restore another one",
                    backup.name
                )));
            }
        }
        let is_own = backup.digest.is_some();
        let reader = AvroReader::open(&backup.name, is_own, file, table)?;
        Ok(Box::new(reader))
    }
}

/// Reads the whole file and rewinds to its start.
fn digest_of(file: &mut File) -> io::Result<String> {
    let mut digest = Sha256::new();
    io::copy(file, &mut digest)?;
    file.rewind()?;
    Ok(format!("{:x}", digest.finalize()))
}
