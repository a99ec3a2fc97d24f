//! Runs on one timeline: no record is delivered before the records that it may refer to.

use emulator_domain::emulation::{Emulation, EmulationId, FailureKind, RunFailure};
use emulator_domain::plan::{EmulationPlan, Pace};
use tokio::sync::watch;

/// The place of a run in a sequence: its predecessors, and its progress for its successors.
pub(crate) struct RunSequence {
    /// All records before this one are acknowledged.
    pub(crate) delivered: watch::Sender<u64>,
    before: Vec<Predecessor>,
}

/// A run that comes before another.
#[derive(Clone)]
pub(crate) struct Predecessor {
    id: EmulationId,
    plan: EmulationPlan,
    delivered: watch::Receiver<u64>,
}

impl RunSequence {
    /// A run that comes after `before`.
    pub(crate) fn after(before: Vec<Predecessor>) -> Self {
        Self {
            delivered: watch::Sender::new(0),
            before,
        }
    }

    /// Returns when the predecessors with a fixed number of records are completely delivered: their
    /// records are not on the timeline, and any record may refer to any of them.
    pub(crate) async fn wait_to_start(&self) -> Result<(), RunFailure> {
        for run in self.before.iter().filter(|run| run.is_bounded()) {
            run.wait_for(run.plan.end()).await?;
        }
        Ok(())
    }

    /// Returns when all records of the predecessors that happen no later than record `last` of
    /// `plan` are delivered; at once for a run that does not wait for event times.
    pub(crate) async fn wait_to_deliver(
        &self,
        plan: &EmulationPlan,
        last: u64,
    ) -> Result<(), RunFailure> {
        if plan.pace() == Pace::Unlimited {
            return Ok(());
        }
        let position = plan.position(last);
        for run in self.before.iter().filter(|run| !run.is_bounded()) {
            let end = run.plan.first_at(position.saturating_add(1));
            run.wait_for(end.min(run.plan.end())).await?;
        }
        Ok(())
    }
}

impl Predecessor {
    /// This run as the predecessor of others.
    pub(crate) fn new(emulation: &Emulation, delivered: watch::Receiver<u64>) -> Self {
        Self {
            id: emulation.id(),
            plan: emulation.plan().clone(),
            delivered,
        }
    }

    fn is_bounded(&self) -> bool {
        let (dataset, spec) = (self.plan.dataset(), self.plan.spec());
        dataset.records_of(spec.seed, spec.users).is_some()
    }

    async fn wait_for(&self, end: u64) -> Result<(), RunFailure> {
        let mut delivered = self.delivered.clone();
        let reached = delivered.wait_for(|next| *next >= end).await;
        reached.map(|_| ()).map_err(|_| {
            let why = format!(
                "the records of {} that others may refer to were not all delivered (emulation {})",
                self.plan.dataset(),
                self.id
            );
            RunFailure::new(FailureKind::Interrupted, why)
        })
    }
}
