//! How far a run may be ahead of its saved progress.

use emulator_domain::plan::EmulationPlan;
use tokio::sync::{Notify, watch};

/// The most records that are delivered again when the process of an at-least-once run to Kafka is
/// killed. As many as a client may buffer by default (`kafka.queue_messages`).
pub(crate) const REPEATED_RECORDS: u64 = 100_000;

/// Once this many records are acknowledged, the progress is saved without waiting for the next
/// report. The rest of the window is for what is in flight meanwhile.
const DUE_RECORDS: u64 = REPEATED_RECORDS / 4;

/// Limits the records handed on but not saved as acknowledged to [`REPEATED_RECORDS`]. Applies only
/// to runs whose destination would show the repetition.
pub(crate) struct ReplayWindow {
    bounded: bool,
    /// Where another process would continue.
    saved: watch::Sender<u64>,
    due: Notify,
}

impl ReplayWindow {
    /// For a run whose progress is saved up to record `from`.
    pub(crate) fn new(plan: &EmulationPlan, from: u64) -> Self {
        Self {
            bounded: plan.sink().repeats(plan.guarantee()),
            saved: watch::Sender::new(from),
            due: Notify::new(),
        }
    }

    /// Returns when the records before `end` may be handed on.
    pub(crate) async fn wait_to_deliver(&self, end: u64) {
        if self.bounded {
            let mut saved = self.saved.subscribe();
            saved
                .wait_for(|saved| end <= saved.saturating_add(REPEATED_RECORDS))
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

    /// It is durably saved that all records before `next_index` are acknowledged.
    pub(crate) fn saved(&self, next_index: u64) {
        self.saved.send_replace(next_index);
    }

    /// Returns when the progress, given by `next_index`, is worth saving.
    pub(crate) async fn due(&self, next_index: impl Fn() -> u64) {
        // Notifications from before the last save may be outdated, so check again.
        while !self.is_due(next_index()) {
            self.due.notified().await;
        }
    }

    fn is_due(&self, next_index: u64) -> bool {
        self.bounded && next_index >= self.saved.borrow().saturating_add(DUE_RECORDS)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::pin::pin;

    use emulator_domain::Domain;
    use emulator_domain::plan::{Format, Guarantee, PlanSpec, Sink};
    use futures::FutureExt;

    use super::*;

    /// Remembered up to record 1,000.
    fn window(guarantee: Guarantee) -> ReplayWindow {
        let spec = PlanSpec {
            destination: "topic".to_owned(),
            guarantee,
            ..PlanSpec::new(Domain::Transaction, Sink::Kafka, Format::Ndjson)
        };
        let plan = EmulationPlan::new(spec).expect("a plan");
        ReplayWindow::new(&plan, 1_000)
    }

    /// What can be seen of a window at a moment: whether it is due at `next`, and admits `end`.
    fn seen(window: &ReplayWindow, next: u64, end: u64) -> (bool, bool) {
        let due = window.due(|| next).now_or_never().is_some();
        (due, window.wait_to_deliver(end).now_or_never().is_some())
    }

    #[test]
    fn a_quarter_of_the_window_is_remembered_at_once_and_all_of_it_may_be_ahead() {
        let window = window(Guarantee::AtLeastOnce);
        assert_eq!(seen(&window, 25_999, 101_001), (false, false));
        assert_eq!(seen(&window, 26_000, 101_000), (true, true));
        // Whoever waits is told by the acknowledgement that makes it due, and by none before.
        let next = Cell::new(1_000);
        let mut due = pin!(window.due(|| next.get()));
        assert!(due.as_mut().now_or_never().is_none());
        for (acknowledged, told) in [(25_999, false), (26_000, true)] {
            next.set(acknowledged);
            window.acknowledged(acknowledged);
            assert_eq!(due.as_mut().now_or_never().is_some(), told);
        }
        window.saved(26_000);
        assert_eq!(seen(&window, 50_999, 126_001), (false, false));
        assert_eq!(seen(&window, 51_000, 126_000), (true, true));
    }

    #[test]
    fn what_is_committed_is_never_repeated_so_nothing_holds_it_up() {
        let window = window(Guarantee::ExactlyOnce);
        assert_eq!(seen(&window, u64::MAX, u64::MAX), (false, true));
    }
}
