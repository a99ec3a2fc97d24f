//! The emulator: the ports, the limits and the shared state that the use cases work with.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use emulator_domain::emulation::{Emulation, EmulationId};
use emulator_domain::plan::{Format, Pace, PlanSpec, Sink, Workers};
use emulator_domain::record::transaction::Labels;
use emulator_domain::{Dataset, DestinationRules, Rate, Seed, Timestamp, UserIds};
use emulator_ports::{
    Callbacks, Clock, Destination, EmulationRepository, Encoders, SchemaRegistry,
};
use rayon::ThreadPool;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::callbacks::Outbox;
use crate::follow_emulation::ObservedEmulations;
use crate::models::Models;
use crate::quota::Share;
use crate::requests::Requests;
use crate::runner::{RunControl, RunHandle, StopSignals};

/// What an [`Emulator`] is built from. The service chooses.
pub struct EmulatorParts {
    /// Where runs are stored.
    pub repository: Arc<dyn EmulationRepository>,
    /// Which topics, buckets and folders runs may deliver to.
    pub destination_rules: DestinationRules,
    /// The destinations, by kind.
    pub destinations: BTreeMap<Sink, Arc<dyn Destination>>,
    /// How records are encoded.
    pub encoders: Arc<dyn Encoders>,
    /// Where message schemas are registered, if there is a registry.
    pub registry: Option<Arc<dyn SchemaRegistry>>,
    /// How callbacks are sent, if they are enabled.
    pub callbacks: Option<Arc<dyn Callbacks>>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The main runtime of the process. Runs are spawned on it, not on the server that accepted
    /// them.
    pub runtime: Handle,
    /// How many runs may run and wait.
    pub limits: Limits,
    /// The number of generating threads, shared by all runs; normally one per core.
    pub threads: usize,
    /// The defaults of a request.
    pub defaults: Defaults,
    /// What happens to unfinished runs when the process shuts down.
    pub on_shutdown: OnShutdown,
    /// The models that runs may use.
    pub models: Models,
}

/// What happens to unfinished runs when the process shuts down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnShutdown {
    /// They are cancelled, because nothing would remember them.
    Cancel,
    /// They stay as they are in the repository, for [`resume`](crate::resume_emulations::resume) in
    /// the next process.
    Leave,
}

/// How many runs may run and wait.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Runs that generate and deliver at the same time.
    pub running: usize,
    /// Runs that wait for a slot; further ones are refused.
    pub waiting: usize,
}

/// The defaults of a request.
#[derive(Clone, Copy, Debug)]
pub struct Defaults {
    /// Records per second of event time.
    pub rate: Rate,
    /// Whether runs wait for event times.
    pub pace: Pace,
    /// The seed of the users and merchants of a run without a seed; if absent, the seed of the run.
    pub population: Option<Seed>,
    /// The user ids of the population.
    pub users: UserIds,
    /// Whether transactions carry their label.
    pub labels: Labels,
}

/// The emulator: stores, admits and carries out runs. All clones share one state.
#[derive(Clone)]
pub struct Emulator {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) destination_rules: DestinationRules,
    pub(crate) repository: Arc<dyn EmulationRepository>,
    /// Notified of every save of a run.
    pub(crate) saved: watch::Receiver<Instant>,
    pub(crate) destinations: BTreeMap<Sink, Arc<dyn Destination>>,
    pub(crate) encoders: Arc<dyn Encoders>,
    pub(crate) registry: Option<Arc<dyn SchemaRegistry>>,
    pub(crate) callbacks: Option<Arc<dyn Callbacks>>,
    pub(crate) outbox: Outbox,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) runtime: Handle,
    pub(crate) models: Models,
    pub(crate) limits: Limits,
    pub(crate) slots: Arc<Semaphore>,
    pub(crate) pool: Arc<ThreadPool>,
    pub(crate) tracker: TaskTracker,
    pub(crate) shutdown: CancellationToken,
    on_shutdown: OnShutdown,
    defaults: Defaults,
    active: Mutex<HashMap<EmulationId, RunHandle>>,
    /// Held while an inactive run is changed.
    pub(crate) inactive_changes: tokio::sync::Mutex<()>,
    pub(crate) requests: tokio::sync::Mutex<Requests>,
}

