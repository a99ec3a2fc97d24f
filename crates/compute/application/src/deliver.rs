//! Telling the sender of a task how it ended.

use std::sync::Arc;
use std::time::Duration;

use compute_domain::Task;
use compute_ports::CallbackError;

use crate::metrics::count_callback;
use crate::service::Inner;

impl Inner {
    /// Tells the sender of a task that has ended, again and again until it answers or the time is
    /// over. When the service stops, what is being said is said, and the next process goes on.
    pub(crate) fn deliver(self: &Arc<Self>, task: Task) {
        let inner = Arc::clone(self);
        self.tracker.spawn(async move {
            let abandon = inner.abandon.clone();
            abandon
                .run_until_cancelled(inner.until_delivered(task))
                .await;
        });
    }

    async fn until_delivered(&self, mut task: Task) {
        while let Some(pause) = self.attempt(&mut task).await {
            self.board.settle(task.clone());
            if self
                .stop
                .run_until_cancelled(tokio::time::sleep(pause))
                .await
                .is_none()
            {
                return;
            }
        }
        // If this is not kept, the sender is told again after a restart, the same.
        if let Err(error) = self.ports.repository.save(&task).await {
            tracing::warn!(task_id = %task.id(), %error, "an answered callback was not recorded");
        }
        self.board.settle(task);
    }

    /// One attempt. Gives how long to wait before the next; `None` if there is none.
    async fn attempt(&self, task: &mut Task) -> Option<Duration> {
        let sent = {
            let _turn = self.callbacks.acquire().await.expect("it is never closed");
            let outcome = task.outcome()?;
            let url = &task.snapshot().callback_url;
            self.ports.callbacks.send(url, outcome).await
        };
        let now = self.ports.clock.now();
        let slug = self.description.slug();
        match sent {
            Ok(()) => {
                count_callback(slug, "delivered");
                task.callback_delivered(now);
                None
            }
            Err(CallbackError::Refused(why)) => {
                count_callback(slug, "refused");
                tracing::warn!(
                    task_id = %task.id(), why,
                    "the sender of a task refused the callback with its result"
                );
                task.callback_abandoned(why, now);
                None
            }
            Err(CallbackError::Passing(why)) => {
                count_callback(slug, "failed");
                tracing::info!(
                    task_id = %task.id(), why,
                    "a callback to the sender of a task failed"
                );
                task.callback_failed(why, now)
            }
        }
    }
}
