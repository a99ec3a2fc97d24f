//! One row per id. The positions, and the log that they refer to, change in the same transactions.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use pipeline_domain::arrival::Seen;
use pipeline_domain::log::{Offsets, Partition};
use pipeline_domain::source::Source;
use pipeline_ports::{Arrivals, Durability, PortError, PortErrorKind};
use redb::{
    Database, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction,
};

use crate::failure::{FileError, OpenError};
use crate::file::{self, OnDamage, StoreLayout};

/// The topics on which an id has arrived.
const SEEN: TableDefinition<'_, i64, u8> = TableDefinition::new("seen");
/// The next offset of a partition, by source number and partition number.
const POSITIONS: TableDefinition<'_, (u8, i32), i64> = TableDefinition::new("positions");
/// Texts by name.
const NOTES: TableDefinition<'_, &str, &str> = TableDefinition::new("notes");

const LOG: &str = "log";
const VERSION_NOTE: &str = "version";
const VERSION: u32 = 1;

const LAYOUT: StoreLayout<()> = StoreLayout {
    name: "arrivals",
    // Consecutive ids are adjacent: this holds the last few million.
    cache_bytes: 24 << 20,
    version: VERSION,
    make,
    examine,
};

/// Keeps arrivals in the file `arrivals.redb` of a folder, some 20 bytes per id. The file's cache
/// bounds the memory.
pub struct RedbArrivals {
    shared: Arc<Shared>,
}

struct Shared {
    database: Database,
    place: file::FileLocation,
}

impl RedbArrivals {
    /// Opens the state in `folder`, or creates it along with the folder if necessary. Reads
    /// everything once to check that it is intact. Blocks.
    ///
    /// # Errors
    /// If the folder or the file cannot be used, as [`OpenError`] says. A damaged file is never
    /// written to; it is renamed if `on_damage` says so.
    pub fn open(folder: &Path, on_damage: OnDamage) -> Result<Self, OpenError> {
        let (place, database, _) = file::open(folder, &LAYOUT, on_damage)?;
        Ok(Self {
            shared: Arc::new(Shared { database, place }),
        })
    }

    async fn on_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Database) -> Result<T, FileError> + Send + 'static,
    ) -> Result<T, PortError> {
        let shared = self.shared.clone();
        let done = tokio::task::spawn_blocking(move || work(&shared.database)).await;
        let why = match done {
            Ok(Ok(done)) => return Ok(done),
            Ok(Err(error)) => error.sentence(),
            Err(panicked) => panicked.to_string(),
        };
        let path: &PathBuf = &self.shared.place.path;
        // What was not stored is read from the log again, once the file can be used.
        Err(PortError {
            kind: PortErrorKind::Refused,
            message: format!("{}: {why}", path.display()),
        })
    }

    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&ReadTransaction) -> Result<T, FileError> + Send + 'static,
    ) -> Result<T, PortError> {
        self.on_thread(move |database| read(&database.begin_read()?))
            .await
    }
}

#[async_trait]
impl Arrivals for RedbArrivals {
    async fn log(&self) -> Result<Option<String>, PortError> {
        self.read(|transaction| {
            let log = transaction.open_table(NOTES)?.get(LOG)?;
            Ok(log.map(|log| log.value().to_owned()))
        })
        .await
    }

    async fn positions(&self) -> Result<Offsets, PortError> {
        self.read(positions).await
    }

    async fn seen(&self, ids: Vec<i64>) -> Result<Vec<Seen>, PortError> {
        self.read(move |transaction| {
            let table = transaction.open_table(SEEN)?;
            ids.into_iter()
                .map(|id| match table.get(id)? {
                    Some(bits) => seen(id, bits.value()),
                    None => Ok(Seen::NONE),
                })
                .collect()
        })
        .await
    }

    async fn save(
        &self,
        log: &str,
        changes: Vec<(i64, Seen)>,
        positions: &Offsets,
        durability: Durability,
    ) -> Result<(), PortError> {
        let (log, positions) = (log.to_owned(), positions.clone());
        self.on_thread(move |database| {
            let mut transaction = database.begin_write()?;
            let durability = match durability {
                Durability::Now => redb::Durability::Immediate,
                Durability::Later => redb::Durability::None,
            };
            transaction
                .set_durability(durability)
                .map_err(|error| FileError::Damaged(error.to_string()))?;
            write(&transaction, &log, changes, &positions)?;
            Ok(transaction.commit()?)
        })
        .await
    }
}

fn make(transaction: &WriteTransaction) -> Result<(), FileError> {
    transaction.open_table(SEEN)?;
    transaction.open_table(POSITIONS)?;
    let mut notes = transaction.open_table(NOTES)?;
    notes.insert(VERSION_NOTE, VERSION.to_string().as_str())?;
    Ok(())
}

fn write(
    transaction: &WriteTransaction,
    log: &str,
    changes: Vec<(i64, Seen)>,
    next: &Offsets,
) -> Result<(), FileError> {
    let mut table = transaction.open_table(SEEN)?;
    for (id, seen) in changes {
        table.insert(id, seen.to_bits())?;
    }
    let mut table = transaction.open_table(POSITIONS)?;
    for (partition, next) in next.iter() {
        let source = partition.source.number() as u8;
        table.insert((source, partition.number), next)?;
    }
    transaction.open_table(NOTES)?.insert(LOG, log)?;
    Ok(())
}

fn positions(transaction: &ReadTransaction) -> Result<Offsets, FileError> {
    let table = transaction.open_table(POSITIONS)?;
    let mut positions = Offsets::default();
    for entry in table.iter()? {
        let (partition, next) = entry?;
        let (number, partition) = partition.value();
        let source = Source::ALL
            .into_iter()
            .find(|source| source.number() == usize::from(number))
            .ok_or_else(|| FileError::Damaged(format!("it speaks of source {number}")))?;
        positions.advance(
            Partition {
                source,
                number: partition,
            },
            next.value(),
        );
    }
    Ok(positions)
}

fn seen(id: i64, bits: u8) -> Result<Seen, FileError> {
    Seen::from_bits(bits)
        .ok_or_else(|| FileError::Damaged(format!("id {id} was seen on sources {bits:#b}")))
}

fn examine(transaction: &ReadTransaction) -> Result<(), FileError> {
    let version = transaction.open_table(NOTES)?.get(VERSION_NOTE)?;
    let version = version.and_then(|version| version.value().parse().ok());
    match version {
        Some(VERSION) => {}
        Some(other) => return Err(FileError::Version(other)),
        None => return Err(FileError::Damaged("it has no version".to_owned())),
    }
    positions(transaction)?;
    for entry in transaction.open_table(SEEN)?.iter()? {
        let (id, bits) = entry?;
        seen(id.value(), bits.value())?;
    }
    Ok(())
}
