//! One processor with its queue.

use std::sync::Arc;
use std::time::Duration;

use compute_domain::ServiceDescription;
use compute_ports::{Callbacks, Clock, ObjectStores, Processor, StoreAccess, TaskRepository};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::board::{Active, Board};

/// What the service needs from outside.
#[derive(Clone)]
pub struct Ports {
    /// The work.
    pub processor: Arc<dyn Processor>,
    /// Tasks that outlive the process.
    pub repository: Arc<dyn TaskRepository>,
    /// The stores that tasks bring along.
    pub stores: Arc<dyn ObjectStores>,
    /// The senders of tasks.
    pub callbacks: Arc<dyn Callbacks>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// What the service grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many tasks may be accepted and not ended, at least 1.
    pub max_tasks: usize,
    /// How many are carried out at the same time, at least 1.
    pub concurrency: usize,
    /// How long carrying out one may take.
    pub deadline: Duration,
}

/// How many senders may be told at the same time: in a pipeline each answer may take long.
const CALLBACKS_AT_ONCE: usize = 64;

/// One processor with its queue. Clones are the same service.
#[derive(Clone)]
pub struct ComputeService {
    pub(crate) inner: Arc<Inner>,
}

/// A task whose turn comes.
pub(crate) struct Next {
    pub(crate) active: Active,
    pub(crate) access: StoreAccess,
}

pub(crate) struct Inner {
    pub(crate) ports: Ports,
    pub(crate) limits: Limits,
    pub(crate) description: ServiceDescription,
    pub(crate) board: Board,
    /// Tasks whose turn will come.
    pub(crate) queue: mpsc::UnboundedSender<Next>,
    pub(crate) waiting: tokio::sync::Mutex<mpsc::UnboundedReceiver<Next>>,
    /// All that runs for tasks.
    pub(crate) tracker: TaskTracker,
    /// Nothing new is begun.
    pub(crate) stop: CancellationToken,
    /// What runs is left as it is, for the next process.
    pub(crate) abandon: CancellationToken,
    pub(crate) callbacks: Semaphore,
}

impl ComputeService {
    /// A service that does nothing yet.
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

    /// What engines are told of it.
    pub fn description(&self) -> &ServiceDescription {
        &self.inner.description
    }
}
