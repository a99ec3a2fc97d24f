//! The only thread that writes: all waiting changes in one transaction.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use compute_domain::{Task, Timestamp};
use compute_ports::{Admission, RepositoryError};
use tokio::sync::{mpsc, oneshot};

use super::shared::Shared;
use super::tables::Tables;
use crate::failure::FileError;

/// Maximum number of changes per transaction.
const AT_ONCE: usize = 256;
/// How long a transaction waits for more changes if several arrived together: every commit costs
/// the same pages and the same sync, however much it contains.
const GATHER: Duration = Duration::from_millis(3);

/// What to write.
pub(super) enum Change {
    Add(Task, Option<Vec<u8>>),
    Save(Task),
    Forget(Timestamp),
}

/// The result of a change.
#[derive(Clone, Copy)]
pub(super) enum Written {
    Added(Admission),
    Saved,
    Forgotten(u64),
}

/// A change whose sender waits until it is on disk.
pub(super) struct Job {
    pub(super) change: Change,
    pub(super) done: oneshot::Sender<Result<Written, RepositoryError>>,
}

/// Writes until all senders of jobs are gone, then closes the file.
pub(super) fn run(shared: &Arc<Shared>, mut jobs: mpsc::UnboundedReceiver<Job>) {
    let mut waiting = Vec::with_capacity(AT_ONCE);
    while jobs.blocking_recv_many(&mut waiting, AT_ONCE) > 0 {
        if waiting.len() > 1 {
            thread::sleep(GATHER);
            let room = AT_ONCE - waiting.len();
            waiting.extend(std::iter::from_fn(|| jobs.try_recv().ok()).take(room));
        }
        let changes = waiting.iter().map(|job| &job.change);
        let results = write(shared, changes).map_err(|error| shared.error(&error));
        for (position, job) in waiting.drain(..).enumerate() {
            let result = results
                .as_ref()
                .map(|results| results[position])
                .map_err(Clone::clone);
            // The sender may no longer be waiting.
            let _ = job.done.send(result);
        }
    }
    // A read whose caller is gone may still hold a reference.
    shared.close();
}

fn write<'a>(
    shared: &Shared,
    changes: impl Iterator<Item = &'a Change>,
) -> Result<Vec<Written>, FileError> {
    shared.reopen_after_failure()?;
    let written = shared.with_database(|database| {
        let transaction = database.begin_write()?;
        let mut tables = Tables::open(&transaction)?;
        let written = changes
            .map(|change| match change {
                Change::Add(task, access) => {
                    tables.add(task, access.as_deref()).map(Written::Added)
                }
                Change::Save(task) => tables.save(task).map(|()| Written::Saved),
                Change::Forget(end) => tables.forget(*end).map(Written::Forgotten),
            })
            .collect::<Result<_, _>>()?;
        drop(tables);
        transaction.commit()?;
        Ok(written)
    });
    if written.is_err() {
        // After a failure the library requires the file to be reopened.
        shared.close();
    }
    written
}
