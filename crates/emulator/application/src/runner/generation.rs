//! Generates batches in order of their indices, on many threads.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use emulator_domain::emulation::{RunFailure, WorkerState};
use emulator_domain::record::IndexError;
use emulator_ports::{Batch, BatchEncoder};
use rayon::ThreadPool;
use tokio::sync::{mpsc, oneshot};

use super::worker_states::WorkerStates;

/// Where the batch that begins with a given record ends.
pub(crate) type BatchEnd = Box<dyn Fn(u64) -> u64 + Send + Sync>;

type EncodedBatch = Result<Batch, IndexError>;

/// Why the next batch is missing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GenerationError {
    #[error(transparent)]
    Index(#[from] IndexError),
    #[error("a worker stopped in the middle of a batch; the log says why")]
    WorkerStopped,
}

impl From<GenerationError> for RunFailure {
    fn from(error: GenerationError) -> Self {
        Self::internal(error.to_string())
    }
}

/// Generates the records of one run ahead of its pump, as far as there are free batches.
///
/// At most `workers` batches of a run are generated at the same time. A worker that has finished
/// one queues up behind the workers of the other runs before it starts the next, so runs share the
/// threads fairly.
pub(crate) struct Generation {
    shared: Arc<Shared>,
    batches: mpsc::UnboundedReceiver<PendingBatch>,
    /// Which workers made the batches that are being delivered, in order.
    delivered: VecDeque<usize>,
}

/// A batch that a worker is generating or has generated.
struct PendingBatch {
    worker: usize,
    batch: oneshot::Receiver<EncodedBatch>,
}

struct Shared {
    encoder: Arc<dyn BatchEncoder>,
    pool: Arc<ThreadPool>,
    end: u64,
    batch_end: BatchEnd,
    states: Arc<WorkerStates>,
    state: Mutex<State>,
}

struct State {
    next: u64,
    free: Vec<Batch>,
    /// The numbers of the idle workers, the lowest last.
    idle: Vec<usize>,
    /// How many batches of each worker are being generated or delivered.
    pending: Vec<usize>,
    /// The batches in the order in which they are to be handed on, finished or not; `None` once the
    /// last one was started.
    order: Option<mpsc::UnboundedSender<PendingBatch>>,
}

impl Generation {
    /// Generates the records from `from` up to, but not including, `end`.
    pub(crate) fn start(
        encoder: Arc<dyn BatchEncoder>,
        pool: Arc<ThreadPool>,
        range: std::ops::Range<u64>,
        batch_end: BatchEnd,
        workers: usize,
        states: Arc<WorkerStates>,
    ) -> Self {
        states.wait(workers);
        let (order, batches) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            encoder,
            pool,
            end: range.end,
            batch_end,
            states,
            state: Mutex::new(State {
                next: range.start,
                // One being filled by each worker, as many finished, and one with the pump.
                free: vec![Batch::default(); 2 * workers + 1],
                idle: (0..workers).rev().collect(),
                pending: vec![0; workers],
                order: Some(order).filter(|_| !range.is_empty()),
            }),
        });
        shared.fill();
        Self {
            shared,
            batches,
            delivered: VecDeque::new(),
        }
    }

    /// The next batch; `None` after the last.
    pub(crate) async fn next(&mut self) -> Result<Option<Batch>, GenerationError> {
        let Some(PendingBatch { worker, batch }) = self.batches.recv().await else {
            return Ok(None);
        };
        match batch.await {
            Ok(Ok(batch)) => {
                self.delivered.push_back(worker);
                Ok(Some(batch))
            }
            failed => {
                self.shared.states.set(worker, WorkerState::Error);
                failed.map_err(|_| GenerationError::WorkerStopped)??;
                Ok(None)
            }
        }
    }

    /// Returns the oldest batch that is being delivered, to be filled again.
    pub(crate) fn recycle(&mut self, batch: Batch) {
        let mut state = self.shared.state();
        state.free.push(batch);
        if let Some(worker) = self.delivered.pop_front() {
            state.pending[worker] -= 1;
            self.shared.finish_workers(&state);
        }
        drop(state);
        self.shared.fill();
    }
}

impl Drop for Generation {
    fn drop(&mut self) {
        // Stops workers from starting anything more.
        self.shared.state().order = None;
    }
}

impl Shared {
    /// Starts workers for the free batches.
    fn fill(self: &Arc<Self>) {
        let mut state = self.state();
        while state.can_begin()
            && let Some(worker) = state.idle.pop()
        {
            let shared = self.clone();
            self.pool.spawn_fifo(move || shared.work(worker));
        }
    }

    /// Generates one batch, then queues up for another.
    fn work(self: Arc<Self>, worker: usize) {
        let Some((range, mut batch, sender)) = self.begin(worker) else {
            return;
        };
        let result = self.encoder.encode(range, &mut batch);
        // If the run has ended, there is no receiver.
        let _ = sender.send(result.map(|()| batch));
        let shared = self.clone();
        self.pool.spawn_fifo(move || shared.work(worker));
    }

    /// Takes the next range and a free batch; without one, the worker becomes idle.
    fn begin(
        &self,
        worker: usize,
    ) -> Option<(std::ops::Range<u64>, Batch, oneshot::Sender<EncodedBatch>)> {
        let mut state = self.state();
        let free = state.order.is_some().then(|| state.free.pop()).flatten();
        let Some(batch) = free else {
            state.idle.push(worker);
            return None;
        };
        self.states.set(worker, WorkerState::Started);
        state.pending[worker] += 1;
        let start = state.next;
        let end = (self.batch_end)(start).min(self.end);
        let (sender, receiver) = oneshot::channel();
        state.next = end;
        if let Some(order) = &state.order {
            // If this fails, the pump is gone, and the batch is generated in vain once.
            let _ = order.send(PendingBatch {
                worker,
                batch: receiver,
            });
        }
        if end == self.end {
            state.order = None;
            self.finish_workers(&state);
        }
        Some((start..end, batch, sender))
    }

    /// Once nothing is left to begin, marks workers without pending batches as finished.
    fn finish_workers(&self, state: &State) {
        if state.next < self.end {
            return;
        }
        for (worker, pending) in state.pending.iter().enumerate() {
            if *pending == 0 {
                self.states.set(worker, WorkerState::Finished);
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every statement leaves the state consistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn can_begin(&self) -> bool {
        self.order.is_some() && !self.free.is_empty()
    }
}
