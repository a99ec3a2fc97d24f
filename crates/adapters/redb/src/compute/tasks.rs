//! Tasks that outlive the process.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use compute_domain::{Task, TaskId, Timestamp};
use compute_ports::{Admission, RepositoryError, StoreAccess, TaskRepository, Unsettled};
use redb::{ReadTransaction, ReadableDatabase};
use tokio::sync::{mpsc, oneshot};

use super::seal::{StateKey, seal};
use super::shared::Shared;
use super::tables::{self, LAYOUT};
use super::writer::{self, Change, Job, Written};
use crate::failure::{FileError, OpenError};
use crate::file::{self, OnDamage};
use crate::writer_thread::WriterThread;

/// Keeps tasks in the file `tasks.redb` of a folder. A write is on disk when the call returns;
/// concurrent calls share a commit. Dropping it waits until the file is closed.
///
/// The accesses of tasks are encrypted. Without a key they are not stored, and tasks that a process
/// leaves unfinished fail in the next one.
pub struct RedbTasks {
    shared: Arc<Shared>,
    key: Option<StateKey>,
    writer: WriterThread<mpsc::UnboundedSender<Job>>,
}

impl RedbTasks {
    /// Opens the state in `folder`, or creates it along with the folder if necessary. Reads
    /// everything once to check that it is intact. Blocks.
    ///
    /// # Errors
    /// If the folder or the file cannot be used, as [`OpenError`] says. A damaged file is never
    /// written to; it is renamed if `on_damage` says so.
    pub fn open(
        folder: &Path,
        on_damage: OnDamage,
        key: Option<StateKey>,
    ) -> Result<Self, OpenError> {
        let (place, database, _) = file::open(folder, &LAYOUT, on_damage)?;
        let shared = Arc::new(Shared::new(place, database));
        let (jobs, queue) = mpsc::unbounded_channel();
        let copy = Arc::clone(&shared);
        let writer = WriterThread::start("tasks-writer", jobs, move || writer::run(&copy, queue))
            .map_err(|error| OpenError::refused(folder, "written", error))?;
        Ok(Self {
            shared,
            key,
            writer,
        })
    }

    async fn write(&self, change: Change) -> Result<Written, RepositoryError> {
        let (done, written) = oneshot::channel();
        let gone = || {
            RepositoryError(
                "the thread that writes tasks has ended: restart the service".to_owned(),
            )
        };
        let sent = self.writer.jobs().send(Job { change, done });
        sent.map_err(|_| gone())?;
        written.await.map_err(|_| gone())?
    }

    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&ReadTransaction) -> Result<T, FileError> + Send + 'static,
    ) -> Result<T, RepositoryError> {
        let shared = Arc::clone(&self.shared);
        let done = tokio::task::spawn_blocking(move || {
            let done = shared.with_database(|database| read(&database.begin_read()?));
            done.map_err(|error| shared.error(&error))
        });
        done.await
            .unwrap_or_else(|panicked| Err(RepositoryError(panicked.to_string())))
    }
}

#[async_trait]
impl TaskRepository for RedbTasks {
    async fn add(&self, task: &Task, access: &StoreAccess) -> Result<Admission, RepositoryError> {
        let access = self.key.as_ref().map(|key| seal(key, task.id(), access));
        match self.write(Change::Add(task.clone(), access)).await? {
            Written::Added(admission) => Ok(admission),
            Written::Saved | Written::Forgotten(_) => unreachable!("an addition was asked for"),
        }
    }

    async fn save(&self, task: &Task) -> Result<(), RepositoryError> {
        self.write(Change::Save(task.clone())).await.map(drop)
    }

    async fn find(&self, id: TaskId) -> Result<Option<Task>, RepositoryError> {
        self.read(move |transaction| tables::find(transaction, id))
            .await
    }

    async fn unsettled(&self) -> Result<Vec<Unsettled>, RepositoryError> {
        let key = self.key.clone();
        self.read(move |transaction| tables::unsettled(transaction, key.as_ref()))
            .await
    }

    async fn forget(&self, end: Timestamp) -> Result<u64, RepositoryError> {
        match self.write(Change::Forget(end)).await? {
            Written::Forgotten(count) => Ok(count),
            Written::Saved | Written::Added(_) => unreachable!("forgetting was asked for"),
        }
    }
}
