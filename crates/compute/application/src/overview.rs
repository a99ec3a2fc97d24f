//! What is going on, for people.

use compute_domain::Task;

use crate::{ComputeService, Limits};

/// What is going on in a service.
#[derive(Clone, Debug)]
pub struct Overview {
    /// What it grants.
    pub limits: Limits,
    /// Tasks that have not ended, the oldest first.
    pub active: Vec<TaskView>,
    /// How many tasks have ended whose sender is still to be told.
    pub undelivered_count: usize,
    /// Some of those, the oldest first.
    pub undelivered: Vec<Task>,
    /// Tasks that are settled, the newest first; a hundred at most.
    pub recent: Vec<Task>,
}

/// A task that has not ended.
#[derive(Clone, Debug)]
pub struct TaskView {
    /// The task.
    pub task: Task,
    /// How much of the work is done, from 0 to 1, if the processor tells.
    pub progress: f64,
}

/// How many tasks of each kind are shown.
const SHOWN: usize = 100;

impl ComputeService {
    /// What is going on.
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
