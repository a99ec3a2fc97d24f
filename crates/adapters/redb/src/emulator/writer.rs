//! The one thread that writes.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use emulator_domain::emulation::Emulation;
use emulator_ports::RepositoryError;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{MissedTickBehavior, interval};

use super::emulations::{LAYOUT, Live, Shared};
use super::tables;
use crate::failure::FileError;
use crate::file;

/// Progress is on the disk this much later than in memory, and the time that a commit takes.
const INTERVAL: Duration = Duration::from_millis(500);

/// After a failure, nothing is tried for this long.
const PAUSE: Duration = Duration::from_secs(1);

/// Runs that may wait for the next commit; one commit takes them all.
pub(crate) const QUEUE: usize = 1024;

/// Somebody waits until this is on the disk.
pub(crate) struct Job {
    /// A run; none: what is in memory.
    pub(crate) run: Option<Emulation>,
    pub(crate) done: oneshot::Sender<Result<(), RepositoryError>>,
}

/// Writes what it is given, and progress now and then.
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

    /// Goes on until nobody can send jobs any more, and then writes what is left.
    pub(crate) async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut tick = interval(INTERVAL);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut waiting = Vec::with_capacity(QUEUE);
        let mut open = true;
        while open {
            tokio::select! {
                received = jobs.recv_many(&mut waiting, QUEUE) => open = received > 0,
                _ = tick.tick() => {}
            }
            self.write(&mut waiting);
        }
    }

    /// Writes the progress of all runs and, over it, what somebody waits for.
    fn write(&mut self, waiting: &mut Vec<Job>) {
        let progress = self.shared.take_unwritten();
        if progress.is_empty() && waiting.is_empty() {
            return;
        }
        let asked = waiting.iter().filter_map(|job| job.run.as_ref());
        let result = self.commit(progress.iter().chain(asked));
        self.remember(&progress, waiting, result.as_ref().err());
        for job in waiting.drain(..) {
            // Whoever asked may have gone.
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
            // After a failure the library wants the file to be opened again.
            *shared.database_mut() = None;
        }
        written
    }

    /// Notes in memory what is on the disk now, or is not because of `failure`.
    fn remember(&self, progress: &[Emulation], waiting: &[Job], failure: Option<&String>) {
        let asked = || waiting.iter().filter_map(|job| job.run.as_ref());
        let mut memory = self.shared.memory();
        memory.failure = failure.cloned();
        match failure {
            None => {
                for run in asked() {
                    if run.unfinished().is_ok() {
                        memory.runs.insert(
                            run.id(),
                            Live {
                                run: run.clone(),
                                unwritten: false,
                            },
                        );
                    } else {
                        memory.runs.remove(&run.id());
                    }
                }
                let ended: HashSet<_> = progress
                    .iter()
                    .filter(|run| run.unfinished().is_err())
                    .map(Emulation::id)
                    .collect();
                memory.runs.retain(|id, _| !ended.contains(id));
            }
            Some(_) => {
                for run in progress {
                    if let Some(live) = memory.runs.get_mut(&run.id()) {
                        live.unwritten = true;
                    }
                }
                // The truth about a run that has ended is told from memory until it is on the disk.
                for run in asked().filter(|run| run.unfinished().is_err()) {
                    memory.runs.insert(
                        run.id(),
                        Live {
                            run: run.clone(),
                            unwritten: true,
                        },
                    );
                }
            }
        }
    }
}
