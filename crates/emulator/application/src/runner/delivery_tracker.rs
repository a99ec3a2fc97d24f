//! The ledger of a run, shared by its pump, its producer and its report.

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use emulator_domain::delivery::{Checkpoint, Counts, Ledger, NotInFlight};
use emulator_domain::emulation::{Emulation, RunFailure};
use emulator_domain::plan::{EmulationPlan, Medium};
use emulator_ports::{Acknowledgements, Batch, DestinationError};
use tokio_util::sync::CancellationToken;

use super::replay_window::ReplayWindow;
use super::run_sequence::RunSequence;
use super::worker_states::WorkerStates;

/// Counts the records handed on and the acknowledgements of the destination.
pub(crate) struct DeliveryTracker {
    ledger: Mutex<Ledger>,
    window: ReplayWindow,
    /// The states of the workers that generate these records.
    pub(crate) workers: Arc<WorkerStates>,
    /// Whether record separators count towards the bytes.
    separators: bool,
    failure: Mutex<Option<RunFailure>>,
    failed: CancellationToken,
    /// The predecessors and successors of this run.
    pub(crate) sequence: Arc<RunSequence>,
}

/// Whether the byte count of a run includes the line ends of its records. It does for text in
/// objects, files and streams, whose lengths include them; messages and binary formats have none.
pub(crate) fn counts_separators(plan: &EmulationPlan) -> bool {
    plan.sink().medium() != Medium::Messages && plan.format().is_text()
}

/// What is measured of records besides their number.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Measured {
    pub(crate) bytes: u64,
    /// Records with the time of a skewed clock.
    pub(crate) skewed: u64,
}

impl Measured {
    pub(crate) fn of(batch: &Batch, separators: bool) -> Self {
        let bytes = if separators {
            batch.bytes().len()
        } else {
            batch.payload_len()
        };
        Self {
            bytes: bytes as u64,
            skewed: batch.skewed(),
        }
    }
}

impl DeliveryTracker {
    /// Continues from the run's checkpoint; `before` was measured for the records before it.
    pub(crate) fn new(emulation: &Emulation, before: Measured, sequence: Arc<RunSequence>) -> Self {
        let from = emulation.checkpoint();
        sequence.delivered.send_replace(from.next_index);
        Self {
            ledger: Mutex::new(Ledger::new(from, before.bytes, before.skewed)),
            window: ReplayWindow::new(emulation.plan(), from.next_index),
            workers: Arc::default(),
            separators: counts_separators(emulation.plan()),
            failure: Mutex::default(),
            failed: CancellationToken::new(),
            sequence,
        }
    }

    /// The batch is about to be handed on.
    pub(crate) fn generated(&self, batch: &Batch) {
        let Measured { bytes, skewed } = Measured::of(batch, self.separators);
        let records = batch.len() as u64;
        self.ledger().generated(records, bytes, skewed);
    }

    /// Returns when the batch may be handed on: at once, unless too many records would be repeated
    /// after a crash.
    pub(crate) async fn wait_to_deliver(&self, batch: &Batch) {
        self.window.wait_to_deliver(batch.range().end).await;
    }

    /// Returns when the progress should be saved, so that the window does not hold the run up.
    pub(crate) async fn due(&self) {
        self.window.due(|| self.read().1.next_index).await;
    }

    /// The checkpoint is durably saved.
    pub(crate) fn saved(&self, at: Checkpoint) {
        self.window.saved(at.next_index);
    }

    /// What is in flight will never be acknowledged.
    pub(crate) fn abandon(&self) {
        self.ledger().abandon();
    }

    /// A consistent snapshot.
    pub(crate) fn read(&self) -> (Counts, Checkpoint) {
        let ledger = self.ledger();
        (ledger.counts(), ledger.checkpoint())
    }

    /// Resolves when a record has failed, or something else that the run needs.
    pub(crate) async fn failure(&self) -> RunFailure {
        self.failed.cancelled().await;
        self.why().expect("it is noted before it is told")
    }

    /// Why the run cannot be completed, if it cannot.
    pub(crate) fn why(&self) -> Option<RunFailure> {
        self.failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The run cannot be completed any more.
    pub(crate) fn fail(&self, why: RunFailure) {
        self.failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(why);
        self.failed.cancel();
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // Every method of the ledger leaves it consistent, even if another thread panicked.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Acknowledgements for DeliveryTracker {
    fn acknowledged(&self, records: Range<u64>) {
        let settled = {
            let mut ledger = self.ledger();
            let settled = ledger.acknowledged(records);
            settled.map(|()| ledger.checkpoint().next_index)
        };
        match settled {
            Ok(next_index) => {
                self.window.acknowledged(next_index);
                self.sequence.delivered.send_replace(next_index);
            }
            Err(error) => self.fail(contradicted(&error)),
        }
    }

    fn failed(&self, records: Range<u64>, why: &DestinationError) {
        let settled = self.ledger().failed(records);
        self.fail(match settled {
            Ok(()) => why.into(),
            Err(error) => contradicted(&error),
        });
    }
}

fn contradicted(error: &NotInFlight) -> RunFailure {
    RunFailure::internal(format!(
        "the destination answered twice, or for nothing: {error}"
    ))
}
