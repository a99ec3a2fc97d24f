//! Batches in order of their indices, made on many threads.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use emulator_domain::emulation::RunFailure;
use emulator_domain::record::IndexError;
use emulator_ports::{Batch, BatchEncoder};
use rayon::ThreadPool;
use tokio::sync::{mpsc, oneshot};

type Made = Result<Batch, IndexError>;

/// Why there is no next batch although there should be one.
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
/// At most `workers` batches of a run are made at the same time. A worker that has made one queues
/// up behind the workers of the other runs before it makes the next, so runs share the threads
/// fairly.
pub(crate) struct Generation {
    shared: Arc<Shared>,
    made: mpsc::UnboundedReceiver<oneshot::Receiver<Made>>,
}

struct Shared {
    encoder: Arc<dyn BatchEncoder>,
    pool: Arc<ThreadPool>,
    end: u64,
    batch_records: u64,
    workers: usize,
    state: Mutex<State>,
}

struct State {
    next: u64,
    free: Vec<Batch>,
    working: usize,
    /// Batches in the order in which they are to be handed on, made or not; `None` when the last
    /// one was begun.
    order: Option<mpsc::UnboundedSender<oneshot::Receiver<Made>>>,
}

impl Generation {
    /// Begins with record `from` and ends before `end`.
    pub(crate) fn start(
        encoder: Arc<dyn BatchEncoder>,
        pool: Arc<ThreadPool>,
        range: std::ops::Range<u64>,
        batch_records: u64,
        workers: usize,
    ) -> Self {
        let (order, made) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            encoder,
            pool,
            end: range.end,
            batch_records,
            workers,
            state: Mutex::new(State {
                next: range.start,
                // One in each worker's hand, as many made, one with the pump.
                free: vec![Batch::default(); 2 * workers + 1],
                working: 0,
                order: Some(order).filter(|_| !range.is_empty()),
            }),
        });
        shared.fill();
        Self { shared, made }
    }

    /// The next batch; `None` after the last.
    pub(crate) async fn next(&mut self) -> Result<Option<Batch>, GenerationError> {
        match self.made.recv().await {
            None => Ok(None),
            Some(batch) => Ok(Some(
                batch.await.map_err(|_| GenerationError::WorkerStopped)??,
            )),
        }
    }

    /// Gives a batch back to be filled again.
    pub(crate) fn recycle(&self, batch: Batch) {
        self.shared.state().free.push(batch);
        self.shared.fill();
    }
}

impl Drop for Generation {
    fn drop(&mut self) {
        // Workers begin nothing more.
        self.shared.state().order = None;
    }
}

impl Shared {
    /// Sends workers after the free batches.
    fn fill(self: &Arc<Self>) {
        let mut state = self.state();
        while state.working < self.workers && state.can_begin() {
            state.working += 1;
            let shared = self.clone();
            self.pool.spawn_fifo(move || shared.work());
        }
    }

    /// Makes one batch, then queues up for another.
    fn work(self: Arc<Self>) {
        let Some((range, mut batch, made)) = self.begin() else {
            return;
        };
        let result = self.encoder.encode(range, &mut batch);
        // Nobody receives it if the run has ended.
        let _ = made.send(result.map(|()| batch));
        let shared = self.clone();
        self.pool.spawn_fifo(move || shared.work());
    }

    /// Takes the next range and a free batch, or ends this worker.
    fn begin(&self) -> Option<(std::ops::Range<u64>, Batch, oneshot::Sender<Made>)> {
        let mut state = self.state();
        if !state.can_begin() {
            state.working -= 1;
            return None;
        }
        let batch = state.free.pop()?;
        let start = state.next;
        let end = start.saturating_add(self.batch_records).min(self.end);
        let (made, receiver) = oneshot::channel();
        state.next = end;
        if let Some(order) = &state.order {
            // The pump has gone if this fails; then the batch is made in vain once.
            let _ = order.send(receiver);
        }
        if end == self.end {
            state.order = None;
        }
        Some((start..end, batch, made))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The state is whole after every statement that changes it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn can_begin(&self) -> bool {
        self.order.is_some() && !self.free.is_empty()
    }
}