impl Emulator {
    /// Puts the parts together and starts the generating threads, which idle until there is a run.
    ///
    /// # Errors
    /// If the threads cannot be started.
    pub fn new(parts: EmulatorParts) -> Result<Self, rayon::ThreadPoolBuildError> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(parts.threads)
            .thread_name(|number| format!("generate-{number}"))
            // The run notices that its batch is missing and fails; the others go on.
            .panic_handler(|_| tracing::error!("a generating thread panicked"))
            .build()?;
        let (repository, saved) = ObservedEmulations::new(parts.repository);
        let inner = Inner {
            slots: Arc::new(Semaphore::new(parts.limits.running)),
            destination_rules: parts.destination_rules,
            repository: Arc::new(repository),
            saved,
            destinations: parts.destinations,
            encoders: parts.encoders,
            registry: parts.registry,
            callbacks: parts.callbacks,
            outbox: Outbox::default(),
            clock: parts.clock,
            runtime: parts.runtime,
            models: parts.models,
            limits: parts.limits,
            pool: Arc::new(pool),
            tracker: TaskTracker::new(),
            shutdown: CancellationToken::new(),
            on_shutdown: parts.on_shutdown,
            defaults: parts.defaults,
            active: Mutex::default(),
            inactive_changes: tokio::sync::Mutex::default(),
            requests: tokio::sync::Mutex::default(),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// The time of the clock.
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// The kinds of destination.
    pub fn sinks(&self) -> Vec<Sink> {
        self.inner.destinations.keys().copied().collect()
    }

    /// The spec of a request that gives only these: the defaults, a random seed, event times from
    /// now on, and the imperfections that the model declares.
    pub fn spec(&self, dataset: impl Into<Dataset>, sink: Sink, format: Format) -> PlanSpec {
        let Defaults {
            rate,
            pace,
            population,
            users,
            labels,
        } = self.inner.defaults;
        let plain = PlanSpec::new(dataset, sink, format);
        // A model generates its own people, as records.
        let population = population.filter(|_| plain.dataset.stream().is_none());
        // Records with their own times keep them.
        let (start_time, rate) = match plain.dataset.own_time() {
            Some(_) => (plain.start_time, plain.rate.clone()),
            None => (self.now(), rate.into()),
        };
        PlanSpec {
            seed: drawn_seed(),
            population,
            start_time,
            rate,
            pace,
            users,
            labels,
            workers: self.inner.all_workers(),
            imperfections: plain.dataset.imperfections(),
            ..plain
        }
    }

    /// Accepts no new runs, stops the running ones as [`OnShutdown`] says and flushes what they
    /// have in flight. Returns when all have stopped or after `bound`, with the runs that have not
    /// stopped.
    pub async fn shut_down(&self, bound: Duration) -> Vec<EmulationId> {
        self.inner.shutdown.cancel();
        self.inner.tracker.close();
        // The map below says which runs are left.
        let _ = tokio::time::timeout(bound, self.inner.tracker.wait()).await;
        self.inner.active().keys().copied().collect()
    }
}

impl Inner {
    /// As many workers as there are generating threads.
    pub(crate) fn all_workers(&self) -> Workers {
        Workers::new(self.pool.current_num_threads() as u64).unwrap_or(Workers::MAX)
    }

    /// How many batches a new run may have in the making: its share of the threads. Each takes
    /// memory for as long as the run lasts, and one is enough to keep up with any destination.
    pub(crate) fn workers_of_a_run(&self) -> usize {
        let running = self.limits.running - self.slots.available_permits();
        (self.pool.current_num_threads() / running.max(1)).max(1)
    }

    /// Both ends of the control channel of a run that is about to be under way.
    pub(crate) fn run_handle(&self, run: &Emulation) -> (RunHandle, RunControl) {
        RunHandle::new(self.stop_signals(), Share::of(run))
    }

    /// The signals that stop a run; shutdown is one of them.
    fn stop_signals(&self) -> StopSignals {
        let pause = CancellationToken::new();
        match self.on_shutdown {
            OnShutdown::Cancel => StopSignals {
                cancel: self.shutdown.child_token(),
                interrupt: CancellationToken::new(),
                pause,
            },
            OnShutdown::Leave => StopSignals {
                cancel: CancellationToken::new(),
                interrupt: self.shutdown.clone(),
                pause,
            },
        }
    }

    /// The handles of the runs that wait or run.
    pub(crate) fn active(&self) -> MutexGuard<'_, HashMap<EmulationId, RunHandle>> {
        // Every statement leaves the map consistent.
        self.active.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A random seed. It takes both halves of a UUID, because a version 4 UUID has fixed bits in each.
fn drawn_seed() -> Seed {
    let (high, low) = Uuid::new_v4().as_u64_pair();
    Seed::drawn(high ^ low.rotate_left(32))
}
