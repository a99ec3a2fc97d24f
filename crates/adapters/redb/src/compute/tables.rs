//! The tables of the file, and their invariants.
//!
//! A task's id is random, so in a large table each change writes a page of its own to disk. A task
//! therefore stays in a small table of its own kind until its sender knows how it ended.

use compute_domain::{Task, TaskId, Timestamp};
use compute_ports::{Admission, Unsettled};
use redb::{
    ReadTransaction, ReadableTable, ReadableTableMetadata, Table, TableDefinition, WriteTransaction,
};

use super::row;
use super::seal::{self, StateKey};
use crate::failure::FileError;
use crate::file::StoreLayout;

/// A row, and the encrypted access of a task that has not ended.
type Pending = (&'static [u8], Option<&'static [u8]>);

/// Tasks for which something remains to be done, by id.
const UNSETTLED: TableDefinition<'_, u128, Pending> = TableDefinition::new("unsettled");
/// All other tasks, by id.
const SETTLED: TableDefinition<'_, u128, &[u8]> = TableDefinition::new("settled");
/// The ids of settled tasks, by the time of their end.
const ENDED: TableDefinition<'_, (u64, u128), ()> = TableDefinition::new("ended");
/// Texts by name.
const NOTES: TableDefinition<'_, &str, &str> = TableDefinition::new("notes");

const VERSION_NOTE: &str = "version";
const VERSION: u32 = 2;

pub(super) const LAYOUT: StoreLayout<()> = StoreLayout {
    name: "tasks",
    cache_bytes: 16 << 20,
    version: VERSION,
    make,
    examine,
};

fn make(transaction: &WriteTransaction) -> Result<(), FileError> {
    Tables::open(transaction)?;
    let mut notes = transaction.open_table(NOTES)?;
    notes.insert(VERSION_NOTE, VERSION.to_string().as_str())?;
    Ok(())
}

const fn key(id: TaskId) -> u128 {
    id.uuid().as_u128()
}

fn id_of(key: u128) -> TaskId {
    TaskId::new(uuid::Uuid::from_u128(key))
}

/// When the task ended, if nothing remains to be done for it.
fn settled_at(task: &Task) -> Option<Timestamp> {
    task.ended_at().filter(|_| !task.is_callback_due())
}

/// The tables, opened for writing in a transaction.
pub(super) struct Tables<'t> {
    unsettled: Table<'t, u128, Pending>,
    settled: Table<'t, u128, &'static [u8]>,
    ended: Table<'t, (u64, u128), ()>,
}

impl<'t> Tables<'t> {
    pub(super) fn open(transaction: &'t WriteTransaction) -> Result<Self, FileError> {
        Ok(Self {
            unsettled: transaction.open_table(UNSETTLED)?,
            settled: transaction.open_table(SETTLED)?,
            ended: transaction.open_table(ENDED)?,
        })
    }

    /// Stores a new task.
    pub(super) fn add(
        &mut self,
        task: &Task,
        access: Option<&[u8]>,
    ) -> Result<Admission, FileError> {
        let id = key(task.id());
        if self.unsettled.get(id)?.is_some() || self.settled.get(id)?.is_some() {
            return Ok(Admission::Known);
        }
        self.unsettled
            .insert(id, (row::write(task).as_slice(), access))?;
        Ok(Admission::Added)
    }

    /// Replaces the stored task.
    pub(super) fn save(&mut self, task: &Task) -> Result<(), FileError> {
        let (id, row) = (key(task.id()), row::write(task));
        if let Some(end) = settled_at(task) {
            self.unsettled.remove(id)?;
            self.settled.insert(id, row.as_slice())?;
            self.ended.insert((end.millis(), id), ())?;
            return Ok(());
        }
        let mut access = None;
        if !task.status().is_end()
            && let Some(before) = self.unsettled.get(id)?
        {
            access = before.value().1.map(<[u8]>::to_vec);
        }
        self.unsettled
            .insert(id, (row.as_slice(), access.as_deref()))?;
        Ok(())
    }

    /// Deletes settled tasks that ended before `end`; returns how many.
    pub(super) fn forget(&mut self, end: Timestamp) -> Result<u64, FileError> {
        let mut forgotten = 0;
        for place in self
            .ended
            .extract_from_if(..(end.millis(), 0), |_, ()| true)?
        {
            let (_, id) = place?.0.value();
            self.settled.remove(id)?;
            forgotten += 1;
        }
        Ok(forgotten)
    }
}

