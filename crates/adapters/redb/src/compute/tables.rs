//! The tables of the file, and what belongs together in them.

use compute_domain::{Task, TaskId, Timestamp};
use compute_ports::{Admission, Unsettled};
use redb::{
    ReadTransaction, ReadableTable, ReadableTableMetadata, TableDefinition, WriteTransaction,
};

use super::row;
use super::seal::{self, StateKey};
use crate::failure::FileError;
use crate::file::StoreLayout;

/// Tasks by id.
const TASKS: TableDefinition<'_, u128, &[u8]> = TableDefinition::new("tasks");
/// The sealed accesses of those that have not ended, by id.
const ACCESSES: TableDefinition<'_, u128, &[u8]> = TableDefinition::new("accesses");
/// Tasks that something is to be done about, by the time of acceptance and id.
const UNSETTLED: TableDefinition<'_, (u64, u128), ()> = TableDefinition::new("unsettled");
/// The others, by the time of their end and id.
const SETTLED: TableDefinition<'_, (u64, u128), ()> = TableDefinition::new("settled");
/// Texts by name.
const NOTES: TableDefinition<'_, &str, &str> = TableDefinition::new("notes");

const VERSION_NOTE: &str = "version";
const VERSION: u32 = 1;

pub(super) const LAYOUT: StoreLayout<()> = StoreLayout {
    name: "tasks",
    cache_bytes: 16 << 20,
    version: VERSION,
    make,
    examine,
};

fn make(transaction: &WriteTransaction) -> Result<(), FileError> {
    transaction.open_table(TASKS)?;
    transaction.open_table(ACCESSES)?;
    transaction.open_table(UNSETTLED)?;
    transaction.open_table(SETTLED)?;
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

/// Where a task is listed: whether it is settled, and its place.
fn place(task: &Task) -> (bool, (u64, u128)) {
    let id = key(task.id());
    match task.ended_at() {
        Some(ended) if !task.is_callback_due() => (true, (ended.millis(), id)),
        _ => (false, (task.accepted_at().millis(), id)),
    }
}

fn list(transaction: &WriteTransaction, task: &Task, listed: bool) -> Result<(), FileError> {
    let (settled, place) = place(task);
    let mut list = transaction.open_table(if settled { SETTLED } else { UNSETTLED })?;
    if listed {
        list.insert(place, ())?;
    } else {
        list.remove(place)?;
    }
    Ok(())
}

/// Keeps a new task.
pub(super) fn add(
    transaction: &WriteTransaction,
    task: &Task,
    access: Option<&[u8]>,
) -> Result<Admission, FileError> {
    let mut tasks = transaction.open_table(TASKS)?;
    if tasks.get(key(task.id()))?.is_some() {
        return Ok(Admission::Known);
    }
    tasks.insert(key(task.id()), row::write(task).as_slice())?;
    drop(tasks);
    if let Some(access) = access {
        transaction
            .open_table(ACCESSES)?
            .insert(key(task.id()), access)?;
    }
    list(transaction, task, true)?;
    Ok(Admission::Added)
}

/// Keeps a task in place of what was kept of it.
pub(super) fn save(transaction: &WriteTransaction, task: &Task) -> Result<(), FileError> {
    let id = key(task.id());
    let mut tasks = transaction.open_table(TASKS)?;
    let before = tasks
        .get(id)?
        .map(|row| row::read(task.id(), row.value()))
        .transpose()?;
    tasks.insert(id, row::write(task).as_slice())?;
    drop(tasks);
    if let Some(before) = before {
        list(transaction, &before, false)?;
    }
    list(transaction, task, true)?;
    if task.status().is_end() {
        transaction.open_table(ACCESSES)?.remove(id)?;
    }
    Ok(())
}

/// Forgets settled tasks that ended before `end`, and gives how many.
pub(super) fn forget(transaction: &WriteTransaction, end: Timestamp) -> Result<u64, FileError> {
    let mut tasks = transaction.open_table(TASKS)?;
    let mut settled = transaction.open_table(SETTLED)?;
    let mut forgotten = 0;
    for place in settled.extract_from_if(..(end.millis(), 0), |_, ()| true)? {
        let (_, id) = place?.0.value();
        tasks.remove(id)?;
        forgotten += 1;
    }
    Ok(forgotten)
}

pub(super) fn find(transaction: &ReadTransaction, id: TaskId) -> Result<Option<Task>, FileError> {
    let found = transaction.open_table(TASKS)?.get(key(id))?;
    found.map(|row| row::read(id, row.value())).transpose()
}

pub(super) fn unsettled(
    transaction: &ReadTransaction,
    state_key: Option<&StateKey>,
) -> Result<Vec<Unsettled>, FileError> {
    let accesses = transaction.open_table(ACCESSES)?;
    let mut unsettled = Vec::new();
    for place in transaction.open_table(UNSETTLED)?.iter()? {
        let (_, id) = place?.0.value();
        let task = find(transaction, id_of(id))?.ok_or_else(apart)?;
        let sealed = accesses.get(id)?;
        let access = seal::open(
            state_key,
            id_of(id),
            sealed.as_ref().map(|sealed| sealed.value()),
        );
        unsettled.push(Unsettled { task, access });
    }
    Ok(unsettled)
}

fn apart() -> FileError {
    FileError::Damaged("tasks and their lists do not belong together".to_owned())
}

/// Reads everything there is and whether it belongs together.
fn examine(transaction: &ReadTransaction) -> Result<(), FileError> {
    let version = transaction.open_table(NOTES)?.get(VERSION_NOTE)?;
    match version.and_then(|version| version.value().parse().ok()) {
        Some(VERSION) => {}
        Some(other) => return Err(FileError::Version(other)),
        None => return Err(FileError::Damaged("it has no version".to_owned())),
    }
    let tasks = transaction.open_table(TASKS)?;
    let settled_list = transaction.open_table(SETTLED)?;
    let unsettled_list = transaction.open_table(UNSETTLED)?;
    for entry in tasks.iter()? {
        let (id, row) = entry?;
        let (settled, place) = place(&row::read(id_of(id.value()), row.value())?);
        let list = if settled {
            &settled_list
        } else {
            &unsettled_list
        };
        list.get(place)?.ok_or_else(apart)?;
    }
    if settled_list.len()? + unsettled_list.len()? != tasks.len()? {
        return Err(apart());
    }
    for entry in transaction.open_table(ACCESSES)?.iter()? {
        tasks.get(entry?.0.value())?.ok_or_else(apart)?;
    }
    Ok(())
}
