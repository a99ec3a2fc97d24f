//! The state of each worker of a run.

use std::sync::{Mutex, MutexGuard, PoisonError};

use emulator_domain::emulation::WorkerState;

/// The states of a run's workers by number; empty until the run generates.
#[derive(Debug, Default)]
pub(crate) struct WorkerStates(Mutex<Vec<WorkerState>>);

impl WorkerStates {
    /// Sets this many workers to waiting.
    pub(crate) fn wait(&self, workers: usize) {
        *self.states() = vec![WorkerState::Waiting; workers];
    }

    /// Sets the state of a worker. An error is final.
    pub(crate) fn set(&self, number: usize, state: WorkerState) {
        if let Some(worker) = self.states().get_mut(number)
            && *worker != WorkerState::Error
        {
            *worker = state;
        }
    }

    /// The current states.
    pub(crate) fn read(&self) -> Vec<WorkerState> {
        self.states().clone()
    }

    fn states(&self) -> MutexGuard<'_, Vec<WorkerState>> {
        // Each change is a single assignment, so the states are consistent even after a panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
