//! The current state of a service, for display.

use compute_domain::Task;

use crate::{ComputeService, Limits};

/// The current state of a service.
#[derive(Clone, Debug)]
pub struct Overview {
    /// The service's limits.
    pub limits: Limits,
    /// Tasks that have not ended, oldest first.
    pub active: Vec<TaskView>,
    /// Number of ended tasks whose callback is still due.
    pub undelivered_count: usize,
    /// Some of those, oldest first.
    pub undelivered: Vec<Task>,
    /// Settled tasks, newest first; at most a hundred.
    pub recent: Vec<Task>,
}

/// A task that has not ended.
#[derive(Clone, Debug)]
pub struct TaskView {
    /// The task.
    pub task: Task,
    /// Progress of the work from 0 to 1, if the processor reports it.
    pub progress: f64,
}

/// How many tasks of each kind are shown.
const SHOWN: usize = 100;

impl ComputeService {
    /// The current state of the service.
    pub fn overview(&self) -> Overview {
        let board = self.inner.board.lock();
        let mut active: Vec<_> = board.active.values().collect();
        active.sort_by_key(|active| (active.task.accepted_at(), active.task.id()));
        let mut undelivered: Vec<_> = board.undelivered.values().collect();
        undelivered.sort_by_key(|task| (task.ended_at(), task.id()));
        Overview {
            limits: self.inner.limits,
            active: active
                .into_iter()
                .map(|active| TaskView {
                    task: active.task.clone(),
                    progress: active.control.progress(),
                })
                .collect(),
            undelivered_count: undelivered.len(),
            undelivered: undelivered.into_iter().take(SHOWN).cloned().collect(),
            recent: board.recent.iter().cloned().collect(),
        }
    }
}
