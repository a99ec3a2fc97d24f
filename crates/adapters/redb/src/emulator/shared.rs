//! State shared by the readers and the writer.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use emulator_domain::GENERATOR_VERSION;
use emulator_domain::emulation::{Emulation, EmulationId};
use emulator_ports::RepositoryError;
use redb::Database;

use super::models::Models;
use super::row;
use super::tables::{self, Retention};
use crate::file::{FileLocation, StoreLayout};

pub(super) const LAYOUT: StoreLayout<Vec<Emulation>> = StoreLayout {
    name: "emulations",
    cache_bytes: 4 << 20,
    version: row::VERSION,
    make: tables::make,
    examine: |transaction| tables::examine(transaction, GENERATOR_VERSION),
};

/// The file, and what is not in it yet.
pub(crate) struct Shared {
    /// `None` between a failure and the next attempt.
    database: RwLock<Option<Database>>,
    memory: Mutex<Memory>,
    pub(crate) models: Models,
    pub(crate) keep: Retention,
    pub(crate) place: FileLocation,
}

/// State that is not in the file.
#[derive(Default)]
pub(crate) struct Memory {
    /// Ended runs that could not be written yet.
    pub(crate) ended: HashMap<EmulationId, Emulation>,
    /// Why the last write failed, if it did.
    pub(crate) failure: Option<String>,
}

impl Shared {
    pub(crate) fn new(place: FileLocation, database: Database, keep: Retention) -> Self {
        Self {
            database: RwLock::new(Some(database)),
            memory: Mutex::default(),
            models: Models::default(),
            keep,
            place,
        }
    }

    pub(crate) fn database(&self) -> RwLockReadGuard<'_, Option<Database>> {
        // Only ever assigned as a whole, so a poisoned lock is harmless.
        self.database.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn database_mut(&self) -> RwLockWriteGuard<'_, Option<Database>> {
        self.database
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn memory(&self) -> MutexGuard<'_, Memory> {
        // Every statement leaves each entry consistent, so a poisoned lock is harmless.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why the last write failed, if it did.
    pub(crate) fn failure(&self) -> Option<String> {
        self.memory().failure.clone()
    }

    pub(crate) fn not_kept(&self, why: &str) -> RepositoryError {
        RepositoryError {
            action: "kept",
            why: self.in_file(why),
        }
    }

    pub(crate) fn in_file(&self, why: &str) -> String {
        format!("{}: {why}", self.place.path.display())
    }
}
