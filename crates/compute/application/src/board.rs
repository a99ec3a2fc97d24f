//! The current state of tasks, in memory.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use compute_domain::{Task, TaskId};
use compute_ports::Control;
use tokio_util::sync::CancellationToken;

/// How many settled tasks are shown.
const RECENT: usize = 100;

/// Maximum number of undelivered callbacks: beyond it, no task is accepted.
pub(crate) const MAX_UNDELIVERED: usize = 100_000;

/// A task that has not ended.
#[derive(Clone)]
pub(crate) struct Active {
    pub(crate) task: Task,
    pub(crate) control: Arc<Control>,
    pub(crate) cancel: CancellationToken,
}

/// Tasks that have not ended, those whose callback is still due, and the latest of the others.
#[derive(Default)]
pub(crate) struct Board(Mutex<Content>);

#[derive(Default)]
pub(crate) struct Content {
    /// Number of tasks that are being accepted.
    reserved: usize,
    pub(crate) active: HashMap<TaskId, Active>,
    pub(crate) undelivered: HashMap<TaskId, Task>,
    /// Newest first.
    pub(crate) recent: VecDeque<Task>,
}

/// Reserves a place for a task being accepted; released when dropped.
pub(crate) struct Reservation<'a>(&'a Board);

impl Board {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Content> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reserves a place, if there are fewer than `max` tasks.
    pub(crate) fn reserve(&self, max: usize) -> Option<Reservation<'_>> {
        let mut content = self.lock();
        if content.active.len() + content.reserved >= max
            || content.undelivered.len() >= MAX_UNDELIVERED
        {
            return None;
        }
        content.reserved += 1;
        Some(Reservation(self))
    }

    /// Adds a task that has not ended. It takes the place of its reservation, if it has one.
    pub(crate) fn begin(&self, task: Task) -> Active {
        let active = Active {
            task,
            control: Arc::default(),
            cancel: CancellationToken::new(),
        };
        let copy = active.clone();
        self.lock().active.insert(active.task.id(), active);
        copy
    }

    /// Changes a task that has not ended; returns its new state.
    pub(crate) fn update(&self, id: TaskId, change: impl FnOnce(&mut Task)) -> Option<Task> {
        let mut content = self.lock();
        let active = content.active.get_mut(&id)?;
        change(&mut active.task);
        Some(active.task.clone())
    }

    /// Records that the task has ended, or that its callback has a new state.
    pub(crate) fn settle(&self, task: Task) {
        let mut content = self.lock();
        let id = task.id();
        content.active.remove(&id);
        if task.is_callback_due() {
            content.undelivered.insert(id, task);
        } else {
            content.undelivered.remove(&id);
            content.recent.push_front(task);
            content.recent.truncate(RECENT);
        }
    }

    /// The task, if it has not ended or its callback is still due.
    pub(crate) fn find(&self, id: TaskId) -> Option<Task> {
        let content = self.lock();
        let active = content.active.get(&id).map(|active| &active.task);
        active.or_else(|| content.undelivered.get(&id)).cloned()
    }

    /// The token that cancels the task, if it has not ended.
    pub(crate) fn canceller(&self, id: TaskId) -> Option<CancellationToken> {
        let content = self.lock();
        content.active.get(&id).map(|active| active.cancel.clone())
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        self.0.lock().reserved -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_kept_until_it_is_given_back() {
        let board = Board::default();
        let (one, other) = (board.reserve(2), board.reserve(2));
        assert!(one.is_some() && other.is_some());
        assert!(board.reserve(2).is_none());
        drop(one);
        assert!(board.reserve(2).is_some());
    }
}
