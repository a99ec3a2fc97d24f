//! What each worker of a run is doing.

use std::sync::{Mutex, MutexGuard, PoisonError};

use emulator_domain::emulation::WorkerState;

/// The states of a run's workers by number; empty until the run generates.
#[derive(Debug, Default)]
pub(crate) struct WorkerStates(Mutex<Vec<WorkerState>>);

impl WorkerStates {
    /// There are this many, and none has begun.
    pub(crate) fn wait(&self, workers: usize) {
        *self.states() = vec![WorkerState::Waiting; workers];
    }

    /// A worker is in another state. An error is never taken back.
    pub(crate) fn set(&self, number: usize, state: WorkerState) {
        if let Some(worker) = self.states().get_mut(number)
            && *worker != WorkerState::Error
        {
            *worker = state;
        }
    }

    /// As they are now.
    pub(crate) fn read(&self) -> Vec<WorkerState> {
        self.states().clone()
    }

    fn states(&self) -> MutexGuard<'_, Vec<WorkerState>> {
        // Each change is a single assignment, whoever panicked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
