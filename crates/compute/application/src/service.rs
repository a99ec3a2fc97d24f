//! One processor with its queue.

use std::sync::Arc;
use std::time::Duration;

use compute_domain::ServiceDescription;
use compute_ports::{Callbacks, Clock, ObjectStores, Processor, StoreAccess, TaskRepository};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::board::{Active, Board};

/// The ports of the service.
#[derive(Clone)]
pub struct Ports {
    /// Does the work.
    pub processor: Arc<dyn Processor>,
    /// Stores tasks durably.
    pub repository: Arc<dyn TaskRepository>,
    /// The stores that tasks name.
    pub stores: Arc<dyn ObjectStores>,
    /// Delivers callbacks to the senders of tasks.
    pub callbacks: Arc<dyn Callbacks>,
    /// The current time.
    pub clock: Arc<dyn Clock>,
}

/// The service's limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Maximum number of accepted tasks that have not ended, at least 1.
    pub max_tasks: usize,
    /// Maximum number of tasks carried out concurrently, at least 1.
    pub concurrency: usize,
    /// Time limit for carrying out one task.
    pub deadline: Duration,
}

/// Maximum number of concurrent callbacks: in a pipeline each response may take long.
const CALLBACKS_AT_ONCE: usize = 64;

/// One processor with its queue. Clones are the same service.
#[derive(Clone)]
pub struct ComputeService {
    pub(crate) inner: Arc<Inner>,
}

/// A task in the queue.
pub(crate) struct Next {
    pub(crate) active: Active,
    pub(crate) access: StoreAccess,
}

pub(crate) struct Inner {
    pub(crate) ports: Ports,
    pub(crate) limits: Limits,
    pub(crate) description: ServiceDescription,
    pub(crate) board: Board,
    /// Tasks waiting for execution.
    pub(crate) queue: mpsc::UnboundedSender<Next>,
    pub(crate) waiting: tokio::sync::Mutex<mpsc::UnboundedReceiver<Next>>,
    /// Everything that runs for tasks.
    pub(crate) tracker: TaskTracker,
    /// Once cancelled, nothing new is started.
    pub(crate) stop: CancellationToken,
    /// Once cancelled, running tasks are abandoned to the next process.
    pub(crate) abandon: CancellationToken,
    pub(crate) callbacks: Semaphore,
}

impl ComputeService {
    /// A service that is idle until it runs.
    pub fn new(ports: Ports, limits: Limits) -> Self {
        let limits = Limits {
            max_tasks: limits.max_tasks.max(1),
            concurrency: limits.concurrency.max(1),
            ..limits
        };
        let (queue, waiting) = mpsc::unbounded_channel();
        let description = ports.processor.description();
        Self {
            inner: Arc::new(Inner {
                ports,
                limits,
                description,
                board: Board::default(),
                queue,
                waiting: tokio::sync::Mutex::new(waiting),
                tracker: TaskTracker::new(),
                stop: CancellationToken::new(),
                abandon: CancellationToken::new(),
                callbacks: Semaphore::new(CALLBACKS_AT_ONCE),
            }),
        }
    }

    /// What engines are told about it.
    pub fn description(&self) -> &ServiceDescription {
        &self.inner.description
    }
}
