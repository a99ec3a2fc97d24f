//! Backups in memory.

use std::cmp::Reverse;
use std::sync::{Arc, Mutex};

use warehouse_domain::batch::RowBatch;
use warehouse_domain::dictionary::Table;
use warehouse_domain::name::Name;
use warehouse_ports::{Backup, BackupError, BackupReader, BackupWriter, Backups};

use super::{Journal, lines};

/// Backups of a table that are kept.
const KEPT: usize = 3;

#[derive(Clone)]
struct Copy {
    table: Name,
    backup: Backup,
    batches: Vec<RowBatch>,
}

#[derive(Clone)]
pub(crate) struct MemoryBackups {
    copies: Arc<Mutex<Vec<Copy>>>,
    journal: Arc<Journal>,
}

impl MemoryBackups {
    pub(super) fn new(journal: Arc<Journal>) -> Self {
        let copies = Arc::default();
        Self { copies, journal }
    }

    /// Puts a backup there that this program has made at some time, or another one has.
    pub(crate) fn put(&self, table: &Table, name: &str, at: Option<i64>, batches: Vec<RowBatch>) {
        let rows = batches.iter().map(|batch| batch.len() as u64).sum();
        let backup = Backup {
            name: name.to_owned(),
            taken_at: at,
            rows: at.map(|_| rows),
            digest: at.map(|at| format!("{at:064x}")),
            bytes: 1,
        };
        self.copies.lock().unwrap().push(Copy {
            table: table.name().clone(),
            backup,
            batches,
        });
    }

    /// The rows of a backup.
    pub(crate) fn lines(&self, name: &str) -> Vec<String> {
        let copies = self.copies.lock().unwrap();
        let copy = copies.iter().find(|copy| copy.backup.name == name).unwrap();
        copy.batches.iter().flat_map(lines).collect()
    }

    fn of(&self, table: &Table) -> Vec<Copy> {
        let mut copies = self.copies.lock().unwrap().clone();
        copies.retain(|copy| copy.table == *table.name());
        copies.sort_by_key(|copy| (Reverse(copy.backup.taken_at), copy.backup.name.clone()));
        copies
    }
}

impl Backups for MemoryBackups {
    fn create(&self, table: Arc<Table>) -> Result<Box<dyn BackupWriter>, BackupError> {
        let noted = self.journal.note("backups.create");
        noted.map_err(BackupError::Failed)?;
        Ok(Box::new(MemoryWriter {
            table,
            batches: Vec::new(),
            backups: self.clone(),
        }))
    }

    fn list(&self, table: &Table) -> Result<Vec<Backup>, BackupError> {
        Ok(self.of(table).into_iter().map(|copy| copy.backup).collect())
    }

    fn open(
        &self,
        table: Arc<Table>,
        name: Option<&str>,
    ) -> Result<Box<dyn BackupReader>, BackupError> {
        let noted = self.journal.note("backups.open");
        noted.map_err(BackupError::Failed)?;
        let mut copies = self.of(&table).into_iter();
        let copy = copies.find(|copy| name.is_none_or(|name| copy.backup.name == name));
        let copy = copy.ok_or_else(|| BackupError::NotFound("there is none".to_owned()))?;
        Ok(Box::new(MemoryReader {
            copy,
            at: 0,
            journal: self.journal.clone(),
        }))
    }
}

struct MemoryWriter {
    table: Arc<Table>,
    batches: Vec<RowBatch>,
    backups: MemoryBackups,
}

impl BackupWriter for MemoryWriter {
    fn add(&mut self, rows: &RowBatch) -> Result<(), BackupError> {
        let noted = self.backups.journal.note("backup.add");
        noted.map_err(BackupError::Failed)?;
        if !rows.is_empty() {
            self.batches.push(rows.clone());
        }
        Ok(())
    }

    fn finish(self: Box<Self>, taken_at: i64) -> Result<Backup, BackupError> {
        let noted = self.backups.journal.note("backup.finish");
        noted.map_err(BackupError::Failed)?;
        let name = format!("{}-{taken_at}", self.table.name());
        let (backups, table) = (&self.backups, &self.table);
        backups.put(table, &name, Some(taken_at), self.batches);
        let own = |copy: &Copy| copy.backup.taken_at.is_some();
        let old = backups.of(table).into_iter().filter(own).skip(KEPT);
        let old: Vec<String> = old.map(|copy| copy.backup.name).collect();
        let mut copies = backups.copies.lock().unwrap();
        copies.retain(|copy| copy.table != *table.name() || !old.contains(&copy.backup.name));
        let made = copies.iter().find(|copy| copy.backup.name == name);
        Ok(made.unwrap().backup.clone())
    }
}

struct MemoryReader {
    copy: Copy,
    at: usize,
    journal: Arc<Journal>,
}

impl BackupReader for MemoryReader {
    fn name(&self) -> &str {
        &self.copy.backup.name
    }

    fn is_own(&self) -> bool {
        self.copy.backup.taken_at.is_some()
    }

    fn next(&mut self) -> Result<Option<RowBatch>, BackupError> {
        let noted = self.journal.note("backup.next");
        noted.map_err(BackupError::Invalid)?;
        self.at += 1;
        Ok(self.copy.batches.get(self.at - 1).cloned())
    }

    fn rewind(&mut self) -> Result<(), BackupError> {
        let noted = self.journal.note("backup.rewind");
        noted.map_err(BackupError::Failed)?;
        self.at = 0;
        Ok(())
    }
}
