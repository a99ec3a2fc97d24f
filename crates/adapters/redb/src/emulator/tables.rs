//! The tables of the file: runs by name, and their names in the orders in which they are listed.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use emulator_domain::emulation::{Emulation, EmulationId, GlobalStatus};
use redb::{
    ReadOnlyTable, ReadTransaction, ReadableTable, ReadableTableMetadata, Table, TableDefinition,
    TableError, WriteTransaction,
};
use uuid::Uuid;

use super::models::Models;
use super::row;
use crate::failure::FileError;

/// Which finished runs are kept. Unfinished ones are always kept, as are those with callbacks still
/// to be delivered.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// At most this many: those that finished last.
    pub finished: usize,
    /// Only those that finished no longer ago than this.
    pub age: Duration,
}

/// Runs by name: their position in the index (created, status, finished or -1) and their row.
const RUNS: TableDefinition<'_, u128, (i64, u8, i64, &[u8])> = TableDefinition::new("runs");

/// Each run has an entry (list, time, name) in the list of all runs and one in the list of its
/// status, both by creation time. Once it has finished and its callbacks are settled, it has a
/// third in the list of finished runs, by the time it finished.
const INDEX: TableDefinition<'_, (u8, i64, u128), ()> = TableDefinition::new("index");

/// The models of runs by digest, each stored once; and for each of these runs an entry (digest,
/// name). Files of earlier releases lack these tables.
const MODELS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("models");
const MODEL_RUNS: TableDefinition<'_, (&str, u128), ()> = TableDefinition::new("model_runs");

const ALL: u8 = 0;
const FINISHED: u8 = 255;

/// A run's position in a list of runs.
pub(crate) type RunPosition = (i64, EmulationId);

/// The position of a run in lists, which begin with the newest.
pub(crate) fn place(run: &Emulation) -> RunPosition {
    (run.created_at().micros(), run.id())
}

fn list_of(status: GlobalStatus) -> u8 {
    match status {
        GlobalStatus::Processing => 1,
        GlobalStatus::Completed => 2,
        GlobalStatus::Failed => 3,
        GlobalStatus::Cancelled => 4,
        GlobalStatus::Paused => 5,
    }
}

fn key(id: EmulationId) -> u128 {
    id.get().as_u128()
}

fn name(key: u128) -> EmulationId {
    EmulationId::new(Uuid::from_u128(key))
}

/// Creates the tables of a new file.
pub(crate) fn make(transaction: &WriteTransaction) -> Result<(), FileError> {
    transaction.open_table(RUNS)?;
    transaction.open_table(INDEX)?;
    transaction.open_table(MODELS)?;
    transaction.open_table(MODEL_RUNS)?;
    Ok(())
}

/// Writes the runs, later ones over earlier ones, and deletes finished ones that are not to be
/// kept.
pub(crate) fn write<'a>(
    transaction: &WriteTransaction,
    written: impl Iterator<Item = &'a Emulation>,
    keep: Retention,
) -> Result<(), FileError> {
    let mut runs = transaction.open_table(RUNS)?;
    let mut index = transaction.open_table(INDEX)?;
    let mut models = transaction.open_table(MODELS)?;
    let mut model_runs = transaction.open_table(MODEL_RUNS)?;
    for run in written {
        let id = key(run.id());
        forget(&mut runs, &mut index, id)?;
        if let Some(model) = row::model(run) {
            let digest = model.digest.as_str();
            model_runs.insert((digest, id), ())?;
            if models.get(digest)?.is_none() {
                models.insert(digest, row::write_model(model).as_slice())?;
            }
        }
        let (created, status) = (run.created_at().micros(), list_of(run.status()));
        let finished = run.settled_at().map_or(-1, |at| at.micros());
        let row = row::write(run);
        runs.insert(id, (created, status, finished, row.as_slice()))?;
        for entry in entries(id, created, status, finished) {
            index.insert(entry, ())?;
        }
    }
    let oldest = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .saturating_sub(keep.age)
        .as_micros();
    // Each run has two entries, and a third when it has finished.
    let mut kept = index.len()? - 2 * runs.len()?;
    loop {
        let first = index.range((FINISHED, i64::MIN, 0)..)?.next().transpose()?;
        let Some((_, finished, id)) = first.map(|(entry, _)| entry.value()) else {
            break;
        };
        if kept <= keep.finished as u64 && u128::try_from(finished).is_ok_and(|at| at >= oldest) {
            break;
        }
        if let Some(digest) = forget(&mut runs, &mut index, id)? {
            let digest = digest.as_str();
            model_runs.remove((digest, id))?;
            if (model_runs.range((digest, 0)..=(digest, u128::MAX))?.next()).is_none() {
                models.remove(digest)?;
            }
        }
        kept -= 1;
    }
    Ok(())
}

