//! The repository.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use emulator_domain::emulation::{Emulation, EmulationId, Outcome, RunFailure};
use emulator_domain::{GENERATOR_VERSION, Timestamp};
use emulator_ports::{EmulationRepository, Page, RepositoryError};
use redb::{Database, ReadTransaction, ReadableDatabase};
use tokio::sync::{mpsc, oneshot};

use super::models::Models;
use super::row;
use super::shared::{LAYOUT, Shared};
use super::tables::{self, Retention};
use super::writer::{Job, QUEUE, Writer};
use crate::failure::{FileError, OpenError};
use crate::file::{self, OnDamage};
use crate::writer_thread::WriterThread;

/// Keeps runs in the file `emulations.redb` of a folder.
///
/// What was saved is on disk when saving returns; runs saved concurrently share a commit. If the
/// end of a run cannot be written, it is visible all the same; writing it is retried every second,
/// and once more when this is dropped.
pub struct RedbEmulations {
    shared: Arc<Shared>,
    writer: WriterThread<mpsc::Sender<Job>>,
}

impl RedbEmulations {
    /// Opens the state in `folder`, or creates it along with the folder if necessary. Reads
    /// everything once to check that it is intact. Blocks.
    ///
    /// # Errors
    /// If the folder or the file cannot be used, as [`OpenError`] says. A damaged file is never
    /// written to; it is renamed if `on_damage` says so.
    pub fn open(folder: &Path, keep: Retention, on_damage: OnDamage) -> Result<Self, OpenError> {
        let (place, database, foreign) = file::open(folder, &LAYOUT, on_damage)?;
        fail_foreign(&database, foreign.unwrap_or_default(), keep)
            .map_err(|error| file::explained(&place.path, "written", error, row::VERSION))?;
        let shared = Arc::new(Shared::new(place, database, keep));
        let no_thread = |error| OpenError::refused(folder, "written by a thread", error);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .map_err(no_thread)?;
        let (jobs, received) = mpsc::channel(QUEUE);
        let writing = Writer::new(shared.clone()).run(received);
        let writer = WriterThread::start("emulations", jobs, move || runtime.block_on(writing))
            .map_err(no_thread)?;
        Ok(Self { shared, writer })
    }

    /// Reads the file on a blocking thread.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&ReadTransaction) -> Result<T, FileError> + Send + 'static,
    ) -> Result<T, RepositoryError> {
        let shared = self.shared.clone();
        let reading = tokio::task::spawn_blocking(move || match &*shared.database() {
            Some(database) => {
                let transaction = database.begin_read().map_err(FileError::from);
                transaction
                    .and_then(|transaction| read(&transaction))
                    .map_err(|error| error.sentence())
            }
            None => Err(shared.failure().unwrap_or_default()),
        });
        let result = match reading.await {
            Ok(result) => result,
            Err(panicked) => Err(panicked.to_string()),
        };
        result.map_err(|why| RepositoryError {
            action: "read",
            why: self.shared.in_file(&why),
        })
    }
}

#[async_trait]
impl EmulationRepository for RedbEmulations {
    async fn save(&self, emulation: &Emulation) -> Result<(), RepositoryError> {
        let (done, answer) = oneshot::channel();
        let stopped = || {
            self.shared
                .not_kept("the thread that writes it has stopped")
        };
        let run = emulation.clone();
        let sent = self.writer.jobs().send(Job { run, done }).await;
        sent.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }

    async fn find(&self, id: EmulationId) -> Result<Option<Emulation>, RepositoryError> {
        if let Some(run) = self.shared.memory().ended.get(&id) {
            return Ok(Some(run.clone()));
        }
        let shared = self.shared.clone();
        self.read(move |file| tables::find(file, id, &shared.models))
            .await
    }

    async fn list(&self, page: Page) -> Result<Vec<Emulation>, RepositoryError> {
        // Memory first: a run that leaves it in between is then listed in its old state, not twice
        // or never.
        let ended = self.shared.memory().ended.clone();
        let shared = self.shared.clone();
        self.read(move |file| list(file, &ended, page, &shared.models))
            .await
    }
}

