//! State shared by the readers and the writer of tasks.

use std::sync::{PoisonError, RwLock};

use compute_ports::RepositoryError;
use redb::Database;

use super::tables::LAYOUT;
use crate::failure::FileError;
use crate::file::{self, FileLocation};

/// The file.
pub(super) struct Shared {
    /// Closed after a failure, until the next write, and at the end.
    database: RwLock<Option<Database>>,
    /// Released after the database is closed; otherwise the next process would find it open.
    place: FileLocation,
}

impl Shared {
    pub(super) fn new(place: FileLocation, database: Database) -> Self {
        Self {
            database: RwLock::new(Some(database)),
            place,
        }
    }

    pub(super) fn with_database<T>(
        &self,
        work: impl FnOnce(&Database) -> Result<T, FileError>,
    ) -> Result<T, FileError> {
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        match &*database {
            Some(database) => work(database),
            None => {
                let error = std::io::Error::other("an earlier write to it failed");
                Err(FileError::Io(error))
            }
        }
    }

    pub(super) fn reopen_after_failure(&self) -> Result<(), FileError> {
        let mut database = self
            .database
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if database.is_none() {
            *database = Some(file::database(&self.place.path, LAYOUT.cache_bytes)?);
        }
        Ok(())
    }

    /// Waits for reads to end, then closes the file.
    pub(super) fn close(&self) {
        *self
            .database
            .write()
            .unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub(super) fn error(&self, error: &FileError) -> RepositoryError {
        RepositoryError(format!(
            "{}: {}",
            self.place.path.display(),
            error.sentence()
        ))
    }
}