fn entries(
    id: u128,
    created: i64,
    status: u8,
    finished: i64,
) -> impl Iterator<Item = (u8, i64, u128)> {
    [(ALL, created, id), (status, created, id)]
        .into_iter()
        .chain((finished >= 0).then_some((FINISHED, finished, id)))
}

/// Deletes a run; returns the digest of its model.
fn forget(
    runs: &mut Table<'_, u128, (i64, u8, i64, &'static [u8])>,
    index: &mut Table<'_, (u8, i64, u128), ()>,
    id: u128,
) -> Result<Option<String>, FileError> {
    let Some(run) = runs.remove(id)? else {
        return Ok(None);
    };
    let (created, status, finished, row) = run.value();
    for entry in entries(id, created, status, finished) {
        index.remove(entry)?;
    }
    Ok(row::model_digest(row))
}

type ModelTable = ReadOnlyTable<&'static str, &'static [u8]>;

/// The models; `None` if an earlier release created the file.
fn models(transaction: &ReadTransaction) -> Result<Option<ModelTable>, FileError> {
    match transaction.open_table(MODELS) {
        Ok(models) => Ok(Some(models)),
        Err(TableError::TableDoesNotExist(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Reads a row along with the model that it names.
fn read(
    (models, compiled): (Option<&ModelTable>, &Models),
    id: EmulationId,
    row: &[u8],
) -> Result<row::Read, FileError> {
    let model = match (row::model_digest(row), models) {
        (Some(digest), Some(models)) => models.get(digest.as_str())?,
        _ => None,
    };
    let model = model.as_ref().map(|model| model.value());
    Ok(row::read(id, row, model, compiled)?)
}

/// The run with that name.
pub(crate) fn find(
    transaction: &ReadTransaction,
    id: EmulationId,
    compiled: &Models,
) -> Result<Option<Emulation>, FileError> {
    let found = transaction.open_table(RUNS)?.get(key(id))?;
    let Some(run) = found else {
        return Ok(None);
    };
    let models = models(transaction)?;
    Ok(Some(
        read((models.as_ref(), compiled), id, run.value().3)?.run,
    ))
}

/// The position of the run with that name in lists.
pub(crate) fn find_place(
    transaction: &ReadTransaction,
    id: EmulationId,
) -> Result<Option<RunPosition>, FileError> {
    let found = transaction.open_table(RUNS)?.get(key(id))?;
    Ok(found.map(|run| (run.value().0, id)))
}

/// The positions of `limit` runs of that status that follow `before`, except those in `skip`.
pub(crate) fn list(
    transaction: &ReadTransaction,
    status: Option<GlobalStatus>,
    before: Option<RunPosition>,
    limit: usize,
    skip: impl Fn(EmulationId) -> bool,
) -> Result<Vec<RunPosition>, FileError> {
    let index = transaction.open_table(INDEX)?;
    let list = status.map_or(ALL, list_of);
    let (time, id) = before.map_or((i64::MAX, u128::MAX), |(time, id)| (time, key(id)));
    let mut places = Vec::new();
    for entry in index.range((list, i64::MIN, 0)..(list, time, id))?.rev() {
        if places.len() == limit {
            break;
        }
        let (_, time, id) = entry?.0.value();
        if !skip(name(id)) {
            places.push((time, name(id)));
        }
    }
    Ok(places)
}

/// Reads everything and checks that it is consistent. Returns the unfinished runs that another
/// version of the generator started.
pub(crate) fn examine(
    transaction: &ReadTransaction,
    generator_version: u32,
) -> Result<Vec<Emulation>, FileError> {
    let runs = transaction.open_table(RUNS)?;
    let index = transaction.open_table(INDEX)?;
    let models = models(transaction)?;
    let compiled = Models::default();
    let apart = || FileError::Damaged("runs and index do not belong together".to_owned());
    let mut indexed = 0;
    let mut foreign = Vec::new();
    for entry in runs.iter()? {
        let (id, run) = entry?;
        let (created, status, finished, bytes) = run.value();
        let read = read((models.as_ref(), &compiled), name(id.value()), bytes)?;
        for entry in entries(id.value(), created, status, finished) {
            index.get(entry)?.ok_or_else(apart)?;
            indexed += 1;
        }
        let unfinished = read.run.unfinished().is_ok();
        if unfinished && read.generator_version != generator_version {
            foreign.push(read.run);
        }
    }
    if indexed != index.len()? {
        return Err(apart());
    }
    Ok(foreign)
}

#[cfg(test)]
pub(crate) mod tests {
    use emulator_domain::emulation::Outcome;
    use emulator_domain::plan::{EmulationPlan, Format, PlanSpec, Sink};
    use emulator_domain::{GENERATOR_VERSION, Timestamp};
    use emulator_model::{Model, Node};
    use emulator_ports::contract::repository::emulation;
    use redb::{Database, ReadableDatabase};

    use super::*;

    /// Changes the row as another release would have written it.
    pub(crate) fn begun_by_another_generator(transaction: &WriteTransaction, id: EmulationId) {
        let mut runs = transaction.open_table(RUNS).unwrap();
        let (created, status, finished, row) = {
            let run = runs.get(key(id)).unwrap().unwrap();
            let (created, status, finished, row) = run.value();
            let row = String::from_utf8(row.to_vec()).unwrap();
            (created, status, finished, row)
        };
        let other = row.replace(r#""generator_version":2"#, r#""generator_version":99"#);
        assert_ne!(other, row);
        runs.insert(key(id), (created, status, finished, other.as_bytes()))
            .unwrap();
    }

    /// A run of a stream of the model `m<number>`, whose text is long.
    pub(crate) fn emulation_of_a_model(number: u64) -> Emulation {
        let model = format!(
            r#"{{"model":"m{number}","description":"{}","streams":{{"s":{{"fields":{{"id":{{"uuid":{{}}}}}}}}}}}}"#,
            "long ".repeat(2_000)
        );
        let node: Node = serde_json::from_str(&model).unwrap();
        let stream = Model::compile(&node).unwrap().stream("s").unwrap().clone();
        let other = emulation(number, number as i64);
        let spec = PlanSpec::new(stream, Sink::Null, Format::Ndjson);
        let plan = EmulationPlan::new(spec).unwrap();
        Emulation::new(other.id(), plan, other.created_at())
    }

    fn models_of(database: &Database) -> (u64, u64) {
        let file = database.begin_read().unwrap();
        let (models, runs) = (MODELS, MODEL_RUNS);
        (
            file.open_table(models).unwrap().len().unwrap(),
            file.open_table(runs).unwrap().len().unwrap(),
        )
    }

    #[test]
    fn a_model_is_written_once_for_all_its_runs_and_forgotten_with_the_last() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let database = Database::create(file.path()).unwrap();
        let keep = Retention {
            finished: 1,
            age: Duration::from_secs(u32::MAX.into()),
        };
        let save = |run: &Emulation| {
            let transaction = database.begin_write().unwrap();
            write(&transaction, [run].into_iter(), keep).unwrap();
            transaction.commit().unwrap();
        };
        // Before any was written, as a file of an earlier release.
        let empty = database.begin_read().unwrap();
        assert!(models(&empty).unwrap().is_none());
        let first = emulation_of_a_model(1);
        let mut second = Emulation::new(
            emulation(2, 0).id(),
            first.plan().clone(),
            first.created_at(),
        );
        let mut third = emulation_of_a_model(3);
        for run in [&first, &second, &first, &third] {
            save(run);
        }
        assert_eq!(models_of(&database), (2, 3));
        {
            let read = database.begin_read().unwrap();
            let runs = read.open_table(RUNS).unwrap();
            let longest = runs
                .iter()
                .unwrap()
                .map(|row| row.unwrap().1.value().3.len());
            assert!(longest.max().unwrap() < 2_000);
            assert_eq!(
                find(&read, second.id(), &Models::default())
                    .unwrap()
                    .as_ref(),
                Some(&second)
            );
            assert!(examine(&read, GENERATOR_VERSION).unwrap().is_empty());
        }
        let created = third.created_at();
        for (run, at) in [(&mut third, created), (&mut second, Timestamp::LATEST)] {
            run.finish(Outcome::Cancelled, at).unwrap();
            save(run);
        }
        // One finished run is kept; the first goes on.
        assert_eq!(models_of(&database), (1, 2));
    }
}
