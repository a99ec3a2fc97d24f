//! The only thread that writes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use emulator_domain::emulation::Emulation;
use emulator_ports::RepositoryError;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{MissedTickBehavior, interval};

use super::shared::{LAYOUT, Shared};
use super::tables;
use crate::failure::FileError;
use crate::file;

/// The pause after a failure.
const PAUSE: Duration = Duration::from_secs(1);

/// Runs that may wait for the next commit; one commit takes them all.
pub(crate) const QUEUE: usize = 1024;

/// A run whose caller waits until it is on disk.
pub(crate) struct Job {
    pub(crate) run: Emulation,
    pub(crate) done: oneshot::Sender<Result<(), RepositoryError>>,
}

/// Writes all waiting runs at once.
pub(crate) struct Writer {
    shared: Arc<Shared>,
    failed: Option<Instant>,
}

impl Writer {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            failed: None,
        }
    }

    /// Runs until all senders of jobs are gone, then writes what is left and closes the file.
    pub(crate) async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut again = interval(PAUSE);
        again.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut waiting = Vec::with_capacity(QUEUE);
        let mut open = true;
        while open {
            tokio::select! {
                received = jobs.recv_many(&mut waiting, QUEUE) => open = received > 0,
                _ = again.tick(), if self.failed.is_some() => {}
            }
            if !open {
                // There will be no later attempt.
                self.failed = None;
            }
            self.write(&mut waiting);
        }
        // A read whose caller is gone may still hold a reference.
        *self.shared.database_mut() = None;
    }

    /// Writes what could not be written before and, over it, the waiting jobs.
    fn write(&mut self, waiting: &mut Vec<Job>) {
        let left: Vec<_> = self.shared.memory().ended.values().cloned().collect();
        // After a failure, reopen the file all the same, for the readers.
        if left.is_empty() && waiting.is_empty() && self.failed.is_none() {
            return;
        }
        let asked = waiting.iter().map(|job| &job.run);
        let result = self.commit(left.iter().chain(asked));
        self.remember(waiting, result.as_ref().err());
        for job in waiting.drain(..) {
            // The caller may no longer be waiting.
            let _ = job.done.send(match &result {
                Ok(()) => Ok(()),
                Err(why) => Err(self.shared.not_kept(why)),
            });
        }
    }

    fn commit<'a>(&mut self, runs: impl Iterator<Item = &'a Emulation>) -> Result<(), String> {
        if let Some(at) = self.failed
            && at.elapsed() < PAUSE
            && let Some(why) = self.shared.failure()
        {
            return Err(why);
        }
        let result = self.try_commit(runs);
        self.failed = result.is_err().then(Instant::now);
        result.map_err(|error| error.sentence())
    }

    fn try_commit<'a>(&self, runs: impl Iterator<Item = &'a Emulation>) -> Result<(), FileError> {
        let shared = &self.shared;
        if shared.database().is_none() {
            let database = file::database(&shared.place.path, LAYOUT.cache_bytes)?;
            *shared.database_mut() = Some(database);
        }
        let written = (|| {
            let database = shared.database();
            let database = database.as_ref().expect("only this thread closes it");
            let transaction = database.begin_write()?;
            tables::write(&transaction, runs, shared.keep)?;
            Ok(transaction.commit()?)
        })();
        if written.is_err() {
            // After a failure the library requires the file to be reopened.
            *shared.database_mut() = None;
        }
        written
    }

    /// Keeps in memory what is missing in the file because of `failure`.
    fn remember(&self, waiting: &[Job], failure: Option<&String>) {
        let mut memory = self.shared.memory();
        memory.failure = failure.cloned();
        if failure.is_none() {
            memory.ended.clear();
            return;
        }
        let asked = waiting.iter().map(|job| &job.run);
        for run in asked.filter(|run| run.unfinished().is_err()) {
            memory.ended.insert(run.id(), run.clone());
        }
    }
}
