//! Accepting a task.

use compute_domain::{ObjectKey, Task, TaskId};
use compute_ports::{Admission, RepositoryError, StoreAccess};

use crate::ComputeService;
use crate::metrics;
use crate::service::Next;

/// What the sender of a task wants.
#[derive(Clone, Debug)]
pub struct TaskOrder {
    /// Names the task.
    pub id: TaskId,
    /// The objects to work on, in the order of the service's fields.
    pub inputs: Vec<ObjectKey>,
    /// Where they are and where the outputs go.
    pub access: StoreAccess,
    /// Where the end is reported to.
    pub callback_url: String,
}

/// A task is not accepted; its sender hears nothing more of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AcceptError {
    /// There is no room now.
    #[error("the queue is full: {0} tasks wait or run; try again when some have ended")]
    Full(usize),
    /// The service is about to stop.
    #[error("the service is stopping; try again when it has started again")]
    Stopping,
    /// A member of the task cannot be used.
    #[error("{field}: {why}")]
    Refused {
        /// Its name in the protocol.
        field: &'static str,
        /// What is wrong and what is allowed.
        why: String,
    },
    /// The task could not be kept, and would be lost.
    #[error("the task cannot be stored: {0}")]
    NotKept(#[from] RepositoryError),
}

impl ComputeService {
    /// Accepts a task: it will be carried out, whatever happens to this process, and its sender
    /// will be told. A task whose id was accepted before is the same task, and nothing more is done.
    ///
    /// Whether its files are those that the service takes is found out later: its sender then hears
    /// of it as of any failure.
    ///
    /// # Errors
    /// If it is not accepted.
    pub async fn accept(&self, order: TaskOrder) -> Result<(), AcceptError> {
        let accepted = self.try_accept(order).await;
        metrics::count_accepted(self.description().slug(), &accepted);
        accepted
    }

    async fn try_accept(&self, order: TaskOrder) -> Result<(), AcceptError> {
        let inner = &self.inner;
        let ports = &inner.ports;
        let refused = |field| move |why| AcceptError::Refused { field, why };
        ports
            .callbacks
            .check(&order.callback_url)
            .map_err(refused("callback_url"))?;
        ports
            .stores
            .check(&order.access)
            .map_err(refused("s3_host"))?;
        if inner.board.find(order.id).is_some() {
            return Ok(());
        }
        if inner.stop.is_cancelled() {
            return Err(AcceptError::Stopping);
        }
        let max = inner.limits.max_tasks;
        let place = inner.board.reserve(max).ok_or(AcceptError::Full(max))?;
        let now = ports.clock.now();
        let task = Task::accepted(order.id, order.inputs, order.callback_url, now);
        if ports.repository.add(&task, &order.access).await? == Admission::Added {
            tracing::debug!(task_id = %task.id(), "a task was accepted");
            let active = inner.board.begin(task);
            // Nobody takes it if the service stops just now: the next process will.
            let _ = inner.queue.send(Next {
                active,
                access: order.access,
            });
        }
        drop(place);
        Ok(())
    }
}