pub(super) fn find(transaction: &ReadTransaction, id: TaskId) -> Result<Option<Task>, FileError> {
    if let Some(found) = transaction.open_table(UNSETTLED)?.get(key(id))? {
        return row::read(id, found.value().0).map(Some);
    }
    let found = transaction.open_table(SETTLED)?.get(key(id))?;
    found.map(|row| row::read(id, row.value())).transpose()
}

/// The unsettled tasks, in order of acceptance.
pub(super) fn unsettled(
    transaction: &ReadTransaction,
    state_key: Option<&StateKey>,
) -> Result<Vec<Unsettled>, FileError> {
    let mut unsettled = Vec::new();
    for entry in transaction.open_table(UNSETTLED)?.iter()? {
        let (id, kept) = entry?;
        let id = id_of(id.value());
        let (row, sealed) = kept.value();
        unsettled.push(Unsettled {
            task: row::read(id, row)?,
            access: seal::open(state_key, id, sealed),
        });
    }
    unsettled.sort_by_key(|one| (one.task.accepted_at(), one.task.id()));
    Ok(unsettled)
}

/// Reads everything and checks that it is consistent.
fn examine(transaction: &ReadTransaction) -> Result<(), FileError> {
    let version = transaction.open_table(NOTES)?.get(VERSION_NOTE)?;
    match version.and_then(|version| version.value().parse().ok()) {
        Some(VERSION) => {}
        Some(other) => return Err(FileError::Version(other)),
        None => return Err(FileError::Damaged("it has no version".to_owned())),
    }
    let apart = || FileError::Damaged("tasks and their lists do not belong together".to_owned());
    let settled = transaction.open_table(SETTLED)?;
    let ended = transaction.open_table(ENDED)?;
    for entry in transaction.open_table(UNSETTLED)?.iter()? {
        let (id, kept) = entry?;
        let task = row::read(id_of(id.value()), kept.value().0)?;
        if settled_at(&task).is_some() || settled.get(id.value())?.is_some() {
            return Err(apart());
        }
    }
    for entry in settled.iter()? {
        let (id, row) = entry?;
        let end = settled_at(&row::read(id_of(id.value()), row.value())?).ok_or_else(apart)?;
        ended.get((end.millis(), id.value()))?.ok_or_else(apart)?;
    }
    if settled.len()? != ended.len()? {
        return Err(apart());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use compute_domain::Outcome;
    use compute_ports::contract::repository::task;
    use redb::{Database, ReadableDatabase};

    use super::*;

    fn told() -> Task {
        let (mut task, end) = (task(1), Timestamp::from_millis(9));
        task.end(Outcome::Failed("no such object".to_owned()), end)
            .expect("it has not ended");
        task.callback_delivered(end);
        task
    }

    #[test]
    fn an_examination_finds_what_does_not_belong_together() {
        type Corrupt = fn(&WriteTransaction) -> Result<(), FileError>;
        let whole: Corrupt = |_| Ok(());
        let unlisted: Corrupt = |transaction| {
            let mut ended = transaction.open_table(ENDED)?;
            ended.retain(|_, ()| false)?;
            Ok(())
        };
        let listed_twice: Corrupt = |transaction| {
            let mut ended = transaction.open_table(ENDED)?;
            ended.insert((1, 2), ())?;
            Ok(())
        };
        let in_both: Corrupt = |transaction| {
            let row = row::write(&task(1));
            let mut unsettled = transaction.open_table(UNSETTLED)?;
            unsettled.insert(key(task(1).id()), (row.as_slice(), None))?;
            Ok(())
        };
        let settled_among_others: Corrupt = |transaction| {
            let row = row::write(&told());
            let mut unsettled = transaction.open_table(UNSETTLED)?;
            unsettled.insert(7, (row.as_slice(), None))?;
            Ok(())
        };
        for (corrupt, is_whole) in [
            (whole, true),
            (unlisted, false),
            (listed_twice, false),
            (in_both, false),
            (settled_among_others, false),
        ] {
            let folder = tempfile::tempdir().expect("there is room");
            let database = Database::create(folder.path().join("tasks")).expect("it is made");
            let transaction = database.begin_write().expect("nobody else writes");
            make(&transaction).expect("it is made");
            let mut tables = Tables::open(&transaction).expect("they are there");
            tables.save(&told()).expect("it is kept");
            drop(tables);
            corrupt(&transaction).expect("it is written");
            transaction.commit().expect("there is room");
            let found = examine(&database.begin_read().expect("it is read"));
            assert_eq!(found.is_ok(), is_whole, "{found:?}");
        }
    }
}
