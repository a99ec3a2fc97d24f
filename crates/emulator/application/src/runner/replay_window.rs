//! How far a run may be ahead of what is remembered of it.

use emulator_domain::plan::EmulationPlan;
use tokio::sync::{Notify, watch};

/// Records that are delivered again, at most, when the process of an at-least-once run to Kafka is
/// killed. As many as a client may hold by default (`kafka.queue_messages`).
pub(crate) const REPEATED_RECORDS: u64 = 100_000;

/// So many acknowledged records are remembered at once, without waiting for the time to do it: the
/// rest of the window is left to what is in flight meanwhile.
const DUE_RECORDS: u64 = REPEATED_RECORDS / 4;

/// Lets records be handed on while no more than [`REPEATED_RECORDS`] of them are not remembered as
/// acknowledged; only for runs whose destination would show them twice.
pub(crate) struct ReplayWindow {
    bounded: bool,
    /// Where another process would begin.
    remembered: watch::Sender<u64>,
    due: Notify,
}

impl ReplayWindow {
    /// For a run that is remembered up to record `from`.
    pub(crate) fn new(plan: &EmulationPlan, from: u64) -> Self {
        Self {
            bounded: plan.sink().repeats(plan.guarantee()),
            remembered: watch::Sender::new(from),
            due: Notify::new(),
        }
    }

    /// Returns when the records before `end` may be handed on.
    pub(crate) async fn admits(&self, end: u64) {
        if self.bounded {
            let mut remembered = self.remembered.subscribe();
            remembered
                .wait_for(|remembered| end <= remembered.saturating_add(REPEATED_RECORDS))
                .await
                .expect("the sender lives in self");
        }
    }

    /// All records before `next_index` are acknowledged.
    pub(crate) fn acknowledged(&self, next_index: u64) {
        if self.is_due(next_index) {
            self.due.notify_one();
        }
    }

    /// It is on record that all before `next_index` are acknowledged.
    pub(crate) fn remember(&self, next_index: u64) {
        self.remembered.send_replace(next_index);
    }

    /// Returns when it does good to remember how far the run is, which `next_index` tells.
    pub(crate) async fn due(&self, next_index: impl Fn() -> u64) {
        // What was told before the last remembering does not count any more.
        while !self.is_due(next_index()) {
            self.due.notified().await;
        }
    }

    fn is_due(&self, next_index: u64) -> bool {
        self.bounded && next_index >= self.remembered.borrow().saturating_add(DUE_RECORDS)
    }
}