/// The contents of the file, overlaid with what is in memory.
fn list(
    file: &ReadTransaction,
    ended: &HashMap<EmulationId, Emulation>,
    page: Page,
    models: &Models,
) -> Result<Vec<Emulation>, FileError> {
    let before = match page.after {
        None => None,
        Some(id) => {
            let place = match ended.get(&id) {
                Some(run) => Some(tables::place(run)),
                None => tables::find_place(file, id)?,
            };
            if place.is_none() {
                return Ok(Vec::new());
            }
            place
        }
    };
    let skip = |id| ended.contains_key(&id);
    let mut places = tables::list(file, page.status, before, page.limit, skip)?;
    places.extend(
        ended
            .values()
            .filter(|run| page.status.is_none_or(|status| run.status() == status))
            .map(tables::place)
            .filter(|place| before.is_none_or(|before| *place < before)),
    );
    places.sort_unstable_by(|one, other| other.cmp(one));
    places.truncate(page.limit);
    let mut runs = Vec::with_capacity(places.len());
    for (_, id) in places {
        match ended.get(&id) {
            Some(run) => runs.push(run.clone()),
            None => runs.extend(tables::find(file, id, models)?),
        }
    }
    Ok(runs)
}

/// Ends runs that this version of the generator would continue with different records.
fn fail_foreign(
    database: &Database,
    mut foreign: Vec<Emulation>,
    keep: Retention,
) -> Result<(), FileError> {
    if foreign.is_empty() {
        return Ok(());
    }
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let now = Timestamp::EARLIEST.moved(i64::try_from(now.as_micros()).unwrap_or(i64::MAX));
    for run in &mut foreign {
        let why = format!(
            "the run was begun by a release that makes other records from its plan; this one has \
             generator version {GENERATOR_VERSION} and cannot carry it on"
        );
        let mut counts = run.counts();
        counts.failed += counts.in_flight();
        run.progress(counts, run.checkpoint(), 0.0)
            .and_then(|()| run.finish(Outcome::Failed(RunFailure::internal(why)), now))
            .expect("only unfinished runs are foreign");
    }
    let transaction = database.begin_write()?;
    tables::write(&transaction, foreign.iter(), keep)?;
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use emulator_domain::emulation::GlobalStatus;
    use emulator_ports::contract::repository::emulation;

    use super::*;

    fn open(folder: &Path) -> (file::FileLocation, Database) {
        let (place, database, foreign) = file::open(folder, &LAYOUT, OnDamage::Fail).unwrap();
        fail_foreign(&database, foreign.unwrap_or_default(), KEEP).unwrap();
        (place, database)
    }

    const KEEP: Retention = Retention {
        finished: 10,
        age: Duration::from_secs(3600),
    };

    #[test]
    fn an_unfinished_run_of_another_generator_has_failed() {
        let folder = tempfile::tempdir().unwrap();
        let (place, database) = open(folder.path());
        let (run, other) = (emulation(1, 1), emulation(2, 2));
        let transaction = database.begin_write().unwrap();
        tables::write(&transaction, [&run, &other].into_iter(), KEEP).unwrap();
        tables::tests::begun_by_another_generator(&transaction, run.id());
        transaction.commit().unwrap();
        drop((place, database));
        for _ in 0..2 {
            let (_place, database) = open(folder.path());
            let transaction = database.begin_read().unwrap();
            let models = Models::default();
            let found = tables::find(&transaction, run.id(), &models);
            let found = found.unwrap().unwrap();
            assert_eq!(found.status(), GlobalStatus::Failed);
            let told = format!("generator version {GENERATOR_VERSION}");
            assert!(found.error().unwrap().contains(&told), "{found:?}");
            let found = tables::find(&transaction, other.id(), &models).unwrap();
            assert_eq!(found, Some(other.clone()));
        }
    }
}
