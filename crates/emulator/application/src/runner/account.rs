//! The ledger of a run, told from all sides.

use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use emulator_domain::delivery::{Checkpoint, Counts, Ledger};
use emulator_ports::{Acknowledgements, Batch, DestinationError};
use tokio_util::sync::CancellationToken;

/// Counts what the pump hands on and what the destination answers.
pub(crate) struct Account {
    ledger: Mutex<Ledger>,
    failure: Mutex<Option<String>>,
    failed: CancellationToken,
}

impl Account {
    /// Goes on from a checkpoint before which lie records of `bytes` bytes together.
    pub(crate) fn new(from: Checkpoint, bytes: u64) -> Self {
        Self {
            ledger: Mutex::new(Ledger::new(from, bytes)),
            failure: Mutex::default(),
            failed: CancellationToken::new(),
        }
    }

    /// The batch is about to be handed on.
    pub(crate) fn generated(&self, batch: &Batch) {
        self.ledger()
            .generated(batch.len() as u64, batch.payload_len() as u64);
    }

    /// Nobody will answer for what is in flight.
    pub(crate) fn abandon(&self) {
        self.ledger().abandon();
    }

    /// One consistent reading.
    pub(crate) fn read(&self) -> (Counts, Checkpoint) {
        let ledger = self.ledger();
        (ledger.counts(), ledger.checkpoint())
    }

    /// Resolves when a record has failed, or something else that the run needs.
    pub(crate) async fn failure(&self) -> String {
        self.failed.cancelled().await;
        self.why().unwrap_or_default()
    }

    /// Why the run cannot be completed, if it cannot.
    pub(crate) fn why(&self) -> Option<String> {
        self.failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The run cannot be completed any more.
    pub(crate) fn fail(&self, why: String) {
        self.failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(why);
        self.failed.cancel();
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // A ledger is whole after each of its methods, whoever panicked.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Acknowledgements for Account {
    fn acknowledged(&self, records: Range<u64>) {
        let settled = self.ledger().acknowledged(records);
        if let Err(error) = settled {
            self.fail(format!(
                "the destination answered twice, or for nothing: {error}"
            ));
        }
    }

    fn failed(&self, records: Range<u64>, why: &DestinationError) {
        let settled = self.ledger().failed(records);
        self.fail(match settled {
            Ok(()) => why.chain(),
            Err(error) => format!("the destination answered twice, or for nothing: {error}"),
        });
    }
}
