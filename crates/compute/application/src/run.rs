//! Carrying tasks out.

mod channel;
mod task;

use std::sync::Arc;
use std::time::Duration;

use compute_domain::Outcome;
use compute_ports::{KeptAccess, RepositoryError};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::ComputeService;
use crate::service::{Inner, Next};

/// How long the status of a task that has ended can be asked for.
const REMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);
/// How often what is older is forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(60 * 60);

impl ComputeService {
    /// Takes up what a process before this one has left: tasks that have not ended, and senders
    /// that were not told. Gives how many. To be called once, before [`run`](Self::run).
    ///
    /// # Errors
    /// If what is kept of tasks cannot be read.
    pub async fn resume(&self) -> Result<usize, RepositoryError> {
        let inner = &self.inner;
        inner.forget().await?;
        let unsettled = inner.ports.repository.unsettled().await?;
        let count = unsettled.len();
        for one in unsettled {
            if one.task.is_callback_due() {
                inner.board.settle(one.task.clone());
                inner.deliver(one.task);
                continue;
            }
            let active = inner.board.begin(one.task);
            match one.access {
                KeptAccess::Kept(access) => {
                    let _ = inner.queue.send(Next { active, access });
                }
                KeptAccess::Lost(why) => inner.end(&active, Outcome::Failed(why)).await,
            }
        }
        Ok(count)
    }

    /// Carries tasks out until `stop` is cancelled. Those that run then have `grace` to end; the
    /// others wait for the next process. Must run on a multi-threaded runtime that outlives it.
    pub async fn run(&self, stop: CancellationToken, grace: Duration) {
        let inner = &self.inner;
        let dispatch = inner.dispatch();
        let forget = inner.forget_for_ever();
        tokio::select! {
            () = stop.cancelled() => {}
            () = dispatch => {}
            () = forget => {}
        }
        inner.stop.cancel();
        inner.tracker.close();
        if tokio::time::timeout(grace, inner.tracker.wait())
            .await
            .is_err()
        {
            inner.abandon.cancel();
            inner.tracker.wait().await;
        }
    }
}

impl Inner {
    async fn dispatch(self: &Arc<Self>) {
        let places = Arc::new(Semaphore::new(self.limits.concurrency));
        let mut waiting = self.waiting.lock().await;
        loop {
            let place = Arc::clone(&places).acquire_owned().await;
            let Some(next) = waiting.recv().await else {
                return;
            };
            let inner = Arc::clone(self);
            self.tracker.spawn(async move {
                inner.carry_out(next).await;
                drop(place);
            });
        }
    }

    async fn forget_for_ever(&self) {
        loop {
            tokio::time::sleep(FORGET_EVERY).await;
            if let Err(error) = self.forget().await {
                tracing::warn!(%error, "old tasks were not removed");
            }
        }
    }

    async fn forget(&self) -> Result<(), RepositoryError> {
        let end = self.ports.clock.now().before(REMEMBERED);
        let count = self.ports.repository.forget(end).await?;
        tracing::debug!(count, "tasks that ended more than a day ago were forgotten");
        Ok(())
    }
}
